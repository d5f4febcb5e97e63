//! What the quantizer does with each operator, to be read beside the original's list of operator properties.
//!
//! A row: which operands are quantized and how, which results, where the parameters of the results come from, the bias,
//! whether there is a rule with 16-bit activations, and the version that the operator gets. What the original gets wrong
//! has a second row ([`MENDED`]).

use quant_ir::Builtin as B;
use quant_ir::Operator;

use super::params::Fixed;
use super::rule::{Follow, Inputs, Kind, Outputs, Range, Rule};

use Kind::{CellState, Filter, GateBias, Pad, ProjectionBias, State, SvdfBias, Value, Weights10, Weights16};

const IN_0: Inputs = Inputs::Of(&[(0, Value)]);
const IN_1: Inputs = Inputs::Of(&[(1, Value)]);
const IN_01: Inputs = Inputs::Of(&[(0, Value), (1, Value)]);
const IN_12: Inputs = Inputs::Of(&[(1, Value), (2, Value)]);
const IN_PAD: Inputs = Inputs::Of(&[(0, Value), (2, Pad)]);
const CONV: Inputs = Inputs::Of(&[(0, Value), (1, Filter(0))]);
const DEPTHWISE: Inputs = Inputs::Of(&[(0, Value), (1, Filter(3))]);
const TRANSPOSED: Inputs = Inputs::Of(&[(2, Value), (1, Filter(0))]);
const SVDF: Inputs = Inputs::Of(&[(0, Value), (1, Value), (2, Weights10), (4, State), (3, SvdfBias)]);
/// The state of the output, 18, takes the parameters of the output (`QuantizeSharedRange`).
#[rustfmt::skip]
const LSTM: Inputs = Inputs::Of(&[
    (0, Value),
    (1, Value), (2, Value), (3, Value), (4, Value),
    (5, Value), (6, Value), (7, Value), (8, Value),
    (9, Weights16), (10, Weights16), (11, Weights16),
    (16, Value),
    (19, CellState),
    (20, Weights16), (21, Weights16), (22, Weights16), (23, Weights16),
    (12, GateBias(0)), (13, GateBias(1)), (14, GateBias(2)), (15, GateBias(3)),
    (17, ProjectionBias),
]);

/// An operator with one operand, whose result has a range of its own.
const OWN: Rule = Rule {
    inputs: IN_0,
    outputs: Outputs::First,
    range: Range::Own,
    follow: Follow::None,
    bias: None,
    int16: true,
    constants16: false,
    version: 2,
};
/// One that moves values.
const SAME: Rule = Rule {
    range: Range::Input,
    constants16: true,
    ..OWN
};
/// One of two activations.
const PAIR: Rule = Rule {
    inputs: IN_01,
    constants16: true,
    ..OWN
};
/// One whose kernel takes operands with the parameters of the result only.
const JOIN: Rule = Rule {
    inputs: Inputs::All,
    follow: Follow::All,
    constants16: true,
    ..OWN
};
/// One that compares.
const COMPARE: Rule = Rule {
    inputs: IN_01,
    outputs: Outputs::None,
    int16: false,
    ..OWN
};
const WEIGHTS: Rule = Rule {
    inputs: CONV,
    bias: Some(2),
    version: 3,
    ..OWN
};
const RECURRENT: Rule = Rule {
    inputs: LSTM,
    int16: false,
    ..OWN
};

const fn fixed(fixed: Fixed) -> Rule {
    Rule {
        range: Range::Fixed(fixed),
        ..OWN
    }
}

/// The operators that the original knows (`operator_property.cc`). It lists WHERE as well, whose whole-numbered result it
/// then has no range for.
#[rustfmt::skip]
static TABLE: &[(B, Rule)] = &[
    (B::ABS,                          OWN),
    (B::ADD,                          PAIR),
    (B::ARG_MAX,                      Rule { outputs: Outputs::None, int16: false, ..OWN }),
    (B::ASSIGN_VARIABLE,              Rule { inputs: IN_1, outputs: Outputs::None, constants16: true, version: 1, ..OWN }),
    (B::AVERAGE_POOL_2D,              SAME),
    (B::BATCH_MATMUL,                 PAIR),
    (B::BATCH_TO_SPACE_ND,            SAME),
    (B::BROADCAST_TO,                 Rule { version: 3, ..SAME }),
    (B::CONCATENATION,                JOIN),
    (B::CONV_2D,                      WEIGHTS),
    (B::DEPTHWISE_CONV_2D,            Rule { inputs: DEPTHWISE, ..WEIGHTS }),
    (B::DEPTH_TO_SPACE,               Rule { int16: false, ..SAME }),
    (B::EQUAL,                        COMPARE),
    (B::EXP,                          OWN),
    (B::EXPAND_DIMS,                  Rule { version: 1, ..SAME }),
    (B::FILL,                         Rule { inputs: IN_1, version: 3, ..SAME }),
    (B::FULLY_CONNECTED,              Rule { version: 4, ..WEIGHTS }),
    (B::GATHER,                       SAME),
    (B::GATHER_ND,                    Rule { version: 3, ..SAME }),
    (B::GELU,                         OWN),
    (B::GREATER,                      COMPARE),
    (B::GREATER_EQUAL,                COMPARE),
    (B::HARD_SWISH,                   Rule { int16: false, version: 1, ..OWN }),
    (B::L2_NORMALIZATION,             Rule { int16: false, ..fixed(Fixed::L2) }),
    (B::LEAKY_RELU,                   OWN),
    (B::LESS,                         COMPARE),
    (B::LESS_EQUAL,                   COMPARE),
    (B::LOG,                          OWN),
    (B::LOGISTIC,                     fixed(Fixed::UNIT)),
    (B::LOG_SOFTMAX,                  Rule { int16: false, ..fixed(Fixed::LOG_SOFTMAX) }),
    (B::LSTM,                         RECURRENT),
    (B::MAXIMUM,                      JOIN),
    (B::MAX_POOL_2D,                  SAME),
    (B::MEAN,                         OWN),
    (B::MINIMUM,                      JOIN),
    (B::MIRROR_PAD,                   SAME),
    (B::MUL,                          PAIR),
    (B::NOT_EQUAL,                    COMPARE),
    (B::PACK,                         JOIN),
    (B::PAD,                          SAME),
    (B::PADV2,                        SAME),
    (B::PRELU,                        Rule { inputs: IN_01, int16: false, version: 1, ..OWN }),
    (B::READ_VARIABLE,                Rule { inputs: Inputs::Of(&[]), version: 1, ..OWN }),
    (B::REDUCE_MAX,                   SAME),
    (B::REDUCE_MIN,                   SAME),
    (B::REDUCE_PROD,                  OWN),
    (B::RELU,                         OWN),
    (B::RELU6,                        OWN),
    (B::RELU_N1_TO_1,                 Rule { int16: false, version: 1, ..OWN }),
    (B::RESHAPE,                      Rule { version: 1, ..SAME }),
    (B::RESIZE_BILINEAR,              SAME),
    (B::RESIZE_NEAREST_NEIGHBOR,      SAME),
    (B::REVERSE_V2,                   Rule { version: 3, ..SAME }),
    (B::RSQRT,                        OWN),
    (B::SCATTER_ND,                   Rule { inputs: IN_1, version: 1, ..SAME }),
    (B::SELECT,                       Rule { inputs: IN_12, version: 1, ..SAME }),
    (B::SHAPE,                        Rule { outputs: Outputs::None, version: 1, ..OWN }),
    (B::SLICE,                        SAME),
    (B::SOFTMAX,                      fixed(Fixed::UNIT)),
    (B::SPACE_TO_BATCH_ND,            SAME),
    (B::SPACE_TO_DEPTH,               Rule { int16: false, ..SAME }),
    (B::SPLIT,                        Rule { inputs: IN_1, outputs: Outputs::All, ..SAME }),
    (B::SPLIT_V,                      Rule { outputs: Outputs::All, ..SAME }),
    (B::SQUARED_DIFFERENCE,           PAIR),
    (B::SQUEEZE,                      Rule { version: 1, ..SAME }),
    (B::STRIDED_SLICE,                SAME),
    (B::SUB,                          PAIR),
    (B::SUM,                          SAME),
    (B::SVDF,                         Rule { inputs: SVDF, int16: false, version: 3, ..OWN }),
    (B::TANH,                         fixed(Fixed::TANH)),
    (B::TILE,                         Rule { version: 3, ..SAME }),
    (B::TRANSPOSE,                    SAME),
    (B::TRANSPOSE_CONV,               Rule { inputs: TRANSPOSED, bias: Some(3), ..WEIGHTS }),
    (B::UNIDIRECTIONAL_SEQUENCE_LSTM, RECURRENT),
    (B::UNPACK,                       Rule { outputs: Outputs::All, version: 1, ..SAME }),
    (B::VAR_HANDLE,                   Rule { inputs: Inputs::Of(&[]), outputs: Outputs::None, version: 1, ..OWN }),
];

/// What the original gets wrong, and the rules by which it is right: the operands of SELECT keep different scales though
/// the kernel copies; SUM has the scale of its operand, which sums do not fit; the value of PADV2 stays float.
#[rustfmt::skip]
static MENDED: &[(B, Rule)] = &[
    (B::SELECT, Rule { inputs: IN_12, follow: Follow::Of(&[1, 2]), constants16: true, version: 1, ..OWN }),
    (B::SUM,    OWN),
    (B::PADV2,  Rule { inputs: IN_PAD, follow: Follow::Of(&[0, 2]), range: Range::Padded, ..SAME }),
];

/// The rule of an operator; `None` where there is none, as for an LSTM without the operands of the full kernel.
pub fn of(op: &Operator, compat: bool) -> Option<&'static Rule> {
    let builtin = op.code.builtin;
    let find = |table: &'static [(B, Rule)]| table.iter().find(|(of, _)| *of == builtin);
    let mended = if compat { None } else { find(MENDED) };
    let (_, rule) = mended.or_else(|| find(TABLE))?;
    let full = rule.inputs != LSTM || matches!(op.inputs.len(), 20 | 24);
    full.then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_one_row() {
        for table in [TABLE, MENDED] {
            let mut codes: Vec<B> = table.iter().map(|(code, _)| *code).collect();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), table.len());
        }
        assert!(
            MENDED
                .iter()
                .all(|(code, _)| TABLE.iter().any(|(of, _)| of == code))
        );
    }

    #[test]
    fn a_bias_comes_with_an_activation_and_a_filter() {
        for (code, rule) in TABLE {
            assert_eq!(rule.bias.is_some(), rule.weights().is_some(), "{code}");
        }
    }
}
