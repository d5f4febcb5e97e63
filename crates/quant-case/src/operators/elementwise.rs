//! Operators that work element by element.

use super::schema::{Activations, FieldKind, OperatorSchema, OptionField, boolean, pair, plain, unary};

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
        ..plain(unary("AddN"), "add_n_options")
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
    plain(unary("Cos"), "cos_options"),
    plain(unary("Densify"), "densify_options"),
    plain(unary("Dequantize"), "dequantize_options"),
    unary("ELU"),
    plain(pair("Equal"), "equal_options"),
    plain(unary("Exp"), "exp_options"),
    unary("Floor"),
    plain(pair("FloorDiv"), "floordiv_options"),
    plain(pair("FloorMod"), "floormod_options"),
    OperatorSchema {
        options: "gelu_options",
        fields: &[boolean("approximate")],
        ..unary("Gelu")
    },
    plain(pair("Greater"), "greater_options"),
    plain(pair("GreaterEqual"), "greaterequal_options"),
    unary("HardSwish"),
    plain(pair("Less"), "less_options"),
    plain(pair("LessEqual"), "lessequal_options"),
    unary("Log"),
    plain(pair("LogicalAnd"), "logical_and_options"),
    plain(unary("LogicalNot"), "logical_not_options"),
    plain(pair("LogicalOr"), "logical_or_options"),
    plain(unary("LogSoftmax"), "log_softmax_options"),
    plain(unary("Neg"), "neg_options"),
    plain(pair("NotEqual"), "notequal_options"),
    plain(pair("Pow"), "pow_options"),
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
        ..plain(unary("Select"), "select_options")
    },
    OperatorSchema {
        inputs: (3, 3),
        activations: Activations::Inputs(&[1, 2]),
        ..plain(unary("SelectV2"), "select_v2_options")
    },
    OperatorSchema {
        options: "sign_options",
        ..unary("Sign")
    },
    unary("Sin"),
    unary("Sqrt"),
    plain(unary("Square"), "square_options"),
    plain(pair("SquaredDifference"), "squared_difference_options"),
    plain(unary("ZerosLike"), "zeros_like_options"),
];
