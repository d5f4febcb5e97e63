//! A whole model.

use quant_protobuf::schema::{Kind, MessageType, many, one};

use super::graph::{ATTRIBUTE_PROTO, GRAPH_PROTO, NODE_PROTO, VALUE_INFO_PROTO};
use super::tensor::STRING_STRING_ENTRY_PROTO;

/// `ModelProto`.
pub static MODEL_PROTO: MessageType = MessageType {
    name: "ModelProto",
    fields: &[
        one(1, "ir_version", Kind::Int64),
        one(2, "producer_name", Kind::Text),
        one(3, "producer_version", Kind::Text),
        one(4, "domain", Kind::Text),
        one(5, "model_version", Kind::Int64),
        one(6, "doc_string", Kind::Text),
        one(7, "graph", Kind::Message(&GRAPH_PROTO)),
        many(8, "opset_import", Kind::Message(&OPERATOR_SET_ID_PROTO)),
        many(14, "metadata_props", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
        many(20, "training_info", Kind::Message(&TRAINING_INFO_PROTO)),
        many(25, "functions", Kind::Message(&FUNCTION_PROTO)),
        many(26, "configuration", Kind::Message(&DEVICE_CONFIGURATION_PROTO)),
    ],
};

/// `OperatorSetIdProto`.
pub static OPERATOR_SET_ID_PROTO: MessageType = MessageType {
    name: "OperatorSetIdProto",
    fields: &[one(1, "domain", Kind::Text), one(2, "version", Kind::Int64)],
};

/// `TrainingInfoProto`.
pub static TRAINING_INFO_PROTO: MessageType = MessageType {
    name: "TrainingInfoProto",
    fields: &[
        one(1, "initialization", Kind::Message(&GRAPH_PROTO)),
        one(2, "algorithm", Kind::Message(&GRAPH_PROTO)),
        many(
            3,
            "initialization_binding",
            Kind::Message(&STRING_STRING_ENTRY_PROTO),
        ),
        many(4, "update_binding", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
    ],
};

/// `FunctionProto`.
pub static FUNCTION_PROTO: MessageType = MessageType {
    name: "FunctionProto",
    fields: &[
        one(1, "name", Kind::Text),
        many(4, "input", Kind::Text),
        many(5, "output", Kind::Text),
        many(6, "attribute", Kind::Text),
        many(7, "node", Kind::Message(&NODE_PROTO)),
        one(8, "doc_string", Kind::Text),
        many(9, "opset_import", Kind::Message(&OPERATOR_SET_ID_PROTO)),
        one(10, "domain", Kind::Text),
        many(11, "attribute_proto", Kind::Message(&ATTRIBUTE_PROTO)),
        many(12, "value_info", Kind::Message(&VALUE_INFO_PROTO)),
        one(13, "overload", Kind::Text),
        many(14, "metadata_props", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
    ],
};

/// `DeviceConfigurationProto`.
pub static DEVICE_CONFIGURATION_PROTO: MessageType = MessageType {
    name: "DeviceConfigurationProto",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "num_devices", Kind::Int32),
        many(3, "device", Kind::Text),
    ],
};
