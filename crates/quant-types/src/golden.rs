//! Golden values of one tensor, and their plain JSON.
//!
//! The file is an object with any of the keys `dtype`, `shape`, `weights` (nested as the shape), `min`,
//! `max`, `scale`, `zero_point`, `quantized_dimension`. A parameter of one value may be written as a bare
//! number. f32 is written as the shortest decimal that reads back equal.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

/// The elements of a tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// 32-bit floats.
    Float(Vec<f32>),
    /// Any integer type, widened.
    Int(Vec<i64>),
}

impl Numbers {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Int(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
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

mod read;
mod write;

pub use read::{parse, parse_dump};
pub use write::{dump_to_json, to_json};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_round_trip() {
        let tensor = Tensor {
            dtype: Some("uint8".into()),
            shape: vec![2, 1, 2],
            weights: Some(Numbers::Int(vec![1, 2, 3, 255])),
            scale: Some(vec![0.1, 1e-8]),
            zero_point: Some(vec![0, 119]),
            quantized_dimension: Some(3),
            ..Tensor::default()
        };
        let text = to_json(&tensor);
        let wanted = "{\n  \"dtype\": \"uint8\",\n  \"quantized_dimension\": 3,\n  \"scale\": [0.1, 1e-8],\n  \
                      \"zero_point\": [0, 119],\n  \"weights\": [\n    [\n      [1, 2]\n    ],\n    [\n      [3, 255]\n    ]\n  ]\n}\n";
        assert_eq!(text, wanted);
        assert_eq!(parse(&text), Ok(tensor));
    }

    #[test]
    fn floats_and_scalars() {
        let scalar = Tensor {
            dtype: Some("float32".into()),
            weights: Some(Numbers::Float(vec![1.0])),
            ..Tensor::default()
        };
        assert_eq!(parse(&to_json(&scalar)), Ok(scalar));
        let read = parse(r#"{"weights": [[-1.0, 2]], "zero_point": 3.0, "scale": 0.5}"#).unwrap();
        assert_eq!(
            (read.zero_point, read.scale, read.shape),
            (Some(vec![3]), Some(vec![0.5]), vec![1, 2])
        );
        assert_eq!(read.weights, Some(Numbers::Float(vec![-1.0, 2.0])));
    }

    #[test]
    fn wrong_json_is_an_error() {
        let rows = [
            ("[1]", "it is no JSON object; write `{ … }`"),
            (
                r#"{"scales": 1}"#,
                "unknown key `scales`; known are dtype, weights, min, max, scale, zero_point, quantized_dimension",
            ),
            (
                r#"{"weights": [[1], [1, 2]]}"#,
                "weights: rows of different lengths",
            ),
            (r#"{"weights": [["a"]]}"#, "weights: \"a\" is no finite f32"),
            (r#"{"zero_point": 0.5}"#, "zero_point: 0.5 is no integer"),
        ];
        for (text, error) in rows {
            assert_eq!(parse(text).unwrap_err(), error, "{text}");
        }
    }
}
