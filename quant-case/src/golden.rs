//! Golden values of one tensor, and their plain JSON.
//!
//! The file is an object with any of the keys `dtype`, `shape`, `weights` (nested as the shape), `min`,
//! `max`, `scale`, `zero_point`, `quantized_dimension`. A parameter of one value may be written as a bare
//! number. f32 is written as the shortest decimal that reads back equal.

/// The elements of a tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// 32-bit floats.
    Float(Vec<f32>),
    /// Any integer type, widened.
    Int(Vec<i64>),
}

/// What a stage makes of one tensor; absent parts are `None` (in a golden: not compared).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensor {
    /// Element type in lower case, as in `uint8`, `int32`, `float32`.
    pub dtype: Option<String>,
    /// Dimensions of `weights`; an empty list is a scalar.
    pub shape: Vec<usize>,
    /// Constant elements.
    pub weights: Option<Numbers>,
    /// Minimum, one a channel or one.
    pub min: Option<Vec<f32>>,
    /// Maximum, one a channel or one.
    pub max: Option<Vec<f32>>,
    /// Scale, one a channel or one.
    pub scale: Option<Vec<f32>>,
    /// Zero point, one a channel or one.
    pub zero_point: Option<Vec<i64>>,
    /// The dimension along which the parameters run.
    pub quantized_dimension: Option<i32>,
}
