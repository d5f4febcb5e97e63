//! Operators that work element by element.

use super::{Activations, FieldKind, OperatorSchema, OptionField, boolean, pair, unary};

/// An element type; the first is the default.
const fn dtype(name: &'static str) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Word(&["FLOAT32", "INT32", "INT64", "UINT8", "INT8", "INT16", "BOOL"]),
    }
}

/// The operators, by name.
pub const TABLE: &[OperatorSchema] = &[
    OperatorSchema {
        inputs: (2, usize::MAX),
        activations: Activations::All,
        ..unary("AddN")
    },
    OperatorSchema {
        options: "atan2_options",
        ..pair("Atan2")
    },
    OperatorSchema {
        options: "bitwise_xor_options",
        ..pair("BitwiseXor")
    },
    OperatorSchema {
        options: "cast_options",
        fields: &[dtype("in_data_type"), dtype("out_data_type")],
        ..unary("Cast")
    },
    unary("Ceil"),
    unary("Cos"),
    unary("Densify"),
    unary("Dequantize"),
    unary("ELU"),
    pair("Equal"),
    unary("Exp"),
    unary("Floor"),
    pair("FloorDiv"),
    pair("FloorMod"),
    OperatorSchema {
        options: "gelu_options",
        fields: &[boolean("approximate")],
        ..unary("Gelu")
    },
    pair("Greater"),
    pair("GreaterEqual"),
    unary("HardSwish"),
    pair("Less"),
    pair("LessEqual"),
    unary("Log"),
    pair("LogicalAnd"),
    unary("LogicalNot"),
    pair("LogicalOr"),
    unary("LogSoftmax"),
    unary("Neg"),
    pair("NotEqual"),
    pair("Pow"),
    unary("Quantize"),
    unary("ReLU0To1"),
    unary("ReLUN1To1"),
    OperatorSchema {
        options: "right_shift_options",
        ..pair("RightShift")
    },
    unary("Round"),
    unary("Rsqrt"),
    OperatorSchema {
        inputs: (3, 3),
        activations: Activations::Inputs(&[1, 2]),
        ..unary("Select")
    },
    OperatorSchema {
        inputs: (3, 3),
        activations: Activations::Inputs(&[1, 2]),
        ..unary("SelectV2")
    },
    OperatorSchema {
        options: "sign_options",
        ..unary("Sign")
    },
    unary("Sin"),
    unary("Sqrt"),
    unary("Square"),
    pair("SquaredDifference"),
    unary("ZerosLike"),
];
