//! Other spellings that recipes use: names of operators and fields, enumerators as numbers.

/// Operators that recipes of several years name differently, and their names here.
const KINDS: &[(&str, &str)] = &[("CirGru", "GRU"), ("CircleGRU", "GRU"), ("Cumsum", "CumSum")];

/// Fields of options that TensorFlow Lite's and Circle's recipes name differently: options, other name, name here.
const FIELDS: &[(&str, &str, &str)] = &[
    ("batch_matmul_options", "adj_x", "adjoint_lhs"),
    ("batch_matmul_options", "adj_y", "adjoint_rhs"),
];

/// Enumerators with their numbers in the recipes' protobuf definitions. A name has one number wherever it stands.
const NUMBERS: &[(&str, i64)] = &[
    ("SAME", 0),
    ("VALID", 1),
    ("NONE", 0),
    ("RELU", 1),
    ("RELU_N1_TO_1", 2),
    ("RELU6", 3),
    ("TANH", 4),
    ("SIGN_BIT", 5),
    ("REFLECT", 0),
    ("SYMMETRIC", 1),
    ("GPT_NEOX", 0),
    ("GPT_J", 1),
    ("CHANNELS_LAST", 0),
    ("CHANNELS_FIRST", 1),
    ("SparseIdxVecType_NONE", 0),
    ("DENSE", 0),
    ("SPARSE_CSR", 1),
    ("INT32VEC", 1),
    ("UINT16VEC", 2),
    ("UINT8VEC", 3),
    ("FLOAT32", 0),
    ("FLOAT16", 1),
    ("INT32", 2),
    ("UINT8", 3),
    ("INT64", 4),
    ("STRING", 5),
    ("BOOL", 6),
    ("INT16", 7),
    ("INT8", 9),
    ("FLOAT64", 10),
    ("INT4", 17),
    ("UINT4", -1),
    ("MXFP4", -6),
    ("MXINT8", -7),
];

/// The name of an operator, from any spelling.
pub(super) fn kind(kind: &str) -> &str {
    KINDS
        .iter()
        .find(|(other, _)| *other == kind)
        .map_or(kind, |(_, name)| name)
}

/// The name of a field of `options`, from any spelling.
pub fn field<'a>(options: &str, name: &'a str) -> &'a str {
    FIELDS
        .iter()
        .find(|(message, other, _)| *message == options && *other == name)
        .map_or(name, |(_, _, field)| field)
}

/// The enumerator of that number among `allowed`.
pub fn numbered<'a>(number: i64, allowed: &[&'a str]) -> Option<&'a str> {
    let is = |word: &&str| {
        NUMBERS
            .iter()
            .any(|(name, value)| name == word && *value == number)
    };
    allowed.iter().copied().find(is)
}
