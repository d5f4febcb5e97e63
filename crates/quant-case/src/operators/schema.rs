//! What is said of an operator, and short ways to say it.

pub use super::inputs::{Activations, WeightInputs};

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

/// The field `padding`.
pub const PADDING: OptionField = OptionField {
    name: "padding",
    kind: FieldKind::Word(&["VALID", "SAME"]),
};
/// The fused activation.
pub const ACTIVATION: OptionField = OptionField {
    name: "activation",
    kind: FieldKind::Word(&["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"]),
};

/// An integer field.
pub const fn int(name: &'static str, default: i64) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Int(default),
    }
}

/// A float field.
pub const fn float(name: &'static str, default: f32) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Float(default),
    }
}

/// A bool field; false by default.
pub const fn boolean(name: &'static str) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Bool(false),
    }
}

/// The fields of a pool.
pub const POOL: &[OptionField] = &[
    PADDING,
    int("stride_w", 1),
    int("stride_h", 1),
    int("filter_width", 1),
    int("filter_height", 1),
    ACTIVATION,
];

/// One input and no options.
pub const fn unary(kind: &'static str) -> OperatorSchema {
    OperatorSchema {
        kind,
        options: "",
        fields: &[],
        inputs: (1, 1),
        weights: None,
        activations: Activations::Inputs(&[0]),
    }
}

/// Two inputs and a fused activation.
pub const fn binary(kind: &'static str, options: &'static str) -> OperatorSchema {
    OperatorSchema {
        options,
        fields: &[ACTIVATION],
        inputs: (2, 2),
        activations: Activations::Inputs(&[0, 1]),
        ..unary(kind)
    }
}

/// Two inputs and no options.
pub const fn pair(kind: &'static str) -> OperatorSchema {
    OperatorSchema {
        fields: &[],
        ..binary(kind, "")
    }
}

/// An operator whose options have no fields.
pub const fn plain(schema: OperatorSchema, options: &'static str) -> OperatorSchema {
    OperatorSchema { options, ..schema }
}

/// The filter and bias of an operator that multiplies and accumulates.
#[allow(clippy::unnecessary_wraps)] // the type of the field that it fills
pub const fn weighted(filter: usize, bias: usize, weights_only: bool) -> Option<WeightInputs> {
    Some(WeightInputs {
        filter,
        bias,
        weights_only,
    })
}
