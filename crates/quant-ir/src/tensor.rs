//! Tensors and their quantization parameters.

use quant_schema as schema;

use super::{BufferId, DType, Opaque};

/// Index of a tensor in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub usize);

/// A tensor: an activation, or a constant when its buffer holds bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Name, as in the file.
    pub name: String,
    /// Dimensions; empty for a scalar (or an unknown rank when `has_rank` is false).
    pub shape: Vec<i32>,
    /// Dimensions with −1 for those set at run time; `None` when all are fixed.
    pub shape_signature: Option<Vec<i32>>,
    /// Element type.
    pub dtype: DType,
    /// The buffer that holds the elements; buffer 0 is always empty.
    pub buffer: BufferId,
    /// Quantization parameters, recorded range included.
    pub quant: Option<QuantParam>,
    /// Whether the tensor keeps its value between runs.
    pub is_variable: bool,
    /// Whether an empty shape means a scalar rather than an unknown rank.
    pub has_rank: bool,
    /// Sparse storage.
    pub sparsity: Option<Opaque<schema::SparsityParametersT>>,
    /// Sub-types of a variant tensor.
    pub variants: Option<Opaque<Vec<schema::VariantSubTypeT>>>,
    /// Circle's compression of the buffer (0 = none).
    pub compression: i8,
}

impl Tensor {
    /// A tensor without data or parameters.
    pub fn new(name: impl Into<String>, dtype: DType, shape: Vec<i32>) -> Self {
        Self {
            name: name.into(),
            shape,
            shape_signature: None,
            dtype,
            buffer: BufferId(0),
            quant: None,
            is_variable: false,
            has_rank: false,
            sparsity: None,
            variants: None,
            compression: 0,
        }
    }

    /// A tensor of the same shape, without data or parameters.
    #[must_use]
    pub fn of_same_shape(&self, name: String, dtype: DType) -> Self {
        Self {
            shape_signature: self.shape_signature.clone(),
            has_rank: self.has_rank,
            ..Self::new(name, dtype, self.shape.clone())
        }
    }

    /// Number of elements of the static shape; `None` when a dimension is negative or the product overflows.
    pub fn elements(&self) -> Option<usize> {
        self.shape
            .iter()
            .try_fold(1usize, |n, &d| n.checked_mul(usize::try_from(d).ok()?))
    }
}

/// Quantization parameters of a tensor: `real = scale · (q − zero_point)`.
///
/// Each list has one entry (per tensor) or one entry for each index of `quantized_dimension`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuantParam {
    /// Recorded or nudged minimum.
    pub min: Vec<f32>,
    /// Recorded or nudged maximum.
    pub max: Vec<f32>,
    /// Scale.
    pub scale: Vec<f32>,
    /// Zero point.
    pub zero_point: Vec<i64>,
    /// Other ways to describe the parameters.
    pub details: Option<QuantDetails>,
    /// The dimension along which the lists run.
    pub quantized_dimension: i32,
}

/// Other ways to describe quantization.
#[derive(Clone, Debug, PartialEq)]
pub enum QuantDetails {
    /// Bytes with a meaning of their own.
    Custom(Vec<u8>),
    /// Circle's microscaling along an axis.
    Mx {
        /// The axis.
        axis: i32,
    },
    /// Blocks along the last dimension; scales and zero points are tensors.
    Blockwise {
        /// Tensor index of the scales.
        scales: i32,
        /// Tensor index of the zero points.
        zero_points: i32,
        /// Elements a block.
        block_size: i32,
    },
}
