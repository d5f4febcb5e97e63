//! What a recipe says: which operators, with which algorithm, to which types.

use quant_ir::Builtin;

/// What is done to weights, or how their parameters are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// The operator stays float.
    NoQuantize,
    /// Scales from the least and the greatest value.
    MinMax,
    /// Weights become half-precision floats.
    FloatCasting,
    /// Weights that are dequantized integers become the integers that they were.
    Recovery,
    /// Scales that clip (OCTAV, arXiv 2206.06501).
    Octav,
    /// Scales from the root of the mean square.
    Mse,
    /// Each column of weights makes up for the errors of those before it (GPTQ, arXiv 2210.17323).
    Gptq,
    /// Weights are rotated by a Hadamard matrix, activations by a custom operator.
    Hadamard,
    /// The same, activations by RESHAPE and FULLY_CONNECTED.
    DecomposedHadamard,
    /// Weights and activations are scaled against each other.
    Oscar,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::NoQuantize,
        Self::MinMax,
        Self::FloatCasting,
        Self::Recovery,
        Self::Octav,
        Self::Mse,
        Self::Gptq,
        Self::Hadamard,
        Self::DecomposedHadamard,
        Self::Oscar,
    ];

    /// Its key in a recipe (`algorithm_key`).
    pub fn key(self) -> &'static str {
        match self {
            Self::NoQuantize => "no_quantize",
            Self::MinMax => "min_max_uniform_quantize",
            Self::FloatCasting => "float_casting",
            Self::Recovery => "dequantized_weight_recovery",
            Self::Octav => "OCTAV",
            Self::Mse => "MSE",
            Self::Gptq => "GPTQ",
            Self::Hadamard => "HADAMARD_ROTATION",
            Self::DecomposedHadamard => "DECOMPOSED_HADAMARD_ROTATION",
            Self::Oscar => "OSCAR",
        }
    }
}

/// Which operators an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `*`: all that the algorithm knows, and the model's inputs and outputs.
    All,
    /// The model's inputs.
    Input,
    /// The model's outputs.
    Output,
    /// Operators of this kind.
    Op(Builtin),
}

/// How many values share a scale (`granularity`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granularity {
    /// All of a tensor.
    #[default]
    Tensor,
    /// Those of an output channel.
    Channel,
    /// So many beside each other in the last dimension: 32, 64, 128 or 256.
    Block(u16),
}

impl Granularity {
    /// The word of a recipe.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "TENSORWISE" => Self::Tensor,
            "CHANNELWISE" => Self::Channel,
            "BLOCKWISE_32" => Self::Block(32),
            "BLOCKWISE_64" => Self::Block(64),
            "BLOCKWISE_128" => Self::Block(128),
            "BLOCKWISE_256" => Self::Block(256),
            _ => return None,
        })
    }
}

/// The kind of numbers (`dtype`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Signed integers.
    #[default]
    Int,
    /// Unsigned integers.
    Uint,
    /// Floats.
    Float,
}

/// What the arithmetic is done in (`compute_precision`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Integers.
    Integer,
    /// Floats.
    #[default]
    Float,
}

/// What tensors become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TensorConfig {
    /// Bits of a number.
    pub bits: u8,
    /// Without a zero point.
    pub symmetric: bool,
    /// How many values share a scale.
    pub granularity: Granularity,
    /// The kind of numbers.
    pub kind: Kind,
    /// The largest Hadamard matrix, 0 for any (`max_hadamard_size`).
    pub max_hadamard: u32,
}

/// What operators become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpConfig {
    /// Activations; `None` when they stay float.
    pub activations: Option<TensorConfig>,
    /// Weights; `None` when they stay float.
    pub weights: Option<TensorConfig>,
    /// What the arithmetic is done in.
    pub precision: Precision,
    /// Whether a DEQUANTIZE makes floats of the weights.
    pub explicit_dequantize: bool,
    /// Whether the operator is quantized although no kernel may be known to take it.
    pub skip_checks: bool,
    /// Weights of fewer elements stay float.
    pub min_weight_elements: u64,
}

/// How activations and weights of an operator are computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Integers, with parameters from recorded ranges.
    Static,
    /// Integer weights; the runtime makes integers of float activations.
    Dynamic,
    /// Weights are stored as integers or halves, and dequantized.
    WeightOnly,
}

impl OpConfig {
    /// How the operator is computed; `None` for floats throughout without DEQUANTIZE, which is no quantization.
    pub fn mode(&self) -> Option<Mode> {
        match (self.precision, &self.activations) {
            (Precision::Integer, Some(_)) => Some(Mode::Static),
            (Precision::Integer, None) => Some(Mode::Dynamic),
            (Precision::Float, _) if self.explicit_dequantize => Some(Mode::WeightOnly),
            (Precision::Float, _) => None,
        }
    }
}

/// What is done to operators of a kind in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which operators.
    pub operation: Operation,
    /// How.
    pub algorithm: Algorithm,
    /// To what.
    pub config: OpConfig,
}
