//! Graphs, nodes and their attributes.

use quant_protobuf::schema::{Kind, MessageType, many, one};

use super::device::NODE_DEVICE_CONFIGURATION_PROTO;
use super::enums::ATTRIBUTE_PROTO_ATTRIBUTE_TYPE;
use super::tensor::{SPARSE_TENSOR_PROTO, STRING_STRING_ENTRY_PROTO, TENSOR_PROTO};
use super::types::TYPE_PROTO;

/// `GraphProto`.
pub static GRAPH_PROTO: MessageType = MessageType {
    name: "GraphProto",
    fields: &[
        many(1, "node", Kind::Message(&NODE_PROTO)),
        one(2, "name", Kind::Text),
        many(5, "initializer", Kind::Message(&TENSOR_PROTO)),
        one(10, "doc_string", Kind::Text),
        many(11, "input", Kind::Message(&VALUE_INFO_PROTO)),
        many(12, "output", Kind::Message(&VALUE_INFO_PROTO)),
        many(13, "value_info", Kind::Message(&VALUE_INFO_PROTO)),
        many(14, "quantization_annotation", Kind::Message(&TENSOR_ANNOTATION)),
        many(15, "sparse_initializer", Kind::Message(&SPARSE_TENSOR_PROTO)),
        many(16, "metadata_props", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
    ],
};

/// `NodeProto`.
pub static NODE_PROTO: MessageType = MessageType {
    name: "NodeProto",
    fields: &[
        many(1, "input", Kind::Text),
        many(2, "output", Kind::Text),
        one(3, "name", Kind::Text),
        one(4, "op_type", Kind::Text),
        many(5, "attribute", Kind::Message(&ATTRIBUTE_PROTO)),
        one(6, "doc_string", Kind::Text),
        one(7, "domain", Kind::Text),
        one(8, "overload", Kind::Text),
        many(9, "metadata_props", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
        many(
            10,
            "device_configurations",
            Kind::Message(&NODE_DEVICE_CONFIGURATION_PROTO),
        ),
    ],
};

/// `AttributeProto`.
pub static ATTRIBUTE_PROTO: MessageType = MessageType {
    name: "AttributeProto",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "f", Kind::Float),
        one(3, "i", Kind::Int64),
        one(4, "s", Kind::Bytes),
        one(5, "t", Kind::Message(&TENSOR_PROTO)),
        one(6, "g", Kind::Message(&GRAPH_PROTO)),
        many(7, "floats", Kind::Float),
        many(8, "ints", Kind::Int64),
        many(9, "strings", Kind::Bytes),
        many(10, "tensors", Kind::Message(&TENSOR_PROTO)),
        many(11, "graphs", Kind::Message(&GRAPH_PROTO)),
        one(13, "doc_string", Kind::Text),
        one(14, "tp", Kind::Message(&TYPE_PROTO)),
        many(15, "type_protos", Kind::Message(&TYPE_PROTO)),
        one(20, "type", Kind::Enum(&ATTRIBUTE_PROTO_ATTRIBUTE_TYPE)),
        one(21, "ref_attr_name", Kind::Text),
        one(22, "sparse_tensor", Kind::Message(&SPARSE_TENSOR_PROTO)),
        many(23, "sparse_tensors", Kind::Message(&SPARSE_TENSOR_PROTO)),
    ],
};

/// `ValueInfoProto`.
pub static VALUE_INFO_PROTO: MessageType = MessageType {
    name: "ValueInfoProto",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "type", Kind::Message(&TYPE_PROTO)),
        one(3, "doc_string", Kind::Text),
        many(4, "metadata_props", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
    ],
};

/// `TensorAnnotation`.
pub static TENSOR_ANNOTATION: MessageType = MessageType {
    name: "TensorAnnotation",
    fields: &[
        one(1, "tensor_name", Kind::Text),
        many(
            2,
            "quant_parameter_tensor_names",
            Kind::Message(&STRING_STRING_ENTRY_PROTO),
        ),
    ],
};
