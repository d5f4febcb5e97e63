//! Tensors, and texts that belong to a key.

use quant_protobuf::schema::{Kind, MessageType, many, one};

use super::enums::TENSOR_PROTO_DATA_LOCATION;

/// `TensorProto`.
pub static TENSOR_PROTO: MessageType = MessageType {
    name: "TensorProto",
    fields: &[
        many(1, "dims", Kind::Int64),
        one(2, "data_type", Kind::Int32),
        one(3, "segment", Kind::Message(&TENSOR_PROTO_SEGMENT)),
        many(4, "float_data", Kind::Float),
        many(5, "int32_data", Kind::Int32),
        many(6, "string_data", Kind::Bytes),
        many(7, "int64_data", Kind::Int64),
        one(8, "name", Kind::Text),
        one(9, "raw_data", Kind::Bytes),
        many(10, "double_data", Kind::Double),
        many(11, "uint64_data", Kind::Uint64),
        one(12, "doc_string", Kind::Text),
        many(13, "external_data", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
        one(14, "data_location", Kind::Enum(&TENSOR_PROTO_DATA_LOCATION)),
        many(16, "metadata_props", Kind::Message(&STRING_STRING_ENTRY_PROTO)),
    ],
};

/// `TensorProto.Segment`.
pub static TENSOR_PROTO_SEGMENT: MessageType = MessageType {
    name: "Segment",
    fields: &[one(1, "begin", Kind::Int64), one(2, "end", Kind::Int64)],
};

/// `StringStringEntryProto`.
pub static STRING_STRING_ENTRY_PROTO: MessageType = MessageType {
    name: "StringStringEntryProto",
    fields: &[one(1, "key", Kind::Text), one(2, "value", Kind::Text)],
};

/// `SparseTensorProto`.
pub static SPARSE_TENSOR_PROTO: MessageType = MessageType {
    name: "SparseTensorProto",
    fields: &[
        one(1, "values", Kind::Message(&TENSOR_PROTO)),
        one(2, "indices", Kind::Message(&TENSOR_PROTO)),
        many(3, "dims", Kind::Int64),
    ],
};
