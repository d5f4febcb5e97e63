//! The operators that recipes know, a line each, to be read beside ai-edge-quantizer's `algorithm_manager.py`,
//! `common_quantize.py` and `default_policy.py`.

use quant_ir::Builtin;

use super::entry::{Algorithm, Operation};

/// An operator.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Which.
    pub code: Builtin,
    /// Where the parameters of its activations come from.
    pub scale: Scale,
    /// Inputs that are never quantized: shapes, axes, indices, conditions.
    pub ignored: &'static [usize],
    /// With which activations it is computed on integers.
    pub activations: Activations,
    /// Its weights, when it has some.
    pub weights: Option<Weights>,
}

/// Where the parameters of an operator's activations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Each has its own range.
    Free,
    /// Outputs have those of the one float input.
    Input,
    /// Inputs have those of the output.
    Output,
    /// The kernel fixes those of the output: 0…1 (SOFTMAX, LOGISTIC).
    Unit,
    /// The kernel fixes those of the output: −1…1 (TANH).
    Symmetric,
}

/// With which activations an operator is computed on integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activations {
    /// None.
    Float,
    /// Of 8 bits.
    Int8,
    /// Of 8 or 16 bits.
    Both,
}

/// The weights of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Which input is the activation.
    pub input: usize,
    /// Which input is the weights.
    pub index: usize,
    /// Which input is the bias.
    pub bias: Option<usize>,
    /// The dimension with a scale for each index.
    pub channels: Channels,
    /// Which types they can have.
    pub types: Types,
}

/// The dimension with a scale for each index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// That one.
    At(usize),
    /// The last one, or the one before it when the operator transposes its second input (`adj_y`).
    Matrix,
}

/// Which types weights can have beside int8 with a scale for each tensor or channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Types {
    /// No others.
    Int8,
    /// int4 that is dequantized.
    Int4Only,
    /// int4 and int2.
    Low,
    /// int4 and int2, and int4 in blocks.
    LowBlocks4,
    /// int4 and int2, both in blocks too.
    LowBlocks,
}

impl Rule {
    /// Whether the algorithm has the operator.
    pub fn is_of(&self, algorithm: Algorithm) -> bool {
        use Builtin as B;
        match algorithm {
            Algorithm::NoQuantize | Algorithm::MinMax | Algorithm::Octav => true,
            Algorithm::FloatCasting | Algorithm::Mse => {
                self.weights.is_some() && self.code != B::BATCH_MATMUL
            }
            Algorithm::Recovery => [B::FULLY_CONNECTED, B::CONV_2D, B::EMBEDDING_LOOKUP].contains(&self.code),
            Algorithm::Gptq | Algorithm::Oscar => self.code == B::FULLY_CONNECTED,
            Algorithm::Hadamard | Algorithm::DecomposedHadamard => {
                [B::FULLY_CONNECTED, B::EMBEDDING_LOOKUP].contains(&self.code)
            }
        }
    }

    /// Whether its kernel ties the parameters of inputs and outputs, or fixes them.
    pub fn is_bound(&self) -> bool {
        self.scale != Free
    }
}

/// The line of an operator.
pub fn rule(code: Builtin) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// What an operation of a recipe means; `None` for a name that no recipe has. TRANSPOSE_CONV has another name there.
pub fn operation(name: &str) -> Option<Operation> {
    let named = |rule: &&Rule| rule.code.to_string() == name;
    Some(match name {
        "*" => Operation::All,
        "INPUT" => Operation::Input,
        "OUTPUT" => Operation::Output,
        "CONV_2D_TRANSPOSE" => Operation::Op(Builtin::TRANSPOSE_CONV),
        _ => Operation::Op(RULES.iter().find(named)?.code),
    })
}

const fn line(code: Builtin, scale: Scale, ignored: &'static [usize], activations: Activations) -> Rule {
    Rule {
        code,
        scale,
        ignored,
        activations,
        weights: None,
    }
}

const fn weights(
    rule: Rule,
    [input, index]: [usize; 2],
    bias: Option<usize>,
    channels: Channels,
    types: Types,
) -> Rule {
    let weights = Weights {
        input,
        index,
        bias,
        channels,
        types,
    };
    Rule {
        weights: Some(weights),
        ..rule
    }
}

use Activations::{Both, Float, Int8};
use Scale::{Free, Input, Output, Symmetric, Unit};

/// All operators.
#[rustfmt::skip]
static RULES: [Rule; 48] = [
    weights(line(Builtin::FULLY_CONNECTED, Free, &[2], Both), [0, 1], Some(2), Channels::At(0), Types::LowBlocks),
    weights(line(Builtin::CONV_2D, Free, &[2], Both), [0, 1], Some(2), Channels::At(0), Types::Low),
    weights(line(Builtin::DEPTHWISE_CONV_2D, Free, &[2], Both), [0, 1], Some(2), Channels::At(3), Types::Int8),
    weights(line(Builtin::TRANSPOSE_CONV, Free, &[0, 3], Both), [2, 1], Some(3), Channels::At(0), Types::Int8),
    weights(line(Builtin::EMBEDDING_LOOKUP, Free, &[0], Float), [0, 1], None, Channels::At(0), Types::LowBlocks4),
    weights(line(Builtin::BATCH_MATMUL, Free, &[], Both), [0, 1], None, Channels::Matrix, Types::Int4Only),
    line(Builtin::ADD, Free, &[], Both),
    line(Builtin::AVERAGE_POOL_2D, Input, &[], Both),
    line(Builtin::BROADCAST_TO, Input, &[1], Both),
    line(Builtin::CONCATENATION, Output, &[], Both),
    line(Builtin::DIV, Free, &[], Both),
    line(Builtin::DYNAMIC_UPDATE_SLICE, Output, &[2], Both),
    line(Builtin::EQUAL, Free, &[], Both),
    line(Builtin::GATHER, Input, &[1], Both),
    line(Builtin::GATHER_ND, Input, &[1], Both),
    line(Builtin::GELU, Free, &[], Both),
    line(Builtin::HARD_SWISH, Free, &[], Int8),
    line(Builtin::LOGISTIC, Unit, &[], Both),
    line(Builtin::MAXIMUM, Output, &[], Both),
    line(Builtin::MAX_POOL_2D, Input, &[], Both),
    line(Builtin::MEAN, Free, &[1], Both),
    line(Builtin::MIRROR_PAD, Input, &[1], Both),
    line(Builtin::MUL, Free, &[], Both),
    line(Builtin::NOT_EQUAL, Free, &[], Both),
    line(Builtin::PACK, Output, &[], Both),
    line(Builtin::PAD, Input, &[1], Both),
    line(Builtin::PADV2, Output, &[1], Both),
    line(Builtin::REDUCE_MIN, Input, &[1], Both),
    line(Builtin::RELU, Free, &[], Both),
    line(Builtin::RESHAPE, Input, &[1], Both),
    line(Builtin::RESIZE_BILINEAR, Input, &[1], Both),
    line(Builtin::RESIZE_NEAREST_NEIGHBOR, Input, &[1], Both),
    line(Builtin::RSQRT, Free, &[], Both),
    line(Builtin::SELECT, Output, &[0], Both),
    line(Builtin::SELECT_V2, Output, &[0], Both),
    line(Builtin::SLICE, Input, &[1, 2], Both),
    line(Builtin::SOFTMAX, Unit, &[], Both),
    line(Builtin::SPACE_TO_DEPTH, Input, &[], Int8),
    line(Builtin::SPLIT, Input, &[0], Both),
    line(Builtin::SQRT, Free, &[], Both),
    line(Builtin::SQUARED_DIFFERENCE, Free, &[], Int8),
    line(Builtin::STABLEHLO_COMPOSITE, Free, &[], Both),
    line(Builtin::STRIDED_SLICE, Input, &[1, 2, 3], Both),
    line(Builtin::SUB, Free, &[], Both),
    line(Builtin::SUM, Free, &[1], Both),
    line(Builtin::TANH, Symmetric, &[], Both),
    line(Builtin::TRANSPOSE, Input, &[1], Both),
    line(Builtin::UNPACK, Input, &[], Both),
];
