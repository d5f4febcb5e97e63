//! The operators that recipes can name: their options, and what the test bench must know of them.
//!
//! One entry is an operator. Adding one is these lines here and its file in `quant-core`'s `ops`.

mod custom;
mod elementwise;
mod inputs;
mod reduce;
pub mod shape;
pub mod special;
mod spelling;
mod state;
#[cfg(test)]
mod tests;
mod without_kernel;

pub use custom::custom;
pub use inputs::{Activations, WeightInputs};
pub use spelling::{field, is_options, numbered};

/// What recipes and goldens need to know of an operator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatorSchema {
    /// Its name in recipes.
    pub kind: &'static str,
    /// The name of its options message; empty when it has none.
    pub options: &'static str,
    /// The fields of the options message.
    pub fields: &'static [OptionField],
    /// Fewest and most inputs.
    pub inputs: (usize, usize),
    /// The filter with its activation input, for operators that multiply and accumulate.
    pub weights: Option<WeightInputs>,
    /// Inputs that take part in mixed precision.
    pub activations: Activations,
}

/// A field of an options message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptionField {
    /// Its name.
    pub name: &'static str,
    /// Its type and default.
    pub kind: FieldKind,
}

/// The type and default of an option field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldKind {
    /// An integer.
    Int(i64),
    /// A float.
    Float(f32),
    /// A bool.
    Bool(bool),
    /// One of some words; the first is the default.
    Word(&'static [&'static str]),
    /// A repeated integer; the default is empty.
    Ints,
    /// A repeated float; the default is empty.
    Floats,
}

/// The schema of an operator, by its name or another spelling of it. That of `Custom` knows no options: those depend
/// on the operator's code, see [`custom`].
pub fn find(kind: &str) -> Option<&'static OperatorSchema> {
    let kind = spelling::kind(kind);
    let mut known = all().chain(without_kernel()).chain([custom::ANY]);
    known.find(|operator| operator.kind == kind)
}

/// Every operator that has a definition in `quant-core`.
pub fn all() -> impl Iterator<Item = &'static OperatorSchema> {
    TABLES.iter().copied().flatten()
}

/// Every operator that recipes can write, and that nothing runs or quantizes: it is carried.
pub fn without_kernel() -> impl Iterator<Item = &'static OperatorSchema> {
    without_kernel::TABLE.iter()
}

/// The tables of operators; each is sorted by name.
const TABLES: &[&[OperatorSchema]] = &[
    OPERATORS,
    elementwise::TABLE,
    reduce::TABLE,
    shape::TABLE,
    special::TABLE,
    state::TABLE,
];

const PADDING: OptionField = OptionField {
    name: "padding",
    kind: FieldKind::Word(&["VALID", "SAME"]),
};
const ACTIVATION: OptionField = OptionField {
    name: "activation",
    kind: FieldKind::Word(&["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"]),
};

const fn int(name: &'static str, default: i64) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Int(default),
    }
}

const fn float(name: &'static str, default: f32) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Float(default),
    }
}

const fn boolean(name: &'static str) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Bool(false),
    }
}

const POOL: &[OptionField] = &[
    PADDING,
    int("stride_w", 1),
    int("stride_h", 1),
    int("filter_width", 1),
    int("filter_height", 1),
    ACTIVATION,
];

const fn unary(kind: &'static str) -> OperatorSchema {
    OperatorSchema {
        kind,
        options: "",
        fields: &[],
        inputs: (1, 1),
        weights: None,
        activations: Activations::Inputs(&[0]),
    }
}

const fn binary(kind: &'static str, options: &'static str) -> OperatorSchema {
    OperatorSchema {
        options,
        fields: &[ACTIVATION],
        inputs: (2, 2),
        activations: Activations::Inputs(&[0, 1]),
        ..unary(kind)
    }
}

/// Two inputs and no options.
const fn pair(kind: &'static str) -> OperatorSchema {
    OperatorSchema {
        fields: &[],
        ..binary(kind, "")
    }
}

/// An operator whose options have no fields.
const fn plain(schema: OperatorSchema, options: &'static str) -> OperatorSchema {
    OperatorSchema { options, ..schema }
}

#[allow(clippy::unnecessary_wraps)] // the type of the field that it fills
const fn weighted(filter: usize, bias: usize, weights_only: bool) -> Option<WeightInputs> {
    Some(WeightInputs {
        filter,
        bias,
        weights_only,
    })
}

/// The operators that the test bench's recipes use.
const OPERATORS: &[OperatorSchema] = &[
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
