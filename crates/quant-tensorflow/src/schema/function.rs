//! The library of functions, and what operators are.

use super::enums::DATA_TYPE;
use super::graph::ATTR_VALUE;
use super::graph::FULL_TYPE_DEF;
use super::graph::NODE_DEF;
use super::kinds::{Kind, MessageType, many, one};
use super::tensor::RESOURCE_HANDLE_PROTO_DTYPE_AND_SHAPE;

/// `FunctionDefLibrary`.
pub static FUNCTION_DEF_LIBRARY: MessageType = MessageType {
    name: "FunctionDefLibrary",
    fields: &[
        many(1, "function", Kind::Message(&FUNCTION_DEF)),
        many(2, "gradient", Kind::Message(&GRADIENT_DEF)),
        many(3, "registered_gradients", Kind::Message(&REGISTERED_GRADIENT)),
    ],
};

/// `FunctionDef`.
pub static FUNCTION_DEF: MessageType = MessageType {
    name: "FunctionDef",
    fields: &[
        one(1, "signature", Kind::Message(&OP_DEF)),
        many(3, "node_def", Kind::Message(&NODE_DEF)),
        many(4, "ret", Kind::Message(&FUNCTION_DEF_RET_ENTRY)),
        many(5, "attr", Kind::Message(&FUNCTION_DEF_ATTR_ENTRY)),
        many(6, "control_ret", Kind::Message(&FUNCTION_DEF_CONTROL_RET_ENTRY)),
        many(7, "arg_attr", Kind::Message(&FUNCTION_DEF_ARG_ATTR_ENTRY)),
        many(
            8,
            "resource_arg_unique_id",
            Kind::Message(&FUNCTION_DEF_RESOURCE_ARG_UNIQUE_ID_ENTRY),
        ),
    ],
};

/// `OpDef`.
pub static OP_DEF: MessageType = MessageType {
    name: "OpDef",
    fields: &[
        one(1, "name", Kind::Text),
        many(2, "input_arg", Kind::Message(&OP_DEF_ARG_DEF)),
        many(3, "output_arg", Kind::Message(&OP_DEF_ARG_DEF)),
        many(4, "attr", Kind::Message(&OP_DEF_ATTR_DEF)),
        one(5, "summary", Kind::Text),
        one(6, "description", Kind::Text),
        one(8, "deprecation", Kind::Message(&OP_DEPRECATION)),
        one(16, "is_aggregate", Kind::Bool),
        one(17, "is_stateful", Kind::Bool),
        one(18, "is_commutative", Kind::Bool),
        one(19, "allows_uninitialized_input", Kind::Bool),
        many(20, "control_output", Kind::Text),
        one(21, "is_distributed_communication", Kind::Bool),
    ],
};

/// `OpDef.ArgDef`.
pub static OP_DEF_ARG_DEF: MessageType = MessageType {
    name: "ArgDef",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "description", Kind::Text),
        one(3, "type", Kind::Enum(&DATA_TYPE)),
        one(4, "type_attr", Kind::Text),
        one(5, "number_attr", Kind::Text),
        one(6, "type_list_attr", Kind::Text),
        many(
            7,
            "handle_data",
            Kind::Message(&RESOURCE_HANDLE_PROTO_DTYPE_AND_SHAPE),
        ),
        one(16, "is_ref", Kind::Bool),
        one(17, "experimental_full_type", Kind::Message(&FULL_TYPE_DEF)),
    ],
};

/// `OpDef.AttrDef`.
pub static OP_DEF_ATTR_DEF: MessageType = MessageType {
    name: "AttrDef",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "type", Kind::Text),
        one(3, "default_value", Kind::Message(&ATTR_VALUE)),
        one(4, "description", Kind::Text),
        one(5, "has_minimum", Kind::Bool),
        one(6, "minimum", Kind::Int64),
        one(7, "allowed_values", Kind::Message(&ATTR_VALUE)),
    ],
};

/// `OpDeprecation`.
pub static OP_DEPRECATION: MessageType = MessageType {
    name: "OpDeprecation",
    fields: &[one(1, "version", Kind::Int32), one(2, "explanation", Kind::Text)],
};

/// `FunctionDef.AttrEntry`.
pub static FUNCTION_DEF_ATTR_ENTRY: MessageType = MessageType {
    name: "AttrEntry",
    fields: &[
        one(1, "key", Kind::Text),
        one(2, "value", Kind::Message(&ATTR_VALUE)),
    ],
};

/// `FunctionDef.ArgAttrEntry`.
pub static FUNCTION_DEF_ARG_ATTR_ENTRY: MessageType = MessageType {
    name: "ArgAttrEntry",
    fields: &[
        one(1, "key", Kind::Uint32),
        one(2, "value", Kind::Message(&FUNCTION_DEF_ARG_ATTRS)),
    ],
};

/// `FunctionDef.ArgAttrs`.
pub static FUNCTION_DEF_ARG_ATTRS: MessageType = MessageType {
    name: "ArgAttrs",
    fields: &[many(1, "attr", Kind::Message(&FUNCTION_DEF_ARG_ATTRS_ATTR_ENTRY))],
};

/// `FunctionDef.ArgAttrs.AttrEntry`.
pub static FUNCTION_DEF_ARG_ATTRS_ATTR_ENTRY: MessageType = MessageType {
    name: "AttrEntry",
    fields: &[
        one(1, "key", Kind::Text),
        one(2, "value", Kind::Message(&ATTR_VALUE)),
    ],
};

/// `FunctionDef.ResourceArgUniqueIdEntry`.
pub static FUNCTION_DEF_RESOURCE_ARG_UNIQUE_ID_ENTRY: MessageType = MessageType {
    name: "ResourceArgUniqueIdEntry",
    fields: &[one(1, "key", Kind::Uint32), one(2, "value", Kind::Uint32)],
};

/// `FunctionDef.RetEntry`.
pub static FUNCTION_DEF_RET_ENTRY: MessageType = MessageType {
    name: "RetEntry",
    fields: &[one(1, "key", Kind::Text), one(2, "value", Kind::Text)],
};

/// `FunctionDef.ControlRetEntry`.
pub static FUNCTION_DEF_CONTROL_RET_ENTRY: MessageType = MessageType {
    name: "ControlRetEntry",
    fields: &[one(1, "key", Kind::Text), one(2, "value", Kind::Text)],
};

/// `GradientDef`.
pub static GRADIENT_DEF: MessageType = MessageType {
    name: "GradientDef",
    fields: &[
        one(1, "function_name", Kind::Text),
        one(2, "gradient_func", Kind::Text),
    ],
};

/// `RegisteredGradient`.
pub static REGISTERED_GRADIENT: MessageType = MessageType {
    name: "RegisteredGradient",
    fields: &[
        one(1, "gradient_func", Kind::Text),
        one(2, "registered_op_type", Kind::Text),
    ],
};
