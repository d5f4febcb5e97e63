//! What the quantization walk needs to know of an operator, as data.
//!
//! The walk (see [`crate::quantize`]) has no operator names in it; it asks these fields. They restate, per
//! operator, the lists of ONE's circle-quantizer.

/// How quantization treats an operator. [`Rule::NONE`] is an operator that ONE's rules do not know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Whether float activations of the operator can be quantized at all.
    pub known: bool,
    /// The weight input with its bias, for operators that multiply and accumulate.
    pub weights: Option<Weights>,
    /// Inputs that are parameters along the last dimension (gamma, beta, alpha).
    pub params: &'static [usize],
    /// What happens to constant activation inputs.
    pub const_inputs: ConstInputs,
    /// Which inputs get a Quantize in front when the operator's type is not the model's.
    pub mixed: Mixed,
    /// Which inputs take the output's parameters.
    pub backward: Backward,
    /// Where the output's range comes from.
    pub output: OutputRange,
    /// The input whose parameters the outputs take after all else.
    pub forward: Option<usize>,
}

/// The weight input of an operator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Activation input that is multiplied.
    pub input: usize,
    /// Filter input.
    pub filter: usize,
    /// The filter's output-channel dimension.
    pub axis: usize,
    /// Bias input; a model may leave it out (the original wants one for Conv2D and DepthwiseConv2D).
    pub bias: usize,
    /// Whether weight-only quantization covers the operator.
    pub weights_only: bool,
}

/// What happens to constant activation inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConstInputs {
    /// A constant input is an error.
    Unsupported,
    /// Done elsewhere (weights, bias, propagation), or nothing to do.
    Skip,
    /// These inputs are quantized by their own range.
    Own(&'static [usize]),
    /// Every input is quantized by its own range.
    OwnAll,
}

/// Which inputs get a Quantize in front in mixed precision; every quantized output gets one behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mixed {
    /// The operator cannot have a type of its own.
    Unsupported,
    /// These inputs.
    Inputs(&'static [usize]),
    /// Every input.
    All,
}

/// Which inputs take the output's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backward {
    /// None.
    None,
    /// Every input, unless an activation is fused: then constants keep their own range (Concatenation).
    Concat,
    /// These inputs (Pack: see [`Backward::All`]; OneHot: on and off values).
    Inputs(&'static [usize]),
    /// Every input (Pack).
    All,
    /// Input 0 and the padding constant; padding with the lowest float makes the output follow the input.
    PadV2,
    /// Input 0, when the operator only views it (Reshape, Transpose).
    View,
}

/// Where the output's range comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutputRange {
    /// The recorded range.
    Recorded,
    /// Fixed: 1/256 and 0 (uint8), 1/32768 (int16).
    Logistic,
    /// Fixed: 2/256 and 128 (uint8), 1/32768 (int16).
    Tanh,
    /// Fixed: 1/255 and 0 (uint8), 1/32767 (int16).
    Softmax,
    /// The recorded range with the scale made a whole number (Floor, Ceil, …).
    Integer,
}

impl Rule {
    /// An operator that the rules do not know: `quantize` refuses it, unless its operands are no floats.
    pub const NONE: Self = Self {
        known: false,
        weights: None,
        params: &[],
        const_inputs: ConstInputs::Unsupported,
        mixed: Mixed::Unsupported,
        backward: Backward::None,
        output: OutputRange::Recorded,
        forward: None,
    };

    /// One activation input (number 0), which may be a constant with a range of its own.
    pub const UNARY: Self = Self {
        known: true,
        const_inputs: ConstInputs::Own(&[0]),
        mixed: Mixed::Inputs(&[0]),
        ..Self::NONE
    };

    /// Two activation inputs, which may be constants with ranges of their own.
    pub const BINARY: Self = Self {
        known: true,
        const_inputs: ConstInputs::Own(&[0, 1]),
        mixed: Mixed::Inputs(&[0, 1]),
        ..Self::NONE
    };
}
