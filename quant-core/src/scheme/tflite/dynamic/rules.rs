//! Which constants of which operators become integers, to be read beside the originals' lists: for the MLIR quantizer the
//! operators with `DynamicRangeQuantizedOpInterface` in `tfl_ops.td`, for the older one `GetWeightInputIndices`,
//! `IsHybridEvaluationOp` and `UpdateInt8OperatorVersions` in `quantize_weights.cc`.

use quant_ir::{Builtin, Graph, Operator};
use quant_schema::{BuiltinOptionsT, LSTMKernelType};

/// How an operator reads integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Its kernel computes with integer weights and float activations.
    Hybrid,
    /// It copies elements: what it makes of integers are integers.
    Copies,
    /// Floats only: a DEQUANTIZE stands before it.
    Floats,
}

/// An operator with weights.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The operator.
    pub operator: Builtin,
    /// Its inputs that become integers.
    pub weights: &'static [usize],
    /// The dimension of the channels, where each has a scale.
    pub axis: Option<usize>,
    /// How it reads them.
    pub reads: Reads,
    /// Its version with integers and a scale for each channel; with one for the tensor; 0 for the one that it has.
    pub versions: (i32, i32),
}

const LSTM: &[usize] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16];
const BIDIRECTIONAL_LSTM: &[usize] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 33, 40, 41, 42, 43,
    44, 45, 46, 47,
];
const BIDIRECTIONAL_RNN: &[usize] = &[1, 2, 4, 5, 6, 8, 9, 10, 11];

const fn row(
    operator: Builtin,
    weights: &'static [usize],
    axis: Option<usize>,
    reads: Reads,
    versions: (i32, i32),
) -> Rule {
    Rule {
        operator,
        weights,
        axis,
        reads,
        versions,
    }
}

/// The MLIR quantizer's.
#[rustfmt::skip]
pub const MLIR: &[Rule] = &[
    row(Builtin::CONV_2D,                     &[1],               Some(0), Reads::Hybrid, (5, 2)),
    row(Builtin::DEPTHWISE_CONV_2D,           &[1],               Some(3), Reads::Hybrid, (6, 4)),
    row(Builtin::FULLY_CONNECTED,             &[1],               Some(0), Reads::Hybrid, (12, 9)),
    row(Builtin::TRANSPOSE_CONV,              &[1],               Some(0), Reads::Hybrid, (2, 2)),
    row(Builtin::EMBEDDING_LOOKUP,            &[1],               Some(0), Reads::Hybrid, (4, 1)),
    row(Builtin::BATCH_MATMUL,                &[1],               None,    Reads::Hybrid, (4, 4)),
    row(Builtin::GATHER,                      &[0],               None,    Reads::Copies, (2, 2)),
    row(Builtin::SVDF,                        &[1, 2],            None,    Reads::Hybrid, (4, 4)),
    row(Builtin::UNIDIRECTIONAL_SEQUENCE_RNN, &[1, 2],            None,    Reads::Hybrid, (3, 3)),
    row(Builtin::LSTM,                        LSTM,               None,    Reads::Hybrid, (4, 4)),
    row(Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM, LSTM,              None,    Reads::Hybrid, (3, 3)),
    row(Builtin::BIDIRECTIONAL_SEQUENCE_LSTM, BIDIRECTIONAL_LSTM, None,    Reads::Hybrid, (3, 3)),
];

/// The older quantizer's. Its versions are those of the model's operators of that kind, whether or not their weights
/// become integers.
#[rustfmt::skip]
pub const LEGACY: &[Rule] = &[
    row(Builtin::CONV_2D,                     &[1],               Some(0), Reads::Hybrid, (5, 2)),
    row(Builtin::DEPTHWISE_CONV_2D,           &[1],               Some(3), Reads::Hybrid, (6, 6)),
    row(Builtin::FULLY_CONNECTED,             &[1],               None,    Reads::Hybrid, (9, 3)),
    row(Builtin::TRANSPOSE_CONV,              &[1],               None,    Reads::Floats, (0, 0)),
    row(Builtin::EMBEDDING_LOOKUP,            &[1],               None,    Reads::Copies, (3, 3)),
    row(Builtin::BATCH_MATMUL,                &[1],               None,    Reads::Hybrid, (4, 1)),
    row(Builtin::GATHER,                      &[0],               None,    Reads::Copies, (0, 0)),
    row(Builtin::SVDF,                        &[1, 2],            None,    Reads::Hybrid, (4, 2)),
    row(Builtin::RNN,                         &[1, 2],            None,    Reads::Hybrid, (3, 2)),
    row(Builtin::UNIDIRECTIONAL_SEQUENCE_RNN, &[1, 2],            None,    Reads::Hybrid, (3, 2)),
    row(Builtin::BIDIRECTIONAL_SEQUENCE_RNN,  BIDIRECTIONAL_RNN,  None,    Reads::Hybrid, (3, 2)),
    row(Builtin::LSTM,                        LSTM,               None,    Reads::Hybrid, (4, 3)),
    row(Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM, LSTM,              None,    Reads::Hybrid, (3, 2)),
    row(Builtin::BIDIRECTIONAL_SEQUENCE_LSTM, BIDIRECTIONAL_LSTM, None,    Reads::Hybrid, (3, 3)),
];

/// Behind operators that copy and have one result with fewer elements than their operand, the MLIR converter moves a
/// DEQUANTIZE (`PushDownDequantize`): those of its same-scale operators that can make less, and their versions with int8.
#[rustfmt::skip]
const SMALLER: &[(Builtin, i32)] = &[
    (Builtin::AVERAGE_POOL_2D, 2), (Builtin::BATCH_TO_SPACE_ND, 2), (Builtin::GATHER, 2), (Builtin::GATHER_ND, 1),
    (Builtin::MAX_POOL_2D, 2), (Builtin::REDUCE_MAX, 2), (Builtin::REDUCE_MIN, 2), (Builtin::RESIZE_BILINEAR, 2),
    (Builtin::RESIZE_NEAREST_NEIGHBOR, 2), (Builtin::SLICE, 2), (Builtin::SPLIT, 2), (Builtin::SPLIT_V, 2),
    (Builtin::STRIDED_SLICE, 2), (Builtin::UNPACK, 2),
];

/// The line of an operator in a table.
pub fn of(table: &'static [Rule], builtin: Builtin) -> Option<&'static Rule> {
    table.iter().find(|rule| rule.operator == builtin)
}

/// The version with int8 of an operator that a DEQUANTIZE may move behind.
pub fn smaller(builtin: Builtin) -> Option<i32> {
    let mut rows = SMALLER.iter();
    rows.find(|(operator, _)| *operator == builtin)
        .map(|(_, version)| *version)
}

/// Whether the operator's kernel is one that knows integer weights: that of LSTM with five operands does not.
pub fn has_kernel(op: &Operator) -> bool {
    !matches!(op.options.builtin(), BuiltinOptionsT::LSTMOptions(o) if o.kernel_type == LSTMKernelType::BASIC)
}

/// Whether all weights of the operator must be integers for its kernel, or none: kernels of recurrent operators look at
/// the type of one of them.
pub fn all_or_none(builtin: Builtin) -> bool {
    matches!(
        builtin,
        Builtin::SVDF
            | Builtin::RNN
            | Builtin::UNIDIRECTIONAL_SEQUENCE_RNN
            | Builtin::BIDIRECTIONAL_SEQUENCE_RNN
            | Builtin::LSTM
            | Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM
            | Builtin::BIDIRECTIONAL_SEQUENCE_LSTM
    )
}

/// Whether an operator's kernel needs a scale for each channel of its filter: with one for the tensor, that of
/// DEPTHWISE_CONV_2D computes wrongly, and that of CONV_2D refuses groups.
pub fn needs_channels(graph: &Graph, op: &Operator) -> bool {
    let last = |at: usize| op.input(at).and_then(|id| graph.tensor(id).shape.last());
    match op.code.builtin {
        Builtin::DEPTHWISE_CONV_2D => true,
        Builtin::CONV_2D => last(0) != last(1),
        _ => false,
    }
}

/// The version that the MLIR converter gives an operator with integer weights.
pub fn version(rule: &Rule, op: &Operator, channels: bool) -> i32 {
    match op.options.builtin() {
        _ if channels => rule.versions.0,
        // An operator with one of these two counts as no more than that.
        BuiltinOptionsT::FullyConnectedOptions(_) if op.inputs.len() == 2 => 6,
        BuiltinOptionsT::FullyConnectedOptions(o) if o.keep_num_dims => 5,
        _ => rule.versions.1,
    }
}

/// Says whether the kernel gives its quantized inputs a zero point; for operators that have no such option, nothing.
pub fn set_asymmetric(op: &mut Operator, asymmetric: bool) {
    use BuiltinOptionsT as O;
    let flag = match op.options.builtin_mut() {
        O::FullyConnectedOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::BatchMatMulOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::SVDFOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::RNNOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::SequenceRNNOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::BidirectionalSequenceRNNOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::LSTMOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::UnidirectionalSequenceLSTMOptions(o) => &mut o.asymmetric_quantize_inputs,
        O::BidirectionalSequenceLSTMOptions(o) => &mut o.asymmetric_quantize_inputs,
        _ => return,
    };
    *flag = asymmetric;
}
