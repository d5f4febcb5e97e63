//! What toco did with each operator, to be read beside its `SupportsQuantization`,
//! `ChooseHardcodedQuantizationForOperatorOutput` and `ChooseQuantizationForOperatorOutput` (`quantize.cc`) and its
//! `hardcode_min_max.cc`. An operator that is not here stays float; toco refused it.

use quant_ir::Builtin;

/// How an operator is quantized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The parameters of its results.
    pub result: Scale,
    /// Operands that must have those too: kernels hand their integers on.
    pub alike: Alike,
    /// The filter and bias of operators that multiply and accumulate.
    pub weights: Option<Weights>,
}

/// The parameters of results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Those of the recorded range.
    Own,
    /// Those of this operand.
    Same(usize),
    /// Always these: scale and zero point.
    Fixed(f64, i64),
    /// Those of the range that covers all operands and the result, which they all get.
    Joint,
}

/// Operands that must have the result's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alike {
    /// None.
    None,
    /// These.
    Some(&'static [usize]),
    /// All.
    All,
}

impl Alike {
    /// Whether an operand is one of them.
    pub fn has(self, at: usize) -> bool {
        match self {
            Self::None => false,
            Self::Some(list) => list.contains(&at),
            Self::All => true,
        }
    }
}

/// Operands of an operator that multiplies and accumulates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// The activation.
    pub input: usize,
    /// The filter.
    pub filter: usize,
    /// The bias.
    pub bias: usize,
    /// The filter's dimension of output channels, where a missing bias becomes zeros.
    pub channels: Option<usize>,
}

const fn rule(result: Scale) -> Rule {
    Rule {
        result,
        alike: Alike::None,
        weights: None,
    }
}

const fn alike(result: Scale, alike: Alike) -> Rule {
    Rule {
        alike,
        ..rule(result)
    }
}

const fn affine(input: usize, bias: usize, channels: Option<usize>) -> Rule {
    Rule {
        weights: Some(Weights {
            input,
            filter: 1,
            bias,
            channels,
        }),
        ..rule(Scale::Own)
    }
}

const OWN: Rule = rule(Scale::Own);
const SAME: Rule = rule(Scale::Same(0));

use Builtin as B;

/// The operators. `SELECT_V2`, which toco did not know, is taken as SELECT; the bias of TRANSPOSE_CONV, which it did not
/// have, as that of CONV_2D.
#[rustfmt::skip]
pub static RULES: &[(Builtin, Rule)] = &[
    (B::CONV_2D,                 affine(0, 2, Some(0))),
    (B::DEPTHWISE_CONV_2D,       affine(0, 2, Some(3))),
    (B::FULLY_CONNECTED,         affine(0, 2, Some(0))),
    (B::TRANSPOSE_CONV,          affine(2, 3, None)),
    // Hard-coded.
    (B::L2_NORMALIZATION,        rule(Scale::Fixed(1.0 / 128.0, 128))),
    (B::LOGISTIC,                rule(Scale::Fixed(1.0 / 256.0, 0))),
    (B::SOFTMAX,                 rule(Scale::Fixed(1.0 / 256.0, 0))),
    (B::LOG_SOFTMAX,             rule(Scale::Fixed(16.0 / 256.0, 255))),
    (B::TANH,                    rule(Scale::Fixed(1.0 / 128.0, 128))),
    // One range for all ends.
    (B::CONCATENATION,           rule(Scale::Joint)),
    // The operand's, by `quantize.cc`.
    (B::DEPTH_TO_SPACE,          SAME),
    (B::SPACE_TO_DEPTH,          SAME),
    (B::RESHAPE,                 SAME),
    (B::SPLIT,                   rule(Scale::Same(1))),
    (B::RELU,                    SAME),
    (B::RELU_N1_TO_1,            SAME),
    (B::RELU6,                   SAME),
    (B::PRELU,                   SAME),
    // The operand's, by `hardcode_min_max.cc`, whose results had no ranges of their own; kernels copy.
    (B::AVERAGE_POOL_2D,         SAME),
    (B::MAX_POOL_2D,             SAME),
    (B::RESIZE_BILINEAR,         SAME),
    (B::RESIZE_NEAREST_NEIGHBOR, SAME),
    (B::SLICE,                   SAME),
    (B::STRIDED_SLICE,           SAME),
    (B::SQUEEZE,                 SAME),
    (B::EXPAND_DIMS,             SAME),
    (B::PAD,                     SAME),
    (B::GATHER,                  SAME),
    (B::TRANSPOSE,               SAME),
    (B::REDUCE_MAX,              SAME),
    (B::REDUCE_MIN,              SAME),
    // The operand's, inferred: kernels copy.
    (B::BATCH_TO_SPACE_ND,       SAME),
    (B::SPACE_TO_BATCH_ND,       SAME),
    (B::SPLIT_V,                 SAME),
    (B::UNPACK,                  SAME),
    (B::TOPK_V2,                 SAME),
    (B::MATRIX_DIAG,             SAME),
    (B::MATRIX_SET_DIAG,         alike(Scale::Same(0), Alike::Some(&[1]))),
    (B::PADV2,                   alike(Scale::Same(0), Alike::Some(&[2]))),
    // A range of its own, which operands must have too.
    (B::MAXIMUM,                 alike(Scale::Own, Alike::Some(&[0, 1]))),
    (B::MINIMUM,                 alike(Scale::Own, Alike::Some(&[0, 1]))),
    (B::SELECT,                  alike(Scale::Own, Alike::Some(&[1, 2]))),
    (B::SELECT_V2,               alike(Scale::Own, Alike::Some(&[1, 2]))),
    (B::PACK,                    alike(Scale::Own, Alike::All)),
    // A range of its own.
    (B::ADD,                     OWN),
    (B::SUB,                     OWN),
    (B::MUL,                     OWN),
    (B::MEAN,                    OWN),
    (B::SUM,                     OWN),
    (B::LEAKY_RELU,              OWN),
    (B::HARD_SWISH,              OWN),
    // Results that are no reals.
    (B::EQUAL,                   OWN),
    (B::GREATER,                 OWN),
    (B::GREATER_EQUAL,           OWN),
    (B::LESS,                    OWN),
    (B::LESS_EQUAL,              OWN),
    (B::ARG_MAX,                 OWN),
    (B::SHAPE,                   OWN),
];

/// Operators of toco's list for which the runtime has no kernel with uint8.
const NO_KERNEL: &[Builtin] = &[B::FLOOR_DIV, B::LSTM];

/// The rule of an operator; `Err` where toco had one, and the runtime has no kernel; `None` where it had none.
pub fn of(builtin: Builtin) -> Option<Result<&'static Rule, &'static str>> {
    if NO_KERNEL.contains(&builtin) {
        return Some(Err("the runtime has no kernel for it with uint8"));
    }
    let mut rows = RULES.iter();
    rows.find(|(operator, _)| *operator == builtin)
        .map(|(_, rule)| Ok(rule))
}

/// The version with uint8 where that is not the first.
pub fn version(builtin: Builtin) -> Option<i32> {
    matches!(builtin, B::RELU | B::UNPACK).then_some(2)
}
