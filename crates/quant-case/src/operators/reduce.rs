//! Operators that fold or gather over whole dimensions: reducers, matrix products, resizing.

use super::schema::{
    ACTIVATION, Activations, FieldKind, OperatorSchema, OptionField, POOL, boolean, float, int, unary,
};

const OUTPUT_TYPE: &[OptionField] = &[OptionField {
    name: "output_type",
    kind: FieldKind::Word(&["INT64", "INT32"]),
}];

const KEEP_DIMS: &[OptionField] = &[boolean("keep_dims")];

const fn arg(kind: &'static str, options: &'static str) -> OperatorSchema {
    OperatorSchema {
        options,
        fields: OUTPUT_TYPE,
        inputs: (2, 2),
        ..unary(kind)
    }
}

const fn reducer(kind: &'static str, options: &'static str) -> OperatorSchema {
    OperatorSchema {
        options,
        fields: KEEP_DIMS,
        inputs: (2, 2),
        ..unary(kind)
    }
}

/// The operators of this module, by name.
pub const TABLE: &[OperatorSchema] = &[
    arg("ArgMax", "argmax_options"),
    arg("ArgMin", "argmin_options"),
    OperatorSchema {
        options: "batch_matmul_options",
        fields: &[boolean("adjoint_lhs"), boolean("adjoint_rhs")],
        inputs: (2, 2),
        activations: Activations::Inputs(&[0, 1]),
        ..unary("BatchMatMul")
    },
    OperatorSchema {
        options: "l2norm_options",
        fields: &[ACTIVATION],
        ..unary("L2Normalize")
    },
    OperatorSchema {
        options: "l2pool2d_options",
        fields: POOL,
        ..unary("L2Pool2D")
    },
    OperatorSchema {
        options: "local_response_normalization_options",
        fields: &[
            int("radius", 5),
            float("bias", 1.0),
            float("alpha", 1.0),
            float("beta", 0.5),
        ],
        ..unary("LocalResponseNormalization")
    },
    reducer("Mean", "mean_options"),
    reducer("ReduceAll", "reduce_all_options"),
    reducer("ReduceAny", "reduce_any_options"),
    reducer("ReduceMax", "reduce_max_options"),
    reducer("ReduceMin", "reduce_min_options"),
    reducer("ReduceProd", "reduce_prod_options"),
    OperatorSchema {
        options: "resize_bilinear_options",
        fields: &[boolean("align_corners"), boolean("half_pixel_centers")],
        inputs: (2, 2),
        ..unary("ResizeBilinear")
    },
    OperatorSchema {
        options: "resize_nearest_neighbor_options",
        fields: &[boolean("align_corners"), boolean("half_pixel_centers")],
        inputs: (2, 2),
        ..unary("ResizeNearestNeighbor")
    },
    reducer("Sum", "sum_options"),
];
