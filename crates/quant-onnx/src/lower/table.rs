//! Which node becomes what, by domain and name.

use quant_ir::{Builtin, Options};
use quant_lower::{add, elementwise as common, options};

use super::op::Lower;
use super::reduction::Kind;
use super::{
    activation, composed, constants, contributed, conv_transpose, convolution, elementwise, gather, matrix,
    normalization, pads, parts, pooling, recurrent, reduction, resize, shapes, slices,
};

/// How nodes of a name are lowered.
pub(super) fn find(domain: &str, name: &str) -> Option<Lower> {
    let table = match domain {
        "" => TABLE,
        "com.microsoft" => CONTRIBUTED,
        _ => return None,
    };
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, lower)| *lower)
}

/// A node of one input without options.
macro_rules! unary {
    ($builtin:ident) => {
        |op| common::unary(op, Builtin::$builtin, Options::default())
    };
    ($builtin:ident, $kind:ident: $type:ident) => {
        |op| common::unary(op, Builtin::$builtin, options!($kind: $type {}))
    };
}

/// A node of two inputs, without options or with the defaults of a kind.
macro_rules! binary {
    ($builtin:ident) => {
        |op| common::binary(op, Builtin::$builtin, Options::default())
    };
    ($builtin:ident, $kind:ident: $type:ident) => {
        |op| common::binary(op, Builtin::$builtin, options!($kind: $type {}))
    };
}

macro_rules! compare {
    ($builtin:ident) => {
        |op| common::compare(op, Builtin::$builtin)
    };
}

macro_rules! reduce {
    ($builtin:ident, $kind:ident) => {
        |op| reduction::reduce(op, Builtin::$builtin, Kind::$kind)
    };
}

fn none() -> Options {
    Options::default()
}

/// The same of onnxruntime's own.
const CONTRIBUTED: &[(&str, Lower)] = &[
    ("DynamicQuantizeLSTM", contributed::lstm),
    ("MatMulNBits", contributed::matmul_nbits),
];

/// A line each, by name.
const TABLE: &[(&str, Lower)] = &[
    ("Abs", unary!(ABS, AbsOptions: AbsOptionsT)),
    ("Add", binary!(ADD, AddOptions: AddOptionsT)),
    ("And", compare!(LOGICAL_AND)),
    ("ArgMax", |op| reduction::arg(op, Builtin::ARG_MAX)),
    ("ArgMin", |op| reduction::arg(op, Builtin::ARG_MIN)),
    ("AveragePool", pooling::average_pool),
    ("BatchNormalization", normalization::batch),
    ("Cast", elementwise::cast),
    ("Ceil", unary!(CEIL)),
    ("Clip", activation::clip),
    ("Concat", parts::concat),
    ("Constant", constants::constant),
    ("ConstantOfShape", constants::constant_of_shape),
    ("Conv", convolution::conv),
    ("ConvTranspose", conv_transpose::conv_transpose),
    ("Cos", unary!(COS, CosOptions: CosOptionsT)),
    ("CumSum", shapes::cumsum),
    ("DepthToSpace", |op| shapes::depth(op, Builtin::DEPTH_TO_SPACE)),
    ("Div", binary!(DIV, DivOptions: DivOptionsT)),
    ("Dropout", |op| common::first(op)),
    ("Einsum", matrix::einsum),
    ("Elu", composed::elu),
    ("Equal", compare!(EQUAL)),
    ("Erf", composed::erf),
    ("Exp", unary!(EXP, ExpOptions: ExpOptionsT)),
    ("Expand", shapes::expand),
    ("Flatten", shapes::flatten),
    ("Floor", unary!(FLOOR)),
    ("Gather", gather::gather),
    ("GRU", recurrent::gru),
    ("GatherElements", gather::gather_elements),
    ("GatherND", gather::gather_nd),
    ("Gelu", activation::gelu),
    ("Gemm", matrix::gemm),
    ("GlobalAveragePool", |op| pooling::global(op, Builtin::MEAN)),
    ("GlobalMaxPool", |op| pooling::global(op, Builtin::REDUCE_MAX)),
    ("Greater", compare!(GREATER)),
    ("GreaterOrEqual", compare!(GREATER_EQUAL)),
    ("HardSigmoid", activation::hard_sigmoid),
    ("HardSwish", unary!(HARD_SWISH)),
    ("Identity", |op| common::first(op)),
    ("InstanceNormalization", normalization::instance),
    ("LRN", normalization::response),
    ("LayerNormalization", normalization::layer),
    ("LSTM", recurrent::lstm),
    ("LeakyRelu", activation::leaky_relu),
    ("Less", compare!(LESS)),
    ("LessOrEqual", compare!(LESS_EQUAL)),
    ("Log", unary!(LOG)),
    ("LogSoftmax", |op| {
        normalization::softmax(op, Builtin::LOG_SOFTMAX)
    }),
    ("MatMul", matrix::matmul),
    ("Max", |op| elementwise::chain(op, Builtin::MAXIMUM, none, false)),
    ("MaxPool", pooling::max_pool),
    ("Mean", |op| elementwise::chain(op, Builtin::ADD, add, true)),
    ("Min", |op| elementwise::chain(op, Builtin::MINIMUM, none, false)),
    ("Mish", composed::mish),
    ("Mod", elementwise::modulo),
    ("Mul", binary!(MUL, MulOptions: MulOptionsT)),
    ("Neg", unary!(NEG, NegOptions: NegOptionsT)),
    ("Not", unary!(LOGICAL_NOT)),
    ("Or", compare!(LOGICAL_OR)),
    ("PRelu", activation::prelu),
    ("Pad", pads::pad),
    ("Pow", elementwise::pow),
    ("RNN", recurrent::rnn),
    ("Range", constants::range),
    ("Reciprocal", |op| common::reciprocal(op)),
    ("ReduceL1", reduce!(SUM, Sizes)),
    ("ReduceL2", reduce!(SUM, Root)),
    ("ReduceLogSum", reduce!(SUM, Log)),
    ("ReduceLogSumExp", reduce!(SUM, LogOfExp)),
    ("ReduceMax", reduce!(REDUCE_MAX, Plain)),
    ("ReduceMean", reduce!(MEAN, Plain)),
    ("ReduceMin", reduce!(REDUCE_MIN, Plain)),
    ("ReduceProd", reduce!(REDUCE_PROD, Plain)),
    ("ReduceSum", reduce!(SUM, Plain)),
    ("ReduceSumSquare", reduce!(SUM, Squares)),
    ("Relu", unary!(RELU)),
    ("Reshape", shapes::reshape),
    ("Resize", resize::resize),
    ("Round", unary!(ROUND)),
    ("Selu", composed::selu),
    ("Shape", constants::shape),
    ("Sigmoid", unary!(LOGISTIC)),
    ("Sign", unary!(SIGN)),
    ("Sin", unary!(SIN)),
    ("Size", constants::size),
    ("Slice", slices::slice),
    ("Softmax", |op| normalization::softmax(op, Builtin::SOFTMAX)),
    ("Softplus", composed::softplus),
    ("Softsign", composed::softsign),
    ("SpaceToDepth", |op| shapes::depth(op, Builtin::SPACE_TO_DEPTH)),
    ("Split", parts::split),
    ("Sqrt", unary!(SQRT)),
    ("Squeeze", shapes::squeeze),
    ("Sub", binary!(SUB, SubOptions: SubOptionsT)),
    ("Sum", |op| elementwise::chain(op, Builtin::ADD, add, false)),
    ("Tanh", unary!(TANH)),
    ("ThresholdedRelu", composed::thresholded),
    ("Tile", shapes::tile),
    ("TopK", reduction::top_k),
    ("Transpose", shapes::transpose),
    ("Trilu", constants::trilu),
    ("Unsqueeze", shapes::unsqueeze),
    ("Upsample", resize::resize),
    ("Where", elementwise::select),
    ("Xor", compare!(NOT_EQUAL)),
];
