//! What the MLIR quantizer does with each operator, to be read beside the traits of the operators in TensorFlow's
//! `tfl_ops.td` (`SameOperandsAndResultsScale`, `FixedOutputRangeInterface`, `AffineOpCoefficient`, `AccumulatorUniformScale`).
//!
//! An operator that is not here stays float.

use quant_ir::Builtin as B;
use quant_ir::{Builtin, Operator};
use quant_schema::{BuiltinOptionsT, LSTMKernelType};

/// How an operator is quantized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The parameters of its result.
    pub result: Scale,
    /// The operand that is a filter when it is constant, and its output channels.
    pub filter: Option<Filter>,
    /// The bias, and the operands whose scales make its scale.
    pub bias: Option<Bias>,
    /// Its version with 8-bit operands; [`super::versions`] has what options and shapes add.
    pub version: i32,
    /// Whether it has more constants and states than that, with formulas of their own.
    pub memory: Option<Memory>,
}

/// The parameters of a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Those of its recorded range.
    Own,
    /// Those of all float operands, and the other way round.
    Same,
    /// Always these: scale and zero point.
    Fixed(f32, i64),
    /// Those of a constant operand, of which it holds rows. The original gives it its recorded range, and its kernel
    /// copies the rows nevertheless.
    Of(usize),
}

/// A filter operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// The operand.
    pub operand: usize,
    /// The dimension of the output channels; `None`: one scale for all.
    pub channels: Option<usize>,
}

/// A bias operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bias {
    /// The operand.
    pub operand: usize,
    /// The operand that is multiplied with the filter.
    pub input: usize,
}

/// Operators with a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM, with the full kernel's 24 operands.
    Lstm,
    /// SVDF.
    Svdf,
}

const fn rule(result: Scale, version: i32) -> Rule {
    Rule {
        result,
        filter: None,
        bias: None,
        version,
        memory: None,
    }
}

const fn own(version: i32) -> Rule {
    rule(Scale::Own, version)
}

const fn same(version: i32) -> Rule {
    rule(Scale::Same, version)
}

const fn fixed(scale: f32, zero_point: i64) -> Rule {
    rule(Scale::Fixed(scale, zero_point), 2)
}

/// Multiplies operand `input` with filter 1, and adds a bias.
const fn affine(channels: usize, input: usize, bias: usize, version: i32) -> Rule {
    Rule {
        filter: Some(Filter {
            operand: 1,
            channels: Some(channels),
        }),
        bias: Some(Bias { operand: bias, input }),
        ..own(version)
    }
}

const fn memory(memory: Memory, version: i32) -> Rule {
    Rule {
        memory: Some(memory),
        ..own(version)
    }
}

/// The operators, each once.
#[rustfmt::skip]
pub static RULES: &[(Builtin, Rule)] = &[
    // A filter and a bias.
    (B::CONV_2D,                      affine(0, 0, 2, 3)),
    (B::DEPTHWISE_CONV_2D,            affine(3, 0, 2, 3)),
    (B::FULLY_CONNECTED,              affine(0, 0, 2, 4)),
    (B::TRANSPOSE_CONV,               affine(0, 2, 3, 2)),
    (B::PRELU,                        Rule { filter: Some(Filter { operand: 1, channels: None }), ..own(1) }),
    // A state.
    (B::LSTM,                         memory(Memory::Lstm, 1)),
    (B::UNIDIRECTIONAL_SEQUENCE_LSTM, memory(Memory::Lstm, 1)),
    (B::SVDF,                         memory(Memory::Svdf, 3)),
    // A fixed result.
    (B::SOFTMAX,                      fixed(1.0 / 256.0, -128)),
    (B::LOGISTIC,                     fixed(1.0 / 256.0, -128)),
    (B::TANH,                         fixed(1.0 / 128.0, 0)),
    (B::L2_NORMALIZATION,             fixed(1.0 / 128.0, 0)),
    (B::LOG_SOFTMAX,                  fixed(1.0 / 16.0, 127)),
    // One scale for operands and results.
    (B::AVERAGE_POOL_2D,              same(2)),
    (B::BATCH_TO_SPACE_ND,            same(2)),
    (B::BROADCAST_TO,                 same(3)),
    (B::CONCATENATION,                same(2)),
    (B::DEPTH_TO_SPACE,               same(2)),
    (B::DYNAMIC_UPDATE_SLICE,         same(1)),
    (B::EXPAND_DIMS,                  same(1)),
    (B::FILL,                         same(3)),
    (B::GATHER,                       same(2)),
    (B::GATHER_ND,                    same(1)),
    (B::MAXIMUM,                      same(2)),
    (B::MAX_POOL_2D,                  same(2)),
    (B::MINIMUM,                      same(2)),
    (B::MIRROR_PAD,                   same(2)),
    (B::PACK,                         same(2)),
    (B::PAD,                          same(2)),
    (B::PADV2,                        same(2)),
    (B::REDUCE_MAX,                   same(2)),
    (B::REDUCE_MIN,                   same(2)),
    (B::RESHAPE,                      same(1)),
    (B::RESIZE_BILINEAR,              same(2)),
    (B::RESIZE_NEAREST_NEIGHBOR,      same(2)),
    (B::SCATTER_ND,                   same(1)),
    (B::SELECT,                       same(1)),
    (B::SELECT_V2,                    same(1)),
    (B::SLICE,                        same(2)),
    (B::SPACE_TO_BATCH_ND,            same(2)),
    (B::SPACE_TO_DEPTH,               same(2)),
    (B::SPLIT,                        same(2)),
    (B::SPLIT_V,                      same(2)),
    (B::SQUEEZE,                      same(1)),
    (B::STRIDED_SLICE,                same(2)),
    (B::TILE,                         same(3)),
    (B::TOPK_V2,                      same(2)),
    (B::TRANSPOSE,                    same(2)),
    (B::UNPACK,                       same(2)),
    // The same, for kernels copy integers; the original gives the result a scale of its own.
    (B::EMBEDDING_LOOKUP,             rule(Scale::Of(1), 1)),
    (B::ONE_HOT,                      same(1)),
    (B::REVERSE_SEQUENCE,             same(1)),
    (B::REVERSE_V2,                   same(3)),
    (B::SPARSE_TO_DENSE,              same(3)),
    // A recorded range.
    (B::ABS,                          own(2)),
    (B::ADD,                          own(2)),
    (B::ARG_MAX,                      own(2)),
    (B::ARG_MIN,                      own(2)),
    (B::BATCH_MATMUL,                 own(2)),
    (B::DIV,                          own(1)),
    (B::EQUAL,                        own(2)),
    (B::EXP,                          own(2)),
    (B::GELU,                         own(2)),
    (B::GREATER,                      own(2)),
    (B::GREATER_EQUAL,                own(2)),
    (B::HARD_SWISH,                   own(1)),
    (B::LEAKY_RELU,                   own(1)),
    (B::LESS,                         own(2)),
    (B::LESS_EQUAL,                   own(2)),
    (B::LOG,                          own(2)),
    (B::MEAN,                         own(2)),
    (B::MUL,                          own(2)),
    (B::NOT_EQUAL,                    own(2)),
    (B::REDUCE_PROD,                  own(2)),
    (B::RELU,                         own(2)),
    (B::RELU6,                        own(2)),
    (B::RELU_0_TO_1,                  own(1)),
    (B::RELU_N1_TO_1,                 own(1)),
    (B::RSQRT,                        own(2)),
    (B::SHAPE,                        own(1)),
    (B::SQRT,                         own(2)),
    (B::SQUARED_DIFFERENCE,           own(2)),
    (B::SUB,                          own(2)),
    (B::SUM,                          own(2)),
];

/// Codes from 0 on that the table can hold.
const CODES: usize = 256;

/// One above the number of each code's line, 0 for none.
static LINES: [u8; CODES] = {
    let mut lines = [0; CODES];
    let mut line = 0;
    while line < RULES.len() {
        let code = RULES[line].0.0 as usize;
        assert!(lines[code] == 0, "an operator has two lines");
        lines[code] = line as u8 + 1;
        line += 1;
    }
    lines
};

/// The rule of an operator; `None` when it has none. With `compat` that of the original, defects included.
pub fn rule_of(operator: &Operator, compat: bool) -> Option<Rule> {
    let code = operator.code.builtin;
    let line = usize::try_from(code.0)
        .ok()
        .and_then(|at| LINES.get(at).copied())?;
    let mut rule = RULES[usize::from(line).checked_sub(1)?].1;
    if code == Builtin::LSTM
        && let BuiltinOptionsT::LSTMOptions(options) = operator.options.builtin()
        && options.kernel_type != LSTMKernelType::FULL
    {
        return None;
    }
    if !compat && unfit(code).is_some() {
        return None;
    }
    let copies = [
        B::EMBEDDING_LOOKUP,
        B::ONE_HOT,
        B::REVERSE_SEQUENCE,
        B::REVERSE_V2,
        B::SPARSE_TO_DENSE,
    ];
    if compat && copies.contains(&code) {
        rule.result = Scale::Own;
    }
    Some(rule)
}

/// Why an operator that the original quantizes stays float.
pub fn unfit(operator: Builtin) -> Option<&'static str> {
    match operator {
        B::REVERSE_SEQUENCE => Some("no runtime has a kernel for it with 8 bits"),
        B::SCATTER_ND => Some("kernels fill with the integer 0, which stands for another number"),
        _ => None,
    }
}

impl Rule {
    /// Whether operands and results share their parameters.
    pub fn is_same(&self) -> bool {
        self.result == Scale::Same
    }
}

#[cfg(test)]
mod tests;
