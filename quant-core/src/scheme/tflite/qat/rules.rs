//! What the MLIR quantizer does with each operator of a model that was trained with fake quantization, to be read beside the
//! traits of the operators in TensorFlow's `tfl_ops.td`. It is the list of its int8 without the operators that have states.
//!
//! An operator that is not here stays float.

use quant_ir::{Builtin, Operator};
use quant_schema::BuiltinOptionsT;

/// How an operator is quantized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The parameters of its results.
    pub result: Scale,
    /// The filter and bias of operators that multiply and accumulate, or the filter alone.
    pub weights: Option<Weights>,
    /// Its version with int8.
    version: i32,
}

/// The parameters of results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Those of a fake quantization.
    Own,
    /// Those of all float operands, and the other way round.
    Same,
    /// Always these: scale and zero point.
    Fixed(f32, i64),
}

/// Operands of an operator with a filter, which is operand 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// What is multiplied with it.
    pub input: usize,
    /// The dimension of its output channels; `None`: it has one scale.
    pub channels: Option<usize>,
    /// The bias.
    pub bias: Option<usize>,
    /// Whether the kernel knows a zero point of the filter.
    pub asymmetric: bool,
    /// The version with a filter of int4; `None`: there is no kernel.
    pub int4: Option<i32>,
}

/// The operand of filters.
pub const FILTER: usize = 1;

const fn rule(result: Scale, version: i32) -> Rule {
    Rule {
        result,
        weights: None,
        version,
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

const fn affine(input: usize, channels: usize, bias: usize, version: i32, int4: Option<i32>) -> Rule {
    Rule {
        weights: Some(Weights {
            input,
            channels: Some(channels),
            bias: Some(bias),
            asymmetric: false,
            int4,
        }),
        ..own(version)
    }
}

const fn asymmetric(mut rule: Rule) -> Rule {
    if let Some(weights) = &mut rule.weights {
        weights.asymmetric = true;
    }
    rule
}

const PRELU: Rule = Rule {
    weights: Some(Weights {
        input: 0,
        channels: None,
        bias: None,
        asymmetric: true,
        int4: None,
    }),
    ..own(1)
};

use Builtin as B;

/// The operators, each once.
#[rustfmt::skip]
pub static RULES: &[(Builtin, Rule)] = &[
    // A filter.
    (B::CONV_2D,                 affine(0, 0, 2, 3, Some(7))),
    (B::DEPTHWISE_CONV_2D,       affine(0, 3, 2, 3, Some(7))),
    (B::FULLY_CONNECTED,         asymmetric(affine(0, 0, 2, 4, Some(10)))),
    (B::TRANSPOSE_CONV,          affine(2, 0, 3, 2, None)),
    (B::PRELU,                   PRELU),
    // A fixed result.
    (B::SOFTMAX,                 fixed(1.0 / 256.0, -128)),
    (B::LOGISTIC,                fixed(1.0 / 256.0, -128)),
    (B::TANH,                    fixed(1.0 / 128.0, 0)),
    (B::L2_NORMALIZATION,        fixed(1.0 / 128.0, 0)),
    (B::LOG_SOFTMAX,             fixed(1.0 / 16.0, 127)),
    // One scale for operands and results.
    (B::AVERAGE_POOL_2D,         same(2)),
    (B::BATCH_TO_SPACE_ND,       same(2)),
    (B::BROADCAST_TO,            same(3)),
    (B::CONCATENATION,           same(2)),
    (B::DEPTH_TO_SPACE,          same(2)),
    (B::DYNAMIC_UPDATE_SLICE,    same(2)),
    (B::EXPAND_DIMS,             same(2)),
    (B::FILL,                    same(2)),
    (B::GATHER,                  same(2)),
    (B::GATHER_ND,               same(1)),
    (B::MAXIMUM,                 same(2)),
    (B::MAX_POOL_2D,             same(2)),
    (B::MINIMUM,                 same(2)),
    (B::MIRROR_PAD,              same(2)),
    (B::PACK,                    same(2)),
    (B::PAD,                     same(2)),
    (B::PADV2,                   same(2)),
    (B::REDUCE_MAX,              same(2)),
    (B::REDUCE_MIN,              same(2)),
    (B::RESHAPE,                 same(1)),
    (B::RESIZE_BILINEAR,         same(2)),
    (B::RESIZE_NEAREST_NEIGHBOR, same(2)),
    // The kernel copies its operand; the original gives the result a scale of its own.
    (B::REVERSE_V2,              same(3)),
    (B::SCATTER_ND,              same(2)),
    (B::SELECT,                  same(1)),
    (B::SELECT_V2,               same(2)),
    (B::SLICE,                   same(2)),
    (B::SPACE_TO_BATCH_ND,       same(2)),
    (B::SPACE_TO_DEPTH,          same(2)),
    (B::SPLIT,                   same(2)),
    (B::SPLIT_V,                 same(2)),
    (B::SQUEEZE,                 same(2)),
    (B::STRIDED_SLICE,           same(2)),
    (B::TILE,                    same(3)),
    (B::TOPK_V2,                 same(2)),
    (B::TRANSPOSE,               same(2)),
    (B::UNPACK,                  same(2)),
    // The range of a fake quantization.
    (B::ABS,                     own(2)),
    (B::ADD,                     own(2)),
    (B::ARG_MAX,                 own(2)),
    (B::ARG_MIN,                 own(2)),
    (B::BATCH_MATMUL,            own(2)),
    (B::DIV,                     own(1)),
    (B::EQUAL,                   own(2)),
    (B::EXP,                     own(2)),
    (B::GELU,                    own(2)),
    (B::GREATER,                 own(2)),
    (B::GREATER_EQUAL,           own(2)),
    (B::HARD_SWISH,              own(1)),
    (B::LEAKY_RELU,              own(1)),
    (B::LESS,                    own(2)),
    (B::LESS_EQUAL,              own(2)),
    (B::LOG,                     own(2)),
    (B::MEAN,                    own(2)),
    (B::MUL,                     own(2)),
    (B::NOT_EQUAL,               own(2)),
    (B::ONE_HOT,                 own(2)),
    (B::REDUCE_PROD,             own(2)),
    (B::RELU,                    own(2)),
    (B::RELU6,                   own(2)),
    (B::RELU_0_TO_1,             own(2)),
    (B::RELU_N1_TO_1,            own(1)),
    (B::REVERSE_SEQUENCE,        own(2)),
    (B::RSQRT,                   own(2)),
    (B::SHAPE,                   own(2)),
    (B::SPARSE_TO_DENSE,         own(2)),
    (B::SQRT,                    own(2)),
    (B::SQUARED_DIFFERENCE,      own(2)),
    (B::SUB,                     own(2)),
    (B::SUM,                     own(2)),
];

/// The rule of an operator; `None` when it has none. With `compat` that of the original, defects included.
pub fn of(builtin: Builtin, compat: bool) -> Option<Rule> {
    let mut rows = RULES.iter();
    let mut rule = rows.find(|(operator, _)| *operator == builtin)?.1;
    if compat && builtin == B::REVERSE_V2 {
        rule.result = Scale::Own;
    }
    Some(rule)
}

impl Rule {
    /// Whether operands and results share their parameters.
    pub fn is_same(&self) -> bool {
        self.result == Scale::Same
    }

    /// The version of an operator, whose filter may be of int4.
    pub fn version(&self, op: &Operator, int4: bool) -> i32 {
        if let Some(version) = self.weights.and_then(|weights| weights.int4).filter(|_| int4) {
            return version;
        }
        match op.options.builtin() {
            BuiltinOptionsT::FullyConnectedOptions(o) if o.keep_num_dims => 5,
            BuiltinOptionsT::ResizeBilinearOptions(o) if o.half_pixel_centers => 3,
            BuiltinOptionsT::ResizeNearestNeighborOptions(o) if o.half_pixel_centers || o.align_corners => 3,
            BuiltinOptionsT::TransposeConvOptions(_) if op.input(3).is_some() => 3,
            _ => self.version,
        }
    }
}
