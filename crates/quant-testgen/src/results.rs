//! What each stage makes of a tensor: the types that a quantizer under test returns.

use quant_case::golden::{Numbers, Tensor};

/// Weights after quantization and dequantization.
#[derive(Clone, Debug, PartialEq)]
pub struct FakeWeights {
    /// The tensor's name.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// The dequantized elements, row-major.
    pub weights: Vec<f32>,
    /// One for each channel, or one.
    pub scale: Vec<f32>,
    /// As many as scales.
    pub zero_point: Vec<i64>,
    /// Real value of the lowest integer; as many as scales.
    pub min: Vec<f32>,
    /// Real value of the highest integer; as many as scales.
    pub max: Vec<f32>,
    /// The dimension along which channels run; 0 with one scale.
    pub quantized_dimension: i32,
}

/// The recorded range of an activation or graph input.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The tensor's name.
    pub name: String,
    /// Minimum.
    pub min: f32,
    /// Maximum.
    pub max: f32,
}

/// Weights or a bias of a float model.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatConstant {
    /// The tensor's name.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub elements: Vec<f32>,
}

impl From<FloatConstant> for Named {
    fn from(made: FloatConstant) -> Self {
        let tensor = Tensor {
            shape: made.shape,
            weights: Some(Numbers::Float(made.elements)),
            ..Tensor::default()
        };
        (made.name, tensor)
    }
}

/// A tensor of a quantized model: an activation (without values), a quantized constant, or a constant that is
/// no real number and stays what it is (without a scale).
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// The tensor's name.
    pub name: String,
    /// Element type in lower case, as in `uint8` or `int64`.
    pub dtype: String,
    /// One for each channel, or one.
    pub scale: Option<Vec<f32>>,
    /// As many as scales.
    pub zero_point: Option<Vec<i64>>,
    /// The dimension along which channels run; `None` for activations.
    pub quantized_dimension: Option<i32>,
    /// Dimensions and elements of a constant, row-major.
    pub values: Option<(Vec<usize>, Vec<i64>)>,
}

/// Weights as integers, in a model whose activations are float.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegerWeights {
    /// The tensor's name.
    pub name: String,
    /// Element type in lower case: `int4`, `int8`, `int16`.
    pub dtype: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub weights: Vec<i64>,
    /// One for each channel.
    pub scale: Vec<f32>,
    /// As many as scales.
    pub zero_point: Vec<i64>,
    /// The dimension along which channels run.
    pub quantized_dimension: i32,
}

/// A tensor of a quantized checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointTensor {
    /// Its key in the state.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// The elements, row-major; whole numbers in weights and biases.
    pub elements: Vec<f32>,
    /// Bits of the layer's weights (−1: binary) and what the tensor was multiplied by; of weights and biases alone.
    pub quantized: Option<(i8, f32)>,
}

impl From<CheckpointTensor> for Named {
    fn from(made: CheckpointTensor) -> Self {
        let (dtype, weights) = match made.quantized {
            Some((bits, _)) => (
                format!("int{bits}"),
                Numbers::Int(made.elements.iter().map(|x| *x as i64).collect()),
            ),
            None => ("float32".to_owned(), Numbers::Float(made.elements)),
        };
        let tensor = Tensor {
            dtype: Some(dtype),
            shape: made.shape,
            weights: Some(weights),
            scale: made.quantized.map(|(_, factor)| vec![factor]),
            ..Tensor::default()
        };
        (made.name, tensor)
    }
}

/// A named tensor in the form of goldens, as a dump of a model has it.
pub type Named = (String, Tensor);

impl From<FakeWeights> for Named {
    fn from(made: FakeWeights) -> Self {
        let tensor = Tensor {
            dtype: None,
            shape: made.shape,
            weights: Some(Numbers::Float(made.weights)),
            min: Some(made.min),
            max: Some(made.max),
            scale: Some(made.scale),
            zero_point: Some(made.zero_point),
            quantized_dimension: Some(made.quantized_dimension),
        };
        (made.name, tensor)
    }
}

impl From<Range> for Named {
    fn from(made: Range) -> Self {
        let tensor = Tensor {
            min: Some(vec![made.min]),
            max: Some(vec![made.max]),
            ..Tensor::default()
        };
        (made.name, tensor)
    }
}

impl From<Quantized> for Named {
    fn from(made: Quantized) -> Self {
        let (shape, values) = made.values.unzip();
        let tensor = Tensor {
            dtype: Some(made.dtype),
            shape: shape.unwrap_or_default(),
            weights: values.map(Numbers::Int),
            scale: made.scale,
            zero_point: made.zero_point,
            quantized_dimension: made.quantized_dimension,
            ..Tensor::default()
        };
        (made.name, tensor)
    }
}

impl From<IntegerWeights> for Named {
    fn from(made: IntegerWeights) -> Self {
        let tensor = Tensor {
            dtype: Some(made.dtype),
            shape: made.shape,
            weights: Some(Numbers::Int(made.weights)),
            scale: Some(made.scale),
            zero_point: Some(made.zero_point),
            quantized_dimension: Some(made.quantized_dimension),
            ..Tensor::default()
        };
        (made.name, tensor)
    }
}

/// Picks what a stage makes out of a dump of its model.
pub trait FromDump: Sized {
    /// The tensor as this stage makes it; `None` when it is none of the stage's.
    fn from_dump(tensor: Named) -> Option<Self>;
}

impl FromDump for FakeWeights {
    fn from_dump((name, tensor): Named) -> Option<Self> {
        let Some(Numbers::Float(weights)) = tensor.weights else {
            return None;
        };
        Some(Self {
            name,
            shape: tensor.shape,
            weights,
            scale: tensor.scale?,
            zero_point: tensor.zero_point?,
            min: tensor.min?,
            max: tensor.max?,
            quantized_dimension: tensor.quantized_dimension?,
        })
    }
}

impl FromDump for Range {
    fn from_dump((name, tensor): Named) -> Option<Self> {
        match (tensor.weights, tensor.min.as_deref(), tensor.max.as_deref()) {
            (None, Some(&[min]), Some(&[max])) => Some(Self { name, min, max }),
            _ => None,
        }
    }
}

impl FromDump for Quantized {
    fn from_dump((name, tensor): Named) -> Option<Self> {
        let values = match tensor.weights {
            Some(Numbers::Int(values)) => Some((tensor.shape, values)),
            Some(Numbers::Float(_)) => return None,
            None => None,
        };
        if tensor.scale.is_none() && values.is_none() {
            return None;
        }
        Some(Self {
            name,
            dtype: tensor.dtype?,
            quantized_dimension: tensor
                .quantized_dimension
                .filter(|_| values.is_some() && tensor.scale.is_some()),
            scale: tensor.scale,
            zero_point: tensor.zero_point,
            values,
        })
    }
}

impl FromDump for IntegerWeights {
    fn from_dump((name, tensor): Named) -> Option<Self> {
        let Some(Numbers::Int(weights)) = tensor.weights else {
            return None;
        };
        Some(Self {
            name,
            dtype: tensor.dtype?,
            shape: tensor.shape,
            weights,
            scale: tensor.scale?,
            zero_point: tensor.zero_point?,
            quantized_dimension: tensor.quantized_dimension?,
        })
    }
}
