//! Which node becomes what, by name.

use quant_ir::{Builtin, Options};

use super::op::Lower;
use super::{
    ascend, convolution, elementwise, fake_quant, matrix, normalization, padding, pieces, pooling, reduction,
    shapes,
};
use quant_lower::{elementwise as common, options};

/// How nodes of a name are lowered.
pub(super) fn find(name: &str) -> Option<Lower> {
    TABLE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, lower)| *lower)
}

/// A node of one input without options.
macro_rules! unary {
    ($builtin:ident) => {
        |op| common::unary(op, Builtin::$builtin, Options::default())
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

/// A line each, by name.
const TABLE: &[(&str, Lower)] = &[
    ("Abs", unary!(ABS)),
    ("Add", binary!(ADD, AddOptions: AddOptionsT)),
    ("AddN", elementwise::add_n),
    ("AddV2", binary!(ADD, AddOptions: AddOptionsT)),
    ("All", |op| reduction::reduce(op, Builtin::REDUCE_ALL)),
    ("Any", |op| reduction::reduce(op, Builtin::REDUCE_ANY)),
    ("ArgMax", |op| reduction::arg(op, Builtin::ARG_MAX)),
    ("ArgMin", |op| reduction::arg(op, Builtin::ARG_MIN)),
    ("AscendAntiQuant", ascend::anti_quant),
    ("AscendDequant", ascend::dequant),
    ("AscendQuant", ascend::quant),
    ("AscendWeightQuant", ascend::weight_quant),
    ("AvgPool", |op| pooling::pool(op, Builtin::AVERAGE_POOL_2D)),
    ("BatchMatMul", matrix::batch_matmul),
    ("BatchMatMulV2", matrix::batch_matmul),
    ("BatchToSpaceND", |op| {
        padding::blocks(op, Builtin::BATCH_TO_SPACE_ND)
    }),
    ("BiasAdd", normalization::bias_add),
    ("Cast", elementwise::cast),
    ("Ceil", unary!(CEIL)),
    ("CheckNumerics", |op| common::first(op)),
    ("ClipByValue", elementwise::clip),
    ("Concat", pieces::concat),
    ("ConcatV2", pieces::concat),
    ("Conv2D", convolution::conv2d),
    ("Conv2DBackpropInput", convolution::transposed),
    ("Conv3D", convolution::conv3d),
    ("Cos", unary!(COS)),
    ("DepthToSpace", |op| shapes::depth(op, Builtin::DEPTH_TO_SPACE)),
    ("DepthwiseConv2dNative", convolution::depthwise),
    ("Div", binary!(DIV, DivOptions: DivOptionsT)),
    ("Elu", unary!(ELU)),
    ("Equal", |op| common::compare(op, Builtin::EQUAL)),
    ("Exp", unary!(EXP)),
    ("ExpandDims", shapes::expand_dims),
    ("FakeQuantWithMinMaxArgs", fake_quant::fake_quant),
    ("FakeQuantWithMinMaxVars", fake_quant::fake_quant),
    ("FakeQuantWithMinMaxVarsPerChannel", fake_quant::fake_quant),
    ("Fill", shapes::fill),
    ("Floor", unary!(FLOOR)),
    ("FloorDiv", binary!(FLOOR_DIV)),
    ("FloorMod", binary!(FLOOR_MOD)),
    ("FusedBatchNorm", normalization::batch_norm),
    ("FusedBatchNormV2", normalization::batch_norm),
    ("FusedBatchNormV3", normalization::batch_norm),
    ("Gather", pieces::gather),
    ("GatherNd", pieces::gather_nd),
    ("GatherV2", pieces::gather),
    ("Greater", |op| common::compare(op, Builtin::GREATER)),
    ("GreaterEqual", |op| common::compare(op, Builtin::GREATER_EQUAL)),
    ("Identity", |op| common::first(op)),
    ("IdentityN", |op| {
        Ok(op.inputs.iter().copied().flatten().collect())
    }),
    ("Inv", |op| common::reciprocal(op)),
    ("LRN", pooling::response_normalization),
    ("LeakyRelu", elementwise::leaky_relu),
    ("Less", |op| common::compare(op, Builtin::LESS)),
    ("LessEqual", |op| common::compare(op, Builtin::LESS_EQUAL)),
    ("Log", unary!(LOG)),
    ("LogSoftmax", |op| reduction::softmax(op, Builtin::LOG_SOFTMAX)),
    ("LogicalAnd", |op| common::compare(op, Builtin::LOGICAL_AND)),
    ("LogicalNot", unary!(LOGICAL_NOT)),
    ("LogicalOr", |op| common::compare(op, Builtin::LOGICAL_OR)),
    ("MatMul", matrix::matmul),
    ("Max", |op| reduction::reduce(op, Builtin::REDUCE_MAX)),
    ("MaxPool", |op| pooling::pool(op, Builtin::MAX_POOL_2D)),
    ("Maximum", binary!(MAXIMUM)),
    ("Mean", |op| reduction::reduce(op, Builtin::MEAN)),
    ("Min", |op| reduction::reduce(op, Builtin::REDUCE_MIN)),
    ("Minimum", binary!(MINIMUM)),
    ("MirrorPad", padding::pad),
    ("Mul", binary!(MUL, MulOptions: MulOptionsT)),
    ("Neg", unary!(NEG)),
    ("NotEqual", |op| common::compare(op, Builtin::NOT_EQUAL)),
    ("OneHot", pieces::one_hot),
    ("Pack", pieces::pack),
    ("Pad", padding::pad),
    ("PadV2", padding::pad),
    ("Pow", binary!(POW)),
    ("PreventGradient", |op| common::first(op)),
    ("Prod", |op| reduction::reduce(op, Builtin::REDUCE_PROD)),
    ("Range", shapes::range),
    ("Rank", shapes::question),
    ("RealDiv", binary!(DIV, DivOptions: DivOptionsT)),
    ("Reciprocal", |op| common::reciprocal(op)),
    ("Relu", unary!(RELU)),
    ("Relu6", unary!(RELU6)),
    ("Reshape", shapes::reshape),
    ("ResizeBilinear", |op| {
        shapes::resize(op, Builtin::RESIZE_BILINEAR)
    }),
    ("ResizeNearestNeighbor", |op| {
        shapes::resize(op, Builtin::RESIZE_NEAREST_NEIGHBOR)
    }),
    ("Rint", unary!(ROUND)),
    ("Round", unary!(ROUND)),
    ("Rsqrt", unary!(RSQRT)),
    ("Select", elementwise::select),
    ("SelectV2", elementwise::select),
    ("Shape", shapes::question),
    ("Sigmoid", unary!(LOGISTIC)),
    ("Sign", unary!(SIGN)),
    ("Sin", unary!(SIN)),
    ("Size", shapes::question),
    ("Slice", |op| {
        shapes::with_ints(op, Builtin::SLICE, Options::default(), &["begin", "size"])
    }),
    ("Snapshot", |op| common::first(op)),
    ("Softmax", |op| reduction::softmax(op, Builtin::SOFTMAX)),
    ("SpaceToBatchND", |op| {
        padding::blocks(op, Builtin::SPACE_TO_BATCH_ND)
    }),
    ("SpaceToDepth", |op| shapes::depth(op, Builtin::SPACE_TO_DEPTH)),
    ("Split", pieces::split),
    ("SplitV", pieces::split_v),
    ("Sqrt", unary!(SQRT)),
    ("Square", unary!(SQUARE)),
    ("SquaredDifference", binary!(SQUARED_DIFFERENCE)),
    ("Squeeze", shapes::squeeze),
    ("StopGradient", |op| common::first(op)),
    ("StridedSlice", shapes::strided_slice),
    ("Sub", binary!(SUB, SubOptions: SubOptionsT)),
    ("Sum", |op| reduction::reduce(op, Builtin::SUM)),
    ("Tanh", unary!(TANH)),
    ("Tile", |op| {
        shapes::with_ints(op, Builtin::TILE, Options::default(), &["multiples"])
    }),
    ("Transpose", shapes::transpose),
    ("Unpack", pieces::unpack),
    ("ZerosLike", unary!(ZEROS_LIKE)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_operator() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tensorflow.md");
        let text = std::fs::read_to_string(file).unwrap();
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let missing: Vec<_> = TABLE.iter().filter(|(name, _)| !words.contains(name)).collect();
        let missing: Vec<_> = missing.iter().map(|(name, _)| name).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(TABLE.is_sorted_by_key(|(name, _)| *name));
    }
}
