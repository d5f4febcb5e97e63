//! Tensors and their shapes.

use super::enums::DATA_TYPE;
use super::kinds::{Kind, MessageType, many, one};

/// `TensorShapeProto`.
pub static TENSOR_SHAPE_PROTO: MessageType = MessageType {
    name: "TensorShapeProto",
    fields: &[
        many(2, "dim", Kind::Message(&TENSOR_SHAPE_PROTO_DIM)),
        one(3, "unknown_rank", Kind::Bool),
    ],
};

/// `TensorShapeProto.Dim`.
pub static TENSOR_SHAPE_PROTO_DIM: MessageType = MessageType {
    name: "Dim",
    fields: &[one(1, "size", Kind::Int64), one(2, "name", Kind::Text)],
};

/// `TensorProto`.
pub static TENSOR_PROTO: MessageType = MessageType {
    name: "TensorProto",
    fields: &[
        one(1, "dtype", Kind::Enum(&DATA_TYPE)),
        one(2, "tensor_shape", Kind::Message(&TENSOR_SHAPE_PROTO)),
        one(3, "version_number", Kind::Int32),
        one(4, "tensor_content", Kind::Bytes),
        many(5, "float_val", Kind::Float),
        many(6, "double_val", Kind::Double),
        many(7, "int_val", Kind::Int32),
        many(8, "string_val", Kind::Bytes),
        many(9, "scomplex_val", Kind::Float),
        many(10, "int64_val", Kind::Int64),
        many(11, "bool_val", Kind::Bool),
        many(12, "dcomplex_val", Kind::Double),
        many(13, "half_val", Kind::Int32),
        many(14, "resource_handle_val", Kind::Message(&RESOURCE_HANDLE_PROTO)),
        many(15, "variant_val", Kind::Message(&VARIANT_TENSOR_DATA_PROTO)),
        many(16, "uint32_val", Kind::Uint32),
        many(17, "uint64_val", Kind::Uint64),
        one(18, "float8_val", Kind::Bytes),
    ],
};

/// `ResourceHandleProto`.
pub static RESOURCE_HANDLE_PROTO: MessageType = MessageType {
    name: "ResourceHandleProto",
    fields: &[
        one(1, "device", Kind::Text),
        one(2, "container", Kind::Text),
        one(3, "name", Kind::Text),
        one(4, "hash_code", Kind::Uint64),
        one(5, "maybe_type_name", Kind::Text),
        many(
            6,
            "dtypes_and_shapes",
            Kind::Message(&RESOURCE_HANDLE_PROTO_DTYPE_AND_SHAPE),
        ),
    ],
};

/// `ResourceHandleProto.DtypeAndShape`.
pub static RESOURCE_HANDLE_PROTO_DTYPE_AND_SHAPE: MessageType = MessageType {
    name: "DtypeAndShape",
    fields: &[
        one(1, "dtype", Kind::Enum(&DATA_TYPE)),
        one(2, "shape", Kind::Message(&TENSOR_SHAPE_PROTO)),
    ],
};

/// `VariantTensorDataProto`.
pub static VARIANT_TENSOR_DATA_PROTO: MessageType = MessageType {
    name: "VariantTensorDataProto",
    fields: &[
        one(1, "type_name", Kind::Text),
        one(2, "metadata", Kind::Bytes),
        many(3, "tensors", Kind::Message(&TENSOR_PROTO)),
    ],
};
