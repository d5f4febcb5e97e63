//! Types of values.

use quant_protobuf::schema::{Kind, MessageType, many, one};

/// `TypeProto`.
pub static TYPE_PROTO: MessageType = MessageType {
    name: "TypeProto",
    fields: &[
        one(1, "tensor_type", Kind::Message(&TYPE_PROTO_TENSOR)),
        one(4, "sequence_type", Kind::Message(&TYPE_PROTO_SEQUENCE)),
        one(5, "map_type", Kind::Message(&TYPE_PROTO_MAP)),
        one(6, "denotation", Kind::Text),
        one(7, "opaque_type", Kind::Message(&TYPE_PROTO_OPAQUE)),
        one(8, "sparse_tensor_type", Kind::Message(&TYPE_PROTO_SPARSE_TENSOR)),
        one(9, "optional_type", Kind::Message(&TYPE_PROTO_OPTIONAL)),
    ],
};

/// `TypeProto.Tensor`.
pub static TYPE_PROTO_TENSOR: MessageType = MessageType {
    name: "Tensor",
    fields: &[
        one(1, "elem_type", Kind::Int32),
        one(2, "shape", Kind::Message(&TENSOR_SHAPE_PROTO)),
    ],
};

/// `TensorShapeProto`.
pub static TENSOR_SHAPE_PROTO: MessageType = MessageType {
    name: "TensorShapeProto",
    fields: &[many(1, "dim", Kind::Message(&TENSOR_SHAPE_PROTO_DIMENSION))],
};

/// `TensorShapeProto.Dimension`.
pub static TENSOR_SHAPE_PROTO_DIMENSION: MessageType = MessageType {
    name: "Dimension",
    fields: &[
        one(1, "dim_value", Kind::Int64),
        one(2, "dim_param", Kind::Text),
        one(3, "denotation", Kind::Text),
    ],
};

/// `TypeProto.Sequence`.
pub static TYPE_PROTO_SEQUENCE: MessageType = MessageType {
    name: "Sequence",
    fields: &[one(1, "elem_type", Kind::Message(&TYPE_PROTO))],
};

/// `TypeProto.Map`.
pub static TYPE_PROTO_MAP: MessageType = MessageType {
    name: "Map",
    fields: &[
        one(1, "key_type", Kind::Int32),
        one(2, "value_type", Kind::Message(&TYPE_PROTO)),
    ],
};

/// `TypeProto.Optional`.
pub static TYPE_PROTO_OPTIONAL: MessageType = MessageType {
    name: "Optional",
    fields: &[one(1, "elem_type", Kind::Message(&TYPE_PROTO))],
};

/// `TypeProto.SparseTensor`.
pub static TYPE_PROTO_SPARSE_TENSOR: MessageType = MessageType {
    name: "SparseTensor",
    fields: &[
        one(1, "elem_type", Kind::Int32),
        one(2, "shape", Kind::Message(&TENSOR_SHAPE_PROTO)),
    ],
};

/// `TypeProto.Opaque`.
pub static TYPE_PROTO_OPAQUE: MessageType = MessageType {
    name: "Opaque",
    fields: &[one(1, "domain", Kind::Text), one(2, "name", Kind::Text)],
};
