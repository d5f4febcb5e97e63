//! Enumerations.

use quant_protobuf::schema::EnumType;

/// `AttributeProto.AttributeType`.
pub static ATTRIBUTE_PROTO_ATTRIBUTE_TYPE: EnumType = EnumType {
    name: "AttributeType",
    values: &[
        (0, "UNDEFINED"),
        (1, "FLOAT"),
        (2, "INT"),
        (3, "STRING"),
        (4, "TENSOR"),
        (5, "GRAPH"),
        (6, "FLOATS"),
        (7, "INTS"),
        (8, "STRINGS"),
        (9, "TENSORS"),
        (10, "GRAPHS"),
        (11, "SPARSE_TENSOR"),
        (12, "SPARSE_TENSORS"),
        (13, "TYPE_PROTO"),
        (14, "TYPE_PROTOS"),
    ],
};

/// `TensorProto.DataLocation`.
pub static TENSOR_PROTO_DATA_LOCATION: EnumType = EnumType {
    name: "DataLocation",
    values: &[(0, "DEFAULT"), (1, "EXTERNAL")],
};

/// `TensorProto.DataType`.
pub static TENSOR_PROTO_DATA_TYPE: EnumType = EnumType {
    name: "DataType",
    values: &[
        (0, "UNDEFINED"),
        (1, "FLOAT"),
        (2, "UINT8"),
        (3, "INT8"),
        (4, "UINT16"),
        (5, "INT16"),
        (6, "INT32"),
        (7, "INT64"),
        (8, "STRING"),
        (9, "BOOL"),
        (10, "FLOAT16"),
        (11, "DOUBLE"),
        (12, "UINT32"),
        (13, "UINT64"),
        (14, "COMPLEX64"),
        (15, "COMPLEX128"),
        (16, "BFLOAT16"),
        (17, "FLOAT8E4M3FN"),
        (18, "FLOAT8E4M3FNUZ"),
        (19, "FLOAT8E5M2"),
        (20, "FLOAT8E5M2FNUZ"),
        (21, "UINT4"),
        (22, "INT4"),
        (23, "FLOAT4E2M1"),
        (24, "FLOAT8E8M0"),
        (25, "UINT2"),
        (26, "INT2"),
        (27, "FLOAT6E2M3"),
        (28, "FLOAT6E3M2"),
    ],
};
