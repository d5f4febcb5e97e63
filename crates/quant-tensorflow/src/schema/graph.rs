//! Nodes and their attributes.

use super::enums::DATA_TYPE;
use super::enums::FULL_TYPE_ID;
use super::kinds::{Kind, MessageType, many, one};
use super::tensor::TENSOR_PROTO;
use super::tensor::TENSOR_SHAPE_PROTO;

/// `NodeDef`.
pub static NODE_DEF: MessageType = MessageType {
    name: "NodeDef",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "op", Kind::Text),
        many(3, "input", Kind::Text),
        one(4, "device", Kind::Text),
        many(5, "attr", Kind::Message(&NODE_DEF_ATTR_ENTRY)),
        one(
            6,
            "experimental_debug_info",
            Kind::Message(&NODE_DEF_EXPERIMENTAL_DEBUG_INFO),
        ),
        one(7, "experimental_type", Kind::Message(&FULL_TYPE_DEF)),
    ],
};

/// `NodeDef.AttrEntry`.
pub static NODE_DEF_ATTR_ENTRY: MessageType = MessageType {
    name: "AttrEntry",
    fields: &[
        one(1, "key", Kind::Text),
        one(2, "value", Kind::Message(&ATTR_VALUE)),
    ],
};

/// `AttrValue`.
pub static ATTR_VALUE: MessageType = MessageType {
    name: "AttrValue",
    fields: &[
        one(1, "list", Kind::Message(&ATTR_VALUE_LIST_VALUE)),
        one(2, "s", Kind::Bytes),
        one(3, "i", Kind::Int64),
        one(4, "f", Kind::Float),
        one(5, "b", Kind::Bool),
        one(6, "type", Kind::Enum(&DATA_TYPE)),
        one(7, "shape", Kind::Message(&TENSOR_SHAPE_PROTO)),
        one(8, "tensor", Kind::Message(&TENSOR_PROTO)),
        one(9, "placeholder", Kind::Text),
        one(10, "func", Kind::Message(&NAME_ATTR_LIST)),
    ],
};

/// `AttrValue.ListValue`.
pub static ATTR_VALUE_LIST_VALUE: MessageType = MessageType {
    name: "ListValue",
    fields: &[
        many(2, "s", Kind::Bytes),
        many(3, "i", Kind::Int64),
        many(4, "f", Kind::Float),
        many(5, "b", Kind::Bool),
        many(6, "type", Kind::Enum(&DATA_TYPE)),
        many(7, "shape", Kind::Message(&TENSOR_SHAPE_PROTO)),
        many(8, "tensor", Kind::Message(&TENSOR_PROTO)),
        many(9, "func", Kind::Message(&NAME_ATTR_LIST)),
    ],
};

/// `NameAttrList`.
pub static NAME_ATTR_LIST: MessageType = MessageType {
    name: "NameAttrList",
    fields: &[
        one(1, "name", Kind::Text),
        many(2, "attr", Kind::Message(&NAME_ATTR_LIST_ATTR_ENTRY)),
    ],
};

/// `NameAttrList.AttrEntry`.
pub static NAME_ATTR_LIST_ATTR_ENTRY: MessageType = MessageType {
    name: "AttrEntry",
    fields: &[
        one(1, "key", Kind::Text),
        one(2, "value", Kind::Message(&ATTR_VALUE)),
    ],
};

/// `NodeDef.ExperimentalDebugInfo`.
pub static NODE_DEF_EXPERIMENTAL_DEBUG_INFO: MessageType = MessageType {
    name: "ExperimentalDebugInfo",
    fields: &[
        many(1, "original_node_names", Kind::Text),
        many(2, "original_func_names", Kind::Text),
    ],
};

/// `FullTypeDef`.
pub static FULL_TYPE_DEF: MessageType = MessageType {
    name: "FullTypeDef",
    fields: &[
        one(1, "type_id", Kind::Enum(&FULL_TYPE_ID)),
        many(2, "args", Kind::Message(&FULL_TYPE_DEF)),
        one(3, "s", Kind::Text),
        one(4, "i", Kind::Int64),
    ],
};
