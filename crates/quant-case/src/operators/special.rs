//! Operators of volumes, spectra, matrices, scattered values, boxes and steps.

use super::schema::{
    ACTIVATION, Activations, FieldKind, OperatorSchema, OptionField, PADDING, boolean, float, int, unary,
};

const CONV_3D: &[OptionField] = &[
    PADDING,
    int("stride_d", 1),
    int("stride_w", 1),
    int("stride_h", 1),
    ACTIVATION,
    int("dilation_d_factor", 1),
    int("dilation_w_factor", 1),
    int("dilation_h_factor", 1),
];

/// The operators of this module, by name.
pub const TABLE: &[OperatorSchema] = &[
    OperatorSchema {
        options: "bucketize_options",
        fields: &[OptionField {
            name: "boundaries",
            kind: FieldKind::Floats,
        }],
        ..unary("Bucketize")
    },
    OperatorSchema {
        activations: Activations::Inputs(&[]),
        ..unary("ComplexAbs")
    },
    OperatorSchema {
        options: "conv3d_options",
        fields: CONV_3D,
        inputs: (2, 3),
        ..unary("Conv3D")
    },
    OperatorSchema {
        options: "conv3d_transpose_options",
        fields: CONV_3D,
        inputs: (3, 4),
        activations: Activations::Inputs(&[2]),
        ..unary("Conv3DTranspose")
    },
    OperatorSchema {
        options: "fakequant_options",
        fields: &[
            float("min", 0.0),
            float("max", 0.0),
            int("num_bits", 0),
            boolean("narrow_range"),
        ],
        ..unary("FakeQuant")
    },
    OperatorSchema {
        activations: Activations::Inputs(&[]),
        ..unary("Imag")
    },
    OperatorSchema {
        options: "matrix_diag_options",
        ..unary("MatrixDiag")
    },
    OperatorSchema {
        options: "matrix_set_diag_options",
        inputs: (2, 2),
        activations: Activations::Inputs(&[0, 1]),
        ..unary("MatrixSetDiag")
    },
    OperatorSchema {
        options: "non_max_suppression_v4_options",
        inputs: (5, 5),
        activations: Activations::Inputs(&[0, 1]),
        ..unary("NonMaxSuppressionV4")
    },
    OperatorSchema {
        options: "non_max_suppression_v5_options",
        inputs: (6, 6),
        activations: Activations::Inputs(&[0, 1]),
        ..unary("NonMaxSuppressionV5")
    },
    OperatorSchema {
        activations: Activations::Inputs(&[]),
        ..unary("Real")
    },
    OperatorSchema {
        options: "rfft2d_options",
        inputs: (2, 2),
        ..unary("RFFT2D")
    },
    OperatorSchema {
        options: "scatter_nd_options",
        inputs: (3, 3),
        activations: Activations::Inputs(&[1]),
        ..unary("ScatterNd")
    },
    OperatorSchema {
        options: "sparse_to_dense_options",
        fields: &[OptionField {
            name: "validate_indices",
            kind: FieldKind::Bool(true),
        }],
        inputs: (4, 4),
        activations: Activations::Inputs(&[2, 3]),
        ..unary("SparseToDense")
    },
    OperatorSchema {
        options: "svdf_options",
        fields: &[int("rank", 1), ACTIVATION, boolean("asymmetric_quantize_inputs")],
        inputs: (5, 5),
        ..unary("SVDF")
    },
];
