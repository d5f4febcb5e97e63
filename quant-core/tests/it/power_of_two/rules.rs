//! The operators that the hardware has.

use quant_core::ir::{Builtin as B, DType};
use quant_core::scheme::rule::{Backward, ConstInputs, OutputRange, Row, Rule, Table, Weights};

const CONV: Weights = Weights {
    input: 0,
    filter: 1,
    axis: 0,
    bias: 2,
    constants: &[],
    weights_only: true,
};
/// 127 steps end just below 1.
const LOGISTIC: OutputRange = OutputRange::Fixed(&[(DType::Int8, 1.0 / 128.0, 0)]);

pub static TABLE: Table = Table::new(&[
    row(B::ADD, Rule::BINARY),
    row(B::CONV_2D, MULTIPLIES).with_weights(CONV),
    row(B::FULLY_CONNECTED, MULTIPLIES).with_weights(CONV),
    row(B::LOGISTIC, FIXED),
    row(B::MAX_POOL_2D, HANDS_ON),
    row(B::RESHAPE, VIEWS),
]);

const MULTIPLIES: Rule = Rule {
    const_inputs: ConstInputs::Skip,
    ..Rule::UNARY
};
const FIXED: Rule = Rule {
    output: LOGISTIC,
    ..Rule::UNARY
};
const HANDS_ON: Rule = Rule {
    forward: Some(0),
    ..Rule::UNARY
};
const VIEWS: Rule = Rule {
    backward: Backward::View,
    ..HANDS_ON
};

const fn row(operator: B, rule: Rule) -> Row {
    Row { operator, rule }
}
