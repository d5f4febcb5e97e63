//! The operators that the test bench's recipes use.

use super::schema::{
    ACTIVATION, Activations, FieldKind, OperatorSchema, OptionField, PADDING, POOL, binary, boolean, float,
    int, pair, plain, unary, weighted,
};

/// The operators, by name.
pub const TABLE: &[OperatorSchema] = &[
    plain(unary("Abs"), "abs_options"),
    binary("Add", "add_options"),
    OperatorSchema {
        options: "averagepool2d_options",
        fields: POOL,
        ..unary("AveragePool2D")
    },
    OperatorSchema {
        options: "concatenation_options",
        fields: &[int("axis", 0), ACTIVATION],
        inputs: (1, usize::MAX),
        activations: Activations::All,
        ..unary("Concatenation")
    },
    OperatorSchema {
        options: "conv2d_options",
        fields: &[
            PADDING,
            int("stride_w", 1),
            int("stride_h", 1),
            ACTIVATION,
            int("dilation_w_factor", 1),
            int("dilation_h_factor", 1),
        ],
        inputs: (3, 3),
        weights: weighted(1, 2, true),
        ..unary("Conv2D")
    },
    OperatorSchema {
        options: "depthwiseconv2d_options",
        fields: &[
            PADDING,
            int("stride_w", 1),
            int("stride_h", 1),
            int("depth_multiplier", 1),
            ACTIVATION,
            int("dilation_w_factor", 1),
            int("dilation_h_factor", 1),
        ],
        inputs: (3, 3),
        weights: weighted(1, 2, true),
        ..unary("DepthwiseConv2D")
    },
    binary("Div", "div_options"),
    OperatorSchema {
        options: "fullyconnected_options",
        fields: &[ACTIVATION, boolean("keep_num_dims")],
        inputs: (2, 3),
        weights: weighted(1, 2, true),
        ..unary("FullyConnected")
    },
    OperatorSchema {
        options: "instance_norm_options",
        fields: &[float("epsilon", 1e-5), ACTIVATION],
        inputs: (3, 3),
        ..unary("InstanceNorm")
    },
    OperatorSchema {
        options: "leaky_relu_options",
        fields: &[float("alpha", 0.2)],
        ..unary("LeakyRelu")
    },
    unary("Logistic"),
    plain(pair("Maximum"), "maximum_options"),
    OperatorSchema {
        options: "maxpool2d_options",
        fields: POOL,
        ..unary("MaxPool2D")
    },
    plain(pair("Minimum"), "minimum_options"),
    binary("Mul", "mul_options"),
    OperatorSchema {
        inputs: (2, 2),
        ..plain(unary("Pad"), "pad_options")
    },
    OperatorSchema {
        inputs: (2, 2),
        ..unary("PRelu")
    },
    unary("ReLU"),
    unary("ReLU6"),
    OperatorSchema {
        options: "reshape_options",
        fields: &[OptionField {
            name: "new_shape",
            kind: FieldKind::Ints,
        }],
        inputs: (1, 2),
        ..unary("Reshape")
    },
    OperatorSchema {
        options: "rms_norm_options",
        fields: &[float("epsilon", 1e-6)],
        inputs: (2, 2),
        ..unary("RmsNorm")
    },
    OperatorSchema {
        options: "rope_options",
        fields: &[OptionField {
            name: "mode",
            kind: FieldKind::Word(&["GPT_NEOX", "GPT_J"]),
        }],
        inputs: (3, 3),
        ..unary("RoPE")
    },
    OperatorSchema {
        options: "softmax_options",
        fields: &[float("beta", 1.0)],
        ..unary("Softmax")
    },
    OperatorSchema {
        options: "split_options",
        fields: &[int("num_splits", 1)],
        inputs: (2, 2),
        activations: Activations::Inputs(&[1]),
        ..unary("Split")
    },
    binary("Sub", "sub_options"),
    unary("Tanh"),
    OperatorSchema {
        inputs: (2, 2),
        ..plain(unary("Transpose"), "transpose_options")
    },
    OperatorSchema {
        options: "transpose_conv_options",
        fields: &[PADDING, int("stride_w", 1), int("stride_h", 1), ACTIVATION],
        inputs: (3, 4),
        weights: weighted(1, 3, false),
        activations: Activations::Inputs(&[2]),
        ..unary("TransposeConv")
    },
];
