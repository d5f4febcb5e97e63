//! Which operators are what, for the quantizers of TensorFlow Lite.

/// An operator's name whatever its spelling.
pub fn squash(kind: &str) -> String {
    let plain = kind.replace('_', "").to_uppercase();
    match plain.as_str() {
        "L2NORMALIZE" => "L2NORMALIZATION".to_owned(),
        _ => plain,
    }
}

/// Inputs and results have one scale, for the converter's quantizer.
pub const SAME: &[&str] = &[
    "AVERAGE_POOL_2D",
    "BATCH_TO_SPACE_ND",
    "BROADCAST_TO",
    "CONCATENATION",
    "DEPTH_TO_SPACE",
    "DYNAMIC_UPDATE_SLICE",
    "EXPAND_DIMS",
    "FILL",
    "GATHER",
    "GATHER_ND",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MINIMUM",
    "MIRROR_PAD",
    "PACK",
    "PAD",
    "PADV2",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "SCATTER_ND",
    "SELECT",
    "SELECT_V2",
    "SLICE",
    "SPACE_TO_BATCH_ND",
    "SPACE_TO_DEPTH",
    "SPLIT",
    "SPLIT_V",
    "SQUEEZE",
    "STRIDED_SLICE",
    "TILE",
    "TOPK_V2",
    "TRANSPOSE",
    "UNPACK",
];

/// What else becomes integer, besides those with fixed results.
pub const OTHERS: &[&str] = &[
    "ABS",
    "ADD",
    "ARG_MAX",
    "ARG_MIN",
    "BATCH_MATMUL",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DIV",
    "EMBEDDING_LOOKUP",
    "EQUAL",
    "NOT_EQUAL",
    "GREATER",
    "GREATER_EQUAL",
    "LESS",
    "LESS_EQUAL",
    "EXP",
    "FULLY_CONNECTED",
    "GELU",
    "HARD_SWISH",
    "LEAKY_RELU",
    "LOG",
    "MEAN",
    "MUL",
    "ONE_HOT",
    "PRELU",
    "REDUCE_PROD",
    "RELU",
    "RELU6",
    "RELU_0_TO_1",
    "RELU_N1_TO_1",
    "REVERSE_SEQUENCE",
    "REVERSE_V2",
    "RSQRT",
    "SHAPE",
    "SPARSE_TO_DENSE",
    "SQRT",
    "SQUARED_DIFFERENCE",
    "SUB",
    "SUM",
    "TRANSPOSE_CONV",
];

/// Results whose range is known: kind, the scale's divisor, the zero point at int8.
pub const FIXED: &[(&str, f32, i64)] = &[
    ("SOFTMAX", 256.0, -128),
    ("LOGISTIC", 256.0, -128),
    ("TANH", 128.0, 0),
    ("L2_NORMALIZATION", 128.0, 0),
    ("LOG_SOFTMAX", 16.0, 127),
];

/// Operators with a filter and a bias: kind, places of input, filter and bias, dimension of the filter's channels.
pub const FILTERED: &[(&str, usize, usize, usize, usize)] = &[
    ("CONV_2D", 0, 1, 2, 0),
    ("DEPTHWISE_CONV_2D", 0, 1, 2, 3),
    ("FULLY_CONNECTED", 0, 1, 2, 0),
    ("TRANSPOSE_CONV", 2, 1, 3, 0),
];

/// For the older quantizer: results have their input's scale.
pub const LEGACY_SAME: &[&str] = &[
    "AVERAGE_POOL_2D",
    "BATCH_TO_SPACE_ND",
    "BROADCAST_TO",
    "DEPTH_TO_SPACE",
    "EXPAND_DIMS",
    "FILL",
    "GATHER",
    "GATHER_ND",
    "MAX_POOL_2D",
    "MIRROR_PAD",
    "PAD",
    "PADV2",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "REVERSE_V2",
    "SCATTER_ND",
    "SELECT",
    "SLICE",
    "SPACE_TO_BATCH_ND",
    "SPACE_TO_DEPTH",
    "SPLIT",
    "SPLIT_V",
    "SQUEEZE",
    "STRIDED_SLICE",
    "SUM",
    "TILE",
    "TRANSPOSE",
    "UNPACK",
];

/// For the older quantizer: inputs are requantized to their result's scale.
pub const CONSTRAINED: &[&str] = &["CONCATENATION", "MAXIMUM", "MINIMUM", "PACK"];

/// Float for the older quantizer, whatever the activations.
pub const LEGACY_FLOAT: &[&str] = &["DIV", "SQRT", "SELECT_V2", "TOPK_V2", "DYNAMIC_UPDATE_SLICE"];

/// Float for the older quantizer with activations of 16 bits.
pub const FLOAT_16: &[&str] = &[
    "ARG_MAX",
    "ARG_MIN",
    "EQUAL",
    "NOT_EQUAL",
    "GREATER",
    "GREATER_EQUAL",
    "LESS",
    "LESS_EQUAL",
    "SPACE_TO_DEPTH",
    "DEPTH_TO_SPACE",
    "HARD_SWISH",
    "LOG_SOFTMAX",
    "L2_NORMALIZATION",
    "PRELU",
    "RELU_N1_TO_1",
];

/// No kernel takes these with activations of 16 bits, although the older quantizer makes them.
pub const NO_KERNEL_16: &[&str] = &["TILE", "SQUARED_DIFFERENCE"];

/// Constants of these are int16 with activations of 16 bits, and so are those of operators of one scale.
pub const CONSTANTS_16: &[&str] = &[
    "ADD",
    "SUB",
    "MUL",
    "SQUARED_DIFFERENCE",
    "BATCH_MATMUL",
    "MAXIMUM",
    "MINIMUM",
    "GATHER",
    "CONCATENATION",
    "PACK",
];
