//! Operators that recipes can write: their codes, and how their options are written.

mod a_to_l;
mod m_to_z;

use quant_ir::Builtin;

use crate::fields::Write;
use crate::{fields, without_kernel};

/// One line each, by name; [`quant_case::operators`] has their fields.
const OPERATORS: &[(&str, Builtin, Write)] = &[
    ("Abs", Builtin::ABS, fields::none),
    ("Add", Builtin::ADD, a_to_l::add),
    ("AddN", Builtin::ADD_N, fields::none),
    ("ArgMax", Builtin::ARG_MAX, a_to_l::arg_max),
    ("ArgMin", Builtin::ARG_MIN, a_to_l::arg_min),
    ("AscendQuant", Builtin::CUSTOM, fields::none),
    ("AssignVariable", Builtin::ASSIGN_VARIABLE, fields::none),
    (
        "Atan2",
        Builtin::ATAN2,
        |_| fields::write!(ATan2Options: ATan2OptionsT {}),
    ),
    ("AveragePool2D", Builtin::AVERAGE_POOL_2D, a_to_l::average_pool_2d),
    ("BatchMatMul", Builtin::BATCH_MATMUL, a_to_l::batch_matmul),
    ("BatchToSpaceND", Builtin::BATCH_TO_SPACE_ND, fields::none),
    (
        "BitwiseXor",
        Builtin::BITWISE_XOR,
        |_| fields::write!(BitwiseXorOptions: BitwiseXorOptionsT {}),
    ),
    ("BroadcastArgs", Builtin::BROADCAST_ARGS, fields::none),
    ("BroadcastTo", Builtin::BROADCAST_TO, fields::none),
    ("Bucketize", Builtin::BUCKETIZE, a_to_l::bucketize),
    ("CallOnce", Builtin::CALL_ONCE, a_to_l::call_once),
    ("Cast", Builtin::CAST, a_to_l::cast),
    ("Ceil", Builtin::CEIL, fields::none),
    ("ComplexAbs", Builtin::COMPLEX_ABS, fields::none),
    ("Concatenation", Builtin::CONCATENATION, a_to_l::concatenation),
    ("Conv2D", Builtin::CONV_2D, a_to_l::conv_2d),
    ("Conv3D", Builtin::CONV_3D, a_to_l::conv_3d),
    ("Conv3DTranspose", Builtin::CONV_3D_TRANSPOSE, a_to_l::conv_3d),
    ("Convolution2DTransposeBias", Builtin::CUSTOM, fields::none),
    ("Cos", Builtin::COS, fields::none),
    ("CumSum", Builtin::CUMSUM, a_to_l::cumsum),
    ("Densify", Builtin::DENSIFY, fields::none),
    ("DepthToSpace", Builtin::DEPTH_TO_SPACE, a_to_l::depth_to_space),
    (
        "DepthwiseConv2D",
        Builtin::DEPTHWISE_CONV_2D,
        a_to_l::depthwise_conv_2d,
    ),
    ("Dequantize", Builtin::DEQUANTIZE, fields::none),
    ("Div", Builtin::DIV, a_to_l::div),
    ("DynamicUpdateSlice", Builtin::DYNAMIC_UPDATE_SLICE, fields::none),
    ("ELU", Builtin::ELU, fields::none),
    ("EmbeddingLookup", Builtin::EMBEDDING_LOOKUP, fields::none),
    ("Equal", Builtin::EQUAL, fields::none),
    ("Exp", Builtin::EXP, fields::none),
    ("ExpandDims", Builtin::EXPAND_DIMS, fields::none),
    ("FakeQuant", Builtin::FAKE_QUANT, a_to_l::fake_quant),
    ("Fill", Builtin::FILL, fields::none),
    ("Floor", Builtin::FLOOR, fields::none),
    ("FloorDiv", Builtin::FLOOR_DIV, fields::none),
    ("FloorMod", Builtin::FLOOR_MOD, fields::none),
    (
        "FullyConnected",
        Builtin::FULLY_CONNECTED,
        a_to_l::fully_connected,
    ),
    ("Gather", Builtin::GATHER, a_to_l::gather),
    ("GatherNd", Builtin::GATHER_ND, fields::none),
    ("Gelu", Builtin::GELU, a_to_l::gelu),
    ("Greater", Builtin::GREATER, fields::none),
    ("GreaterEqual", Builtin::GREATER_EQUAL, fields::none),
    ("HardSwish", Builtin::HARD_SWISH, fields::none),
    ("If", Builtin::IF, a_to_l::if_op),
    ("Imag", Builtin::IMAG, fields::none),
    ("InstanceNorm", Builtin::INSTANCE_NORM, a_to_l::instance_norm),
    ("L2Normalize", Builtin::L2_NORMALIZATION, a_to_l::l2_normalization),
    ("L2Pool2D", Builtin::L2_POOL_2D, a_to_l::average_pool_2d),
    ("LSTM", Builtin::LSTM, a_to_l::lstm),
    ("Landmarks2TransformMatrix", Builtin::CUSTOM, fields::none),
    ("LeakyRelu", Builtin::LEAKY_RELU, a_to_l::leaky_relu),
    ("Less", Builtin::LESS, fields::none),
    ("LessEqual", Builtin::LESS_EQUAL, fields::none),
    (
        "LocalResponseNormalization",
        Builtin::LOCAL_RESPONSE_NORMALIZATION,
        a_to_l::local_response_normalization,
    ),
    ("Log", Builtin::LOG, fields::none),
    ("LogSoftmax", Builtin::LOG_SOFTMAX, fields::none),
    ("LogicalAnd", Builtin::LOGICAL_AND, fields::none),
    ("LogicalNot", Builtin::LOGICAL_NOT, fields::none),
    ("LogicalOr", Builtin::LOGICAL_OR, fields::none),
    ("Logistic", Builtin::LOGISTIC, fields::none),
    (
        "MatrixDiag",
        Builtin::MATRIX_DIAG,
        |_| fields::write!(MatrixDiagOptions: MatrixDiagOptionsT {}),
    ),
    (
        "MatrixSetDiag",
        Builtin::MATRIX_SET_DIAG,
        |_| fields::write!(MatrixSetDiagOptions: MatrixSetDiagOptionsT {}),
    ),
    ("MaxPool2D", Builtin::MAX_POOL_2D, a_to_l::average_pool_2d),
    ("MaxPoolingWithArgmax2D", Builtin::CUSTOM, fields::none),
    ("MaxUnpooling2D", Builtin::CUSTOM, fields::none),
    ("Maximum", Builtin::MAXIMUM, fields::none),
    ("Mean", Builtin::MEAN, m_to_z::reducer),
    ("Minimum", Builtin::MINIMUM, fields::none),
    ("MirrorPad", Builtin::MIRROR_PAD, m_to_z::mirror_pad),
    ("Mul", Builtin::MUL, m_to_z::mul),
    ("Neg", Builtin::NEG, fields::none),
    (
        "NonMaxSuppressionV4",
        Builtin::NON_MAX_SUPPRESSION_V4,
        |_| fields::write!(NonMaxSuppressionV4Options: NonMaxSuppressionV4OptionsT {}),
    ),
    (
        "NonMaxSuppressionV5",
        Builtin::NON_MAX_SUPPRESSION_V5,
        |_| fields::write!(NonMaxSuppressionV5Options: NonMaxSuppressionV5OptionsT {}),
    ),
    ("NotEqual", Builtin::NOT_EQUAL, fields::none),
    ("OneHot", Builtin::ONE_HOT, m_to_z::one_hot),
    ("PRelu", Builtin::PRELU, fields::none),
    ("Pack", Builtin::PACK, m_to_z::pack),
    ("Pad", Builtin::PAD, fields::none),
    ("PadV2", Builtin::PADV2, fields::none),
    ("Pow", Builtin::POW, fields::none),
    ("Quantize", Builtin::QUANTIZE, fields::none),
    (
        "RFFT2D",
        Builtin::RFFT2D,
        |_| fields::write!(Rfft2dOptions: Rfft2dOptionsT {}),
    ),
    ("RNN", Builtin::RNN, |op| {
        fields::write!(RNNOptions: RNNOptionsT {
            fused_activation_function: fields::activation(op)?,
            asymmetric_quantize_inputs: fields::boolean(op, "asymmetric_quantize_inputs")?,
        })
    }),
    ("Range", Builtin::RANGE, fields::none),
    ("Rank", Builtin::RANK, fields::none),
    ("ReLU", Builtin::RELU, fields::none),
    ("ReLU0To1", Builtin::RELU_0_TO_1, fields::none),
    ("ReLU6", Builtin::RELU6, fields::none),
    ("ReLUN1To1", Builtin::RELU_N1_TO_1, fields::none),
    ("ReadVariable", Builtin::READ_VARIABLE, fields::none),
    ("Real", Builtin::REAL, fields::none),
    ("ReduceAll", Builtin::REDUCE_ALL, m_to_z::reducer),
    ("ReduceAny", Builtin::REDUCE_ANY, m_to_z::reducer),
    ("ReduceMax", Builtin::REDUCE_MAX, m_to_z::reducer),
    ("ReduceMin", Builtin::REDUCE_MIN, m_to_z::reducer),
    ("ReduceProd", Builtin::REDUCE_PROD, m_to_z::reducer),
    ("Reshape", Builtin::RESHAPE, m_to_z::reshape),
    (
        "ResizeBilinear",
        Builtin::RESIZE_BILINEAR,
        m_to_z::resize_bilinear,
    ),
    (
        "ResizeNearestNeighbor",
        Builtin::RESIZE_NEAREST_NEIGHBOR,
        m_to_z::resize_nearest_neighbor,
    ),
    (
        "ReverseSequence",
        Builtin::REVERSE_SEQUENCE,
        m_to_z::reverse_sequence,
    ),
    ("ReverseV2", Builtin::REVERSE_V2, fields::none),
    (
        "RightShift",
        Builtin::RIGHT_SHIFT,
        |_| fields::write!(RightShiftOptions: RightShiftOptionsT {}),
    ),
    ("RmsNorm", Builtin::RMS_NORM, m_to_z::rms_norm),
    ("RoPE", Builtin::ROPE, m_to_z::rope),
    ("Round", Builtin::ROUND, fields::none),
    ("Rsqrt", Builtin::RSQRT, fields::none),
    ("SVDF", Builtin::SVDF, m_to_z::svdf),
    (
        "ScatterNd",
        Builtin::SCATTER_ND,
        |_| fields::write!(ScatterNdOptions: ScatterNdOptionsT {}),
    ),
    ("SegmentSum", Builtin::SEGMENT_SUM, fields::none),
    ("Select", Builtin::SELECT, fields::none),
    ("SelectV2", Builtin::SELECT_V2, fields::none),
    ("Shape", Builtin::SHAPE, m_to_z::shape),
    (
        "Sign",
        Builtin::SIGN,
        |_| fields::write!(SignOptions: SignOptionsT {}),
    ),
    ("Sin", Builtin::SIN, fields::none),
    ("Slice", Builtin::SLICE, fields::none),
    ("Softmax", Builtin::SOFTMAX, m_to_z::softmax),
    ("SpaceToBatchND", Builtin::SPACE_TO_BATCH_ND, fields::none),
    ("SpaceToDepth", Builtin::SPACE_TO_DEPTH, m_to_z::space_to_depth),
    ("SparseToDense", Builtin::SPARSE_TO_DENSE, m_to_z::sparse_to_dense),
    ("Split", Builtin::SPLIT, m_to_z::split),
    ("SplitV", Builtin::SPLIT_V, m_to_z::split_v),
    ("Sqrt", Builtin::SQRT, fields::none),
    ("Square", Builtin::SQUARE, fields::none),
    ("SquaredDifference", Builtin::SQUARED_DIFFERENCE, fields::none),
    ("Squeeze", Builtin::SQUEEZE, m_to_z::squeeze),
    ("StableHLOComposite", Builtin::STABLEHLO_COMPOSITE, fields::none),
    ("StridedSlice", Builtin::STRIDED_SLICE, m_to_z::strided_slice),
    ("Sub", Builtin::SUB, m_to_z::sub),
    ("Sum", Builtin::SUM, m_to_z::reducer),
    ("Tanh", Builtin::TANH, fields::none),
    ("Tile", Builtin::TILE, fields::none),
    ("TopKV2", Builtin::TOPK_V2, fields::none),
    ("TransformLandmarks", Builtin::CUSTOM, fields::none),
    ("TransformTensorBilinear", Builtin::CUSTOM, fields::none),
    ("Transpose", Builtin::TRANSPOSE, fields::none),
    ("TransposeConv", Builtin::TRANSPOSE_CONV, m_to_z::transpose_conv),
    (
        "UnidirectionalSequenceLSTM",
        Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM,
        m_to_z::unidirectional_sequence_lstm,
    ),
    (
        "UnidirectionalSequenceRNN",
        Builtin::UNIDIRECTIONAL_SEQUENCE_RNN,
        m_to_z::unidirectional_sequence_rnn,
    ),
    ("Unique", Builtin::UNIQUE, m_to_z::unique),
    ("Unpack", Builtin::UNPACK, m_to_z::unpack),
    ("VarHandle", Builtin::VAR_HANDLE, fields::none),
    ("Where", Builtin::WHERE, fields::none),
    ("While", Builtin::WHILE, m_to_z::while_op),
    ("ZerosLike", Builtin::ZEROS_LIKE, fields::none),
];

/// The code of an operator, and how its options are written.
pub fn find(kind: &str) -> Option<(Builtin, Write)> {
    let line = OPERATORS.binary_search_by(|(name, ..)| name.cmp(&kind));
    let line = line.ok().and_then(|at| OPERATORS.get(at));
    line.map(|(_, builtin, write)| (*builtin, *write))
        .or_else(|| without_kernel::find(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_of_recipes_has_one_line() {
        let mut table: Vec<_> = quant_case::operators::all()
            .map(|operator| operator.kind)
            .collect();
        table.sort_unstable();
        let lines: Vec<_> = OPERATORS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(lines, table);
    }
}
