//! Operators on integers, bit for bit as a runtime computes them.
//!
//! Whose arithmetic it is says the [`Profile`]: runtimes round the same product differently. A kernel equals its runtime in
//! every bit, or there is none, and the model is refused with the operator's name. Operators that only move values need no
//! kernel of their own where both ends have one scale and zero point.

mod accepts;
mod add;
mod add_vectors;
mod affine;
mod batch_matmul;
mod compare;
mod concatenation;
mod convolution;
mod div;
mod fully_connected;
pub mod geometry;
mod l2_normalization;
mod log_softmax;
mod lstm;
mod lstm_basic;
mod lstm_gate;
mod mean;
mod mul;
mod one;
pub mod onnxruntime;
mod operands;
mod pad;
mod pairs;
mod pool;
mod prelu;
pub mod profile;
mod quantize;
pub mod ready;
mod relu;
mod resize;
mod softmax;
mod squared_difference;
mod svdf;
mod table;
mod table16;
mod transpose_conv;
mod unary;
mod vectors;
mod widened;
mod xnnpack;

pub use profile::{Kernel, On, Profile};

use super::hybrid;
use quant_ir::{Builtin, DType, Graph, Operator};

/// The kernels, by operator.
const KERNELS: &[(Builtin, Kernel)] = &[
    (Builtin::ABS, unary::abs),
    (Builtin::ADD, add::add),
    (Builtin::AVERAGE_POOL_2D, pool::average),
    (Builtin::BATCH_MATMUL, batch_matmul::eval),
    (Builtin::CONCATENATION, concatenation::eval),
    (Builtin::CONV_2D, convolution::conv2d),
    (Builtin::DEPTHWISE_CONV_2D, convolution::depthwise),
    (Builtin::DIV, div::eval),
    (Builtin::ELU, table::elu),
    (Builtin::EQUAL, compare::eval),
    (Builtin::EXP, table::exp),
    (Builtin::FULLY_CONNECTED, fully_connected::eval),
    (Builtin::GELU, table::gelu),
    (Builtin::GREATER, compare::eval),
    (Builtin::GREATER_EQUAL, compare::eval),
    (Builtin::HARD_SWISH, table::hard_swish),
    (Builtin::L2_NORMALIZATION, l2_normalization::eval),
    (Builtin::LEAKY_RELU, relu::leaky),
    (Builtin::LESS, compare::eval),
    (Builtin::LESS_EQUAL, compare::eval),
    (Builtin::LOG, table::log),
    (Builtin::LOG_SOFTMAX, log_softmax::eval),
    (Builtin::LOGISTIC, table::logistic),
    (Builtin::LSTM, lstm::step),
    (Builtin::MAX_POOL_2D, pool::max),
    (Builtin::MEAN, mean::mean),
    (Builtin::MUL, mul::eval),
    (Builtin::NEG, unary::neg),
    (Builtin::NOT_EQUAL, compare::eval),
    (Builtin::PAD, pad::eval),
    (Builtin::PADV2, pad::eval),
    (Builtin::PRELU, prelu::eval),
    (Builtin::REDUCE_PROD, mean::product),
    (Builtin::RELU, relu::relu),
    (Builtin::RELU6, relu::relu6),
    (Builtin::RELU_0_TO_1, relu::relu_0_to_1),
    (Builtin::RELU_N1_TO_1, relu::relu_n1_to_1),
    (Builtin::RESIZE_BILINEAR, resize::bilinear),
    (Builtin::RSQRT, unary::rsqrt),
    (Builtin::SOFTMAX, softmax::eval),
    (Builtin::SPACE_TO_BATCH_ND, pad::space_to_batch),
    (Builtin::SQRT, unary::sqrt),
    (Builtin::SQUARED_DIFFERENCE, squared_difference::eval),
    (Builtin::SUB, add::sub),
    (Builtin::SUM, mean::sum),
    (Builtin::SVDF, svdf::eval),
    (Builtin::TANH, table::tanh),
    (Builtin::TRANSPOSE_CONV, transpose_conv::eval),
    (Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM, lstm::sequence),
];

/// Operators that move or compare integers and compute none; all that are quantized have the same scale and zero point.
const MOVES: &[Builtin] = &[
    Builtin::ARG_MAX,
    Builtin::ARG_MIN,
    Builtin::BATCH_TO_SPACE_ND,
    Builtin::BROADCAST_TO,
    Builtin::DEPTH_TO_SPACE,
    Builtin::DYNAMIC_UPDATE_SLICE,
    Builtin::EMBEDDING_LOOKUP,
    Builtin::EXPAND_DIMS,
    Builtin::FILL,
    Builtin::FLOOR_DIV,
    Builtin::FLOOR_MOD,
    Builtin::GATHER,
    Builtin::GATHER_ND,
    Builtin::MATRIX_DIAG,
    Builtin::MATRIX_SET_DIAG,
    Builtin::MAXIMUM,
    Builtin::MINIMUM,
    Builtin::MIRROR_PAD,
    Builtin::ONE_HOT,
    Builtin::PACK,
    Builtin::REDUCE_MAX,
    Builtin::REDUCE_MIN,
    Builtin::RESHAPE,
    Builtin::RESIZE_NEAREST_NEIGHBOR,
    Builtin::REVERSE_SEQUENCE,
    Builtin::REVERSE_V2,
    Builtin::SCATTER_ND,
    Builtin::SELECT,
    Builtin::SELECT_V2,
    Builtin::SHAPE,
    Builtin::SLICE,
    Builtin::SPACE_TO_DEPTH,
    Builtin::SPARSE_TO_DENSE,
    Builtin::SPLIT,
    Builtin::SPLIT_V,
    Builtin::SQUEEZE,
    Builtin::STRIDED_SLICE,
    Builtin::TILE,
    Builtin::TOPK_V2,
    Builtin::TRANSPOSE,
    Builtin::UNPACK,
];

/// Operators that take integers as they are, whatever their scales.
const RAW: &[Builtin] = &[
    Builtin::ASSIGN_VARIABLE,
    Builtin::BITWISE_XOR,
    Builtin::CAST,
    Builtin::READ_VARIABLE,
    Builtin::RIGHT_SHIFT,
];

/// The profile that the kernel of an operator is told: [`Profile::Xnnpack`] only where XNNPACK's delegate takes the operator.
pub fn profile_of(graph: &Graph, op: &Operator, profile: Profile) -> Profile {
    match profile {
        Profile::Xnnpack if !xnnpack::takes(graph, op) => Profile::Litert,
        other => other,
    }
}

/// How an operator of a graph runs on the integers of a runtime.
pub fn on(graph: &Graph, op: &Operator, profile: Profile) -> On {
    let delegates = profile == Profile::Xnnpack;
    let profile = profile_of(graph, op, profile);
    let computes = KERNELS.iter().any(|(of, _)| *of == op.code.builtin);
    if let Some(why) = accepts::refusal(graph, op, profile, computes) {
        return On::Refused(why);
    }
    if profile == Profile::Xnnpack {
        return xnnpack::kernel(op.code.builtin).map_or(On::None, On::Kernel);
    }
    let quantized = |id: &quant_ir::TensorId| {
        let tensor = graph.tensor(*id);
        matches!(tensor.dtype, DType::Int8 | DType::Uint8 | DType::Int16)
            && tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty())
    };
    let builtin = op.code.builtin;
    if RAW.contains(&builtin) && !profile.is_of_circle() {
        return On::Own;
    }
    if let Some(on) = hybrid::on(graph, op) {
        let refused = profile.is_of_circle()
            || profile == Profile::Onnxruntime
            || (delegates && xnnpack::takes_weights(graph, op));
        return if refused { On::None } else { on };
    }
    let touched = op.inputs.iter().flatten().chain(&op.outputs).any(quantized);
    if !touched {
        return On::Own;
    }
    if builtin == Builtin::DEQUANTIZE {
        let made = op.inputs.first().copied().flatten();
        let made = made.is_some_and(|id| graph.producer(id).is_some() || graph.is_input(id));
        return if made {
            On::Kernel(quantize::dequantize)
        } else {
            On::Own
        };
    }
    let of_one = || one::kernel(graph, op).map_or(On::None, On::Kernel);
    match (builtin, profile) {
        (Builtin::QUANTIZE, profile) if profile.is_of_circle() => return of_one(),
        (Builtin::QUANTIZE, Profile::Onnxruntime) => return On::Kernel(onnxruntime::quantize),
        (Builtin::QUANTIZE, _) => return On::Kernel(quantize::eval),
        _ => {}
    }
    if builtin == Builtin::SPLIT_V && profile == Profile::Onert {
        // onert 0.1.0 leaves its outputs as they were, floats too.
        return On::None;
    }
    if MOVES.contains(&builtin) {
        let mut sides = op
            .inputs
            .iter()
            .flatten()
            .chain(&op.outputs)
            .filter(|id| quantized(id));
        let of = |id: &quant_ir::TensorId| {
            let quant = graph.tensor(*id).quant.as_ref();
            quant.map(|quant| {
                (
                    quant.scale.first().map(|s| s.to_bits()),
                    quant.zero_point.first().copied(),
                )
            })
        };
        let first = sides.next().and_then(of);
        return if sides.all(|id| of(id) == first) {
            On::Kernel(widened::eval)
        } else {
            On::Parted
        };
    }
    let float =
        |id: Option<&quant_ir::TensorId>| id.is_some_and(|id| graph.tensor(*id).dtype == DType::Float32);
    if float(op.inputs.iter().flatten().next()) || float(op.outputs.first()) {
        return On::None;
    }
    if !of_few_bits(graph, op, profile) {
        return On::None;
    }
    if profile.is_of_circle() {
        return of_one();
    }
    if profile == Profile::Onnxruntime {
        return onnxruntime::kernel(graph, op).map_or(On::None, On::Kernel);
    }
    let kernel = KERNELS.iter().find(|(of, _)| *of == builtin);
    kernel.map_or(On::None, |(_, kernel)| On::Kernel(*kernel))
}

/// Whether weights of 4 and 2 bits, if an operator has them, are those of 8 once they are unpacked. LiteRT takes others for
/// something else, or refuses them.
fn of_few_bits(graph: &Graph, op: &Operator, profile: Profile) -> bool {
    let dtypes: Vec<Option<DType>> = op
        .inputs
        .iter()
        .map(|id| id.map(|id| graph.tensor(id).dtype))
        .collect();
    let mut packed = dtypes.iter().flatten().filter(|dtype| dtype.is_packed());
    let (first, more) = (packed.next(), packed.next());
    match (op.code.builtin, first) {
        (_, None) => true,
        _ if profile.is_of_circle() => false,
        (Builtin::FULLY_CONNECTED, Some(DType::Int4 | DType::Int2))
        | (Builtin::CONV_2D, Some(DType::Int4)) => more.is_none(),
        (Builtin::DEPTHWISE_CONV_2D, Some(DType::Int4)) => {
            more.is_none() && dtypes.first() == Some(&Some(DType::Int8))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_one_line() {
        let mut names: Vec<i32> = KERNELS
            .iter()
            .map(|(of, _)| of.0)
            .chain(MOVES.iter().chain(RAW).map(|of| of.0))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
