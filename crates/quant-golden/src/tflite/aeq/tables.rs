//! Which operators ai-edge-quantizer's recipes cover, and how.

/// Operators whose constant becomes weights: place, and whether int4 is among its types.
pub const WEIGHTS: &[(&str, usize, bool)] = &[
    ("CONV_2D", 1, true),
    ("DEPTHWISE_CONV_2D", 1, false),
    ("FULLY_CONNECTED", 1, true),
    ("TRANSPOSE_CONV", 1, false),
    ("BATCH_MATMUL", 1, false),
    ("EMBEDDING_LOOKUP", 1, true),
];

/// Results with their input's parameters.
pub const LIKE_INPUT: &[&str] = &[
    "AVERAGE_POOL_2D",
    "BROADCAST_TO",
    "GATHER",
    "GATHER_ND",
    "MAX_POOL_2D",
    "MIRROR_PAD",
    "PAD",
    "REDUCE_MIN",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "SLICE",
    "SPACE_TO_DEPTH",
    "SPLIT",
    "STRIDED_SLICE",
    "TRANSPOSE",
    "UNPACK",
];

/// Inputs with their result's parameters.
pub const LIKE_RESULT: &[&str] = &[
    "CONCATENATION",
    "DYNAMIC_UPDATE_SLICE",
    "MAXIMUM",
    "PACK",
    "PADV2",
    "SELECT",
    "SELECT_V2",
];

/// Results of known range: kind, divisor of the scale and zero point at 8 bits.
pub const FIXED: &[(&str, f32, i64)] = &[
    ("SOFTMAX", 256.0, -128),
    ("LOGISTIC", 256.0, -128),
    ("TANH", 128.0, 0),
];

/// What else becomes integer.
pub const OTHERS: &[&str] = &[
    "ADD",
    "BATCH_MATMUL",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DIV",
    "EQUAL",
    "FULLY_CONNECTED",
    "GELU",
    "HARD_SWISH",
    "MEAN",
    "MUL",
    "NOT_EQUAL",
    "RELU",
    "RSQRT",
    "SQRT",
    "SQUARED_DIFFERENCE",
    "SUB",
    "SUM",
    "TRANSPOSE_CONV",
];

/// Not among those with activations of 16 bits.
pub const FLOAT_16: &[&str] = &["HARD_SWISH", "SPACE_TO_DEPTH", "SQUARED_DIFFERENCE"];
