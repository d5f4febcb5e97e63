//! What ONE's circle-quantizer does with each operator, to be read beside its lists.
//!
//! A column is one of these lists, each a visitor over the operators there: `QuantizeConstInputActivation` (constants),
//! `InsertQuantizeOp` (own type), `PropagateQParamBackwardPass` (backward), `QuantizeSpecialActivation` (output),
//! `PropagateQParamForwardPass` (forward), and `QuantizeWeights` with `QuantizeBias` (weights). What a word means stands in
//! [`crate::scheme::rule`].

use quant_ir::Builtin as B;

use super::params::{LOGISTIC, SOFTMAX, TANH};
use crate::scheme::rule::{Backward, ConstInputs, Mixed, OutputRange, Row, Rule, Table, Weights};

// Constants beside activations.
const REFUSE: ConstInputs = ConstInputs::Unsupported;
const SKIP: ConstInputs = ConstInputs::Skip;
const OWN_0: ConstInputs = ConstInputs::Own(&[0]);
const OWN_1: ConstInputs = ConstInputs::Own(&[1]);
const OWN_01: ConstInputs = ConstInputs::Own(&[0, 1]);
const OWN_12: ConstInputs = ConstInputs::Own(&[1, 2]);
const OWN_ALL: ConstInputs = ConstInputs::OwnAll;
// Inputs that are converted before an operator with a type of its own.
const NEVER: Mixed = Mixed::Unsupported;
const IN_0: Mixed = Mixed::Inputs(&[0]);
const IN_1: Mixed = Mixed::Inputs(&[1]);
const IN_2: Mixed = Mixed::Inputs(&[2]);
const IN_01: Mixed = Mixed::Inputs(&[0, 1]);
const IN_23: Mixed = Mixed::Inputs(&[2, 3]);
const ALL: Mixed = Mixed::All;
// Inputs that take the output's parameters.
const STAY: Backward = Backward::None;
const CONCAT: Backward = Backward::Concat;
const TO_23: Backward = Backward::Inputs(&[2, 3]);
const TO_ALL: Backward = Backward::All;
const PADV2: Backward = Backward::PadV2;
const VIEW: Backward = Backward::View;
// Ranges of outputs.
const RECORDED: OutputRange = OutputRange::Recorded;
const WHOLE: OutputRange = OutputRange::Integer;
// Filters and biases. A model may leave out a bias; the original wants one for Conv2D and DepthwiseConv2D.
const CONV: Weights = Weights {
    input: 0,
    filter: 1,
    axis: 0,
    bias: 2,
    constants: &[],
    weights_only: true,
};
const DEPTHWISE: Weights = Weights { axis: 3, ..CONV };
const TRANSPOSED: Weights = Weights {
    input: 2,
    bias: 3,
    constants: &[0],
    weights_only: false,
    ..CONV
};

/// The operators that the original knows.
#[rustfmt::skip]
pub(super) static TABLE: Table = Table::new(&[
    //     operator                     constant own type backward output forward  weights
    row(B::ABS,                         OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::ADD,                         OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::ADD_N,                       OWN_ALL, ALL,   STAY,   RECORDED, None),
    row(B::ARG_MAX,                     OWN_0,   NEVER, STAY,   RECORDED, None),
    row(B::ARG_MIN,                     OWN_0,   NEVER, STAY,   RECORDED, None),
    row(B::AVERAGE_POOL_2D,             REFUSE,  IN_0,  STAY,   RECORDED, None),
    row(B::BATCH_MATMUL,                OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::BATCH_TO_SPACE_ND,           OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::BROADCAST_TO,                OWN_0,   NEVER, STAY,   RECORDED, None),
    row(B::CAST,                        REFUSE,  NEVER, STAY,   RECORDED, None),
    row(B::CEIL,                        REFUSE,  NEVER, STAY,   WHOLE,    None),
    row(B::CONCATENATION,               SKIP,    ALL,   CONCAT, RECORDED, None),
    row(B::CONV_2D,                     SKIP,    IN_0,  STAY,   RECORDED, None).with_weights(CONV),
    row(B::DEPTHWISE_CONV_2D,           SKIP,    IN_0,  STAY,   RECORDED, None).with_weights(DEPTHWISE),
    row(B::DEPTH_TO_SPACE,              OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::DIV,                         OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::ELU,                         OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::EQUAL,                       OWN_01,  NEVER, STAY,   RECORDED, None),
    row(B::EXP,                         OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::EXPAND_DIMS,                 OWN_0,   NEVER, STAY,   RECORDED, None),
    row(B::FLOOR,                       OWN_0,   IN_0,  STAY,   WHOLE,    None),
    row(B::FLOOR_DIV,                   OWN_01,  IN_01, STAY,   WHOLE,    None),
    row(B::FLOOR_MOD,                   OWN_01,  NEVER, STAY,   WHOLE,    None),
    row(B::FULLY_CONNECTED,             SKIP,    IN_0,  STAY,   RECORDED, None).with_weights(CONV),
    row(B::GATHER,                      OWN_0,   IN_0,  STAY,   RECORDED, Some(0)),
    row(B::GELU,                        OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::GREATER,                     OWN_01,  NEVER, STAY,   RECORDED, None),
    row(B::GREATER_EQUAL,               OWN_01,  NEVER, STAY,   RECORDED, None),
    row(B::INSTANCE_NORM,               SKIP,    IN_0,  STAY,   RECORDED, None).with_params(&[1, 2]),
    row(B::LEAKY_RELU,                  REFUSE,  IN_0,  STAY,   RECORDED, None),
    row(B::LESS,                        OWN_01,  NEVER, STAY,   RECORDED, None),
    row(B::LESS_EQUAL,                  OWN_01,  NEVER, STAY,   RECORDED, None),
    row(B::LOCAL_RESPONSE_NORMALIZATION,OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::LOGICAL_AND,                 SKIP,    NEVER, STAY,   RECORDED, None),
    row(B::LOGICAL_NOT,                 SKIP,    NEVER, STAY,   RECORDED, None),
    row(B::LOGICAL_OR,                  SKIP,    NEVER, STAY,   RECORDED, None),
    row(B::LOGISTIC,                    OWN_0,   IN_0,  STAY,   LOGISTIC, None),
    row(B::MAXIMUM,                     OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::MAX_POOL_2D,                 REFUSE,  IN_0,  STAY,   RECORDED, None),
    row(B::MEAN,                        OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::MINIMUM,                     OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::MIRROR_PAD,                  OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::MUL,                         OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::NEG,                         REFUSE,  IN_0,  STAY,   RECORDED, None),
    row(B::NOT_EQUAL,                   OWN_01,  NEVER, STAY,   RECORDED, None),
    row(B::ONE_HOT,                     SKIP,    IN_23, TO_23,  RECORDED, None),
    row(B::PACK,                        SKIP,    ALL,   TO_ALL, RECORDED, None),
    row(B::PAD,                         OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::PADV2,                       SKIP,    IN_0,  PADV2,  RECORDED, None),
    row(B::POW,                         OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::PRELU,                       SKIP,    IN_0,  STAY,   RECORDED, None).with_params(&[1]),
    row(B::REDUCE_ANY,                  OWN_0,   NEVER, STAY,   RECORDED, None),
    row(B::REDUCE_MAX,                  OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::REDUCE_MIN,                  OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::REDUCE_PROD,                 OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::RELU,                        REFUSE,  IN_0,  STAY,   RECORDED, None),
    row(B::RELU6,                       REFUSE,  IN_0,  STAY,   RECORDED, None),
    row(B::RESHAPE,                     OWN_0,   IN_0,  VIEW,   RECORDED, Some(0)),
    row(B::RESIZE_BILINEAR,             OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::RESIZE_NEAREST_NEIGHBOR,     OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::REVERSE_SEQUENCE,            OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::RMS_NORM,                    SKIP,    IN_0,  STAY,   RECORDED, None).with_params(&[1]),
    row(B::RSQRT,                       OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::SELECT_V2,                   OWN_12,  NEVER, STAY,   RECORDED, None),
    row(B::SHAPE,                       REFUSE,  NEVER, STAY,   RECORDED, None),
    row(B::SLICE,                       OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::SOFTMAX,                     OWN_0,   IN_0,  STAY,   SOFTMAX,  None),
    row(B::SPACE_TO_BATCH_ND,           OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::SPACE_TO_DEPTH,              OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::SPLIT,                       OWN_1,   IN_1,  STAY,   RECORDED, Some(1)),
    row(B::SPLIT_V,                     OWN_0,   IN_0,  STAY,   RECORDED, Some(0)),
    row(B::SQRT,                        OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::SQUEEZE,                     OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::STRIDED_SLICE,               OWN_0,   IN_0,  STAY,   RECORDED, Some(0)),
    row(B::SUB,                         OWN_01,  IN_01, STAY,   RECORDED, None),
    row(B::SUM,                         OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::TANH,                        OWN_0,   IN_0,  STAY,   TANH,     None),
    row(B::TILE,                        OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::TOPK_V2,                     OWN_0,   IN_0,  STAY,   RECORDED, None),
    row(B::TRANSPOSE,                   OWN_0,   IN_0,  VIEW,   RECORDED, Some(0)),
    row(B::TRANSPOSE_CONV,              SKIP,    IN_2,  STAY,   RECORDED, None).with_weights(TRANSPOSED),
    row(B::UNIQUE,                      REFUSE,  IN_0,  STAY,   RECORDED, None),
    row(B::UNPACK,                      OWN_0,   IN_0,  STAY,   RECORDED, Some(0)),
    // No rule quantizes these, and no layer of a configuration may name them.
    unnamed(B::BIDIRECTIONAL_SEQUENCE_LSTM),
    unnamed(B::CUSTOM),
    unnamed(B::IF),
    unnamed(B::NON_MAX_SUPPRESSION_V4),
    unnamed(B::NON_MAX_SUPPRESSION_V5),
    unnamed(B::WHILE),
]);

const fn row(
    operator: B,
    const_inputs: ConstInputs,
    mixed: Mixed,
    backward: Backward,
    output: OutputRange,
    forward: Option<usize>,
) -> Row {
    let rule = Rule {
        known: true,
        const_inputs,
        mixed,
        backward,
        output,
        forward,
        ..Rule::NONE
    };
    Row { operator, rule }
}

const fn unnamed(operator: B) -> Row {
    let rule = Rule {
        mixed: Mixed::Unnamed,
        ..Rule::NONE
    };
    Row { operator, rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_their_names() {
        let names: Vec<_> = TABLE.rows().iter().filter(|row| row.rule.known).collect();
        assert!(names.is_sorted_by_key(|row| row.operator.name()));
    }

    #[test]
    fn rules_and_the_table_of_recipes_agree_on_weights() {
        for operator in quant_case::operators::all() {
            let def = quant_interp::ops::registry::by_name(operator.kind).unwrap();
            let rule = TABLE.rule(def.builtin).weights;
            let rule = rule.map(|weights| (weights.filter, weights.bias, weights.weights_only));
            let table = operator
                .weights
                .map(|weights| (weights.filter, weights.bias, weights.weights_only));
            assert_eq!(rule, table, "{}", operator.kind);
        }
    }

    /// Which operand is read, along which axis the filter has its channels, and what must be constant beside it.
    #[test]
    fn filters_have_their_input_and_their_axis() {
        let rows: [(B, usize, usize, &[usize]); 4] = [
            (B::CONV_2D, 0, 0, &[]),
            (B::DEPTHWISE_CONV_2D, 0, 3, &[]),
            (B::FULLY_CONNECTED, 0, 0, &[]),
            (B::TRANSPOSE_CONV, 2, 0, &[0]),
        ];
        for (operator, input, axis, constants) in rows {
            let found = TABLE.rule(operator).weights.unwrap();
            assert_eq!(
                (found.input, found.axis, found.constants),
                (input, axis, constants),
                "{operator}"
            );
        }
    }

    #[test]
    fn no_layer_names_an_operator_without_a_rule_of_its_own() {
        for operator in [
            B::BIDIRECTIONAL_SEQUENCE_LSTM,
            B::CUSTOM,
            B::IF,
            B::NON_MAX_SUPPRESSION_V4,
            B::NON_MAX_SUPPRESSION_V5,
            B::WHILE,
        ] {
            let rule = TABLE.rule(operator);
            assert_eq!((rule.mixed, rule.known), (Mixed::Unnamed, false), "{operator}");
        }
        assert_ne!(TABLE.rule(B::CONV_2D).mixed, Mixed::Unnamed);
    }
}
