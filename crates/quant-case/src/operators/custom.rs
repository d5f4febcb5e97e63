//! Custom operators: the recipe says `type: "Custom"` and the operator's code, which decides what options it has.

use super::schema::{Activations, FieldKind, OperatorSchema, OptionField, PADDING, boolean, int, unary};

/// A custom operator that is known by nothing but its code.
pub(super) const ANY: &OperatorSchema = &OperatorSchema {
    inputs: (0, usize::MAX),
    activations: Activations::Inputs(&[]),
    ..unary("Custom")
};

const fn operator(code: &'static str, inputs: usize) -> OperatorSchema {
    OperatorSchema {
        inputs: (inputs, inputs),
        activations: Activations::Inputs(&[]),
        ..unary(code)
    }
}

/// TensorFlow's operators that recipes write as custom ones, by code; their options become a FlexBuffers map.
pub(super) const TABLE: &[OperatorSchema] = &[
    operator("AddV2", 2),
    OperatorSchema {
        options: "all_options",
        fields: &[boolean("keep_dims")],
        ..operator("All", 2)
    },
    OperatorSchema {
        options: "batch_matmul_options",
        fields: &[boolean("adj_x"), boolean("adj_y")],
        ..operator("BatchMatMulV2", 2)
    },
    operator("BroadcastTo", 2),
    operator("Erf", 1),
    OperatorSchema {
        options: "matmul_options",
        fields: &[boolean("transpose_a"), boolean("transpose_b")],
        ..operator("MatMul", 2)
    },
    operator("MatrixBandPart", 3),
    OperatorSchema {
        options: "max_pool_with_argmax_options",
        fields: &[
            PADDING,
            int("stride_w", 1),
            int("stride_h", 1),
            int("filter_width", 1),
            int("filter_height", 1),
            OptionField {
                name: "output_type",
                kind: FieldKind::Word(&["INT64", "INT32"]),
            },
            boolean("include_batch_in_index"),
        ],
        ..operator("MaxPoolWithArgmax", 1)
    },
];

/// The schema of a custom operator by its code. One that is not in the table has no options and any inputs.
pub fn custom(code: &str) -> &'static OperatorSchema {
    TABLE.iter().find(|operator| operator.kind == code).unwrap_or(ANY)
}
