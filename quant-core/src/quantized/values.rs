//! What the integers of a constant are, and what they mean.

use quant_interp::constant;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{DType, Model, QuantParam, Tensor};

/// Whether a tensor holds integers that stand for reals: an integer type with a scale.
pub fn is_quantized(tensor: &Tensor) -> bool {
    is_integer(tensor.dtype) && tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty())
}

/// Whether the type is one of integers that quantization makes.
pub fn is_integer(dtype: DType) -> bool {
    matches!(
        dtype,
        DType::Int2
            | DType::Uint4
            | DType::Int4
            | DType::Uint8
            | DType::Int8
            | DType::Int16
            | DType::Int32
            | DType::Int64
    )
}

/// The integers of a constant, in order, through `map`; `None` for an activation.
///
/// # Errors
/// The buffer does not fit the shape, or the constant holds no integers.
pub fn map<T>(model: &Model, tensor: &Tensor, map: impl Fn(usize, i64) -> T) -> Result<Option<Vec<T>>> {
    if tensor.dtype.is_packed() {
        let values = model.data(tensor).and_then(|bytes| tensor.dtype.unpack(&bytes));
        let (Some(values), Some(count)) = (values, tensor.elements()) else {
            return Ok(None);
        };
        let values = values.into_iter().take(count).enumerate();
        return Ok(Some(values.map(|(at, q)| map(at, i64::from(q))).collect()));
    }
    let Some(value) = constant(model, tensor)? else {
        return Ok(None);
    };
    macro_rules! each {
        ($values:expr) => {
            $values
                .iter()
                .enumerate()
                .map(|(at, q)| map(at, i64::from(*q)))
                .collect()
        };
    }
    Ok(Some(match &value.data {
        Data::U8(values) => each!(values),
        Data::I8(values) => each!(values),
        Data::I16(values) => each!(values),
        Data::I32(values) => each!(values),
        Data::I64(values) => each!(values),
        Data::Bool(_) | Data::F32(_) | Data::F16(_) | Data::C64(_) => {
            return Err(Error::new(
                Place::tensor("constant", &tensor.name),
                Problem::Type(format!("it is {}, not integers", tensor.dtype)),
                "give a quantized constant",
            ));
        }
    }))
}

/// The scale and zero point of each element.
pub struct Steps<'a> {
    quant: &'a QuantParam,
    /// Elements behind one index of the dimension.
    inner: usize,
}

impl<'a> Steps<'a> {
    /// Those of a quantized tensor.
    ///
    /// # Errors
    /// It has no parameters, or another number than its dimension has indices.
    pub fn of(tensor: &'a Tensor) -> Result<Self> {
        let wrong = |what: String| {
            Error::new(
                Place::tensor("tensor", &tensor.name),
                Problem::Parameters(what),
                "give it one scale and zero point, or one for each index of quantized_dimension",
            )
        };
        let quant = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty());
        let quant = quant.ok_or_else(|| wrong("it has no scale".to_owned()))?;
        if !quant.zero_point.is_empty() && quant.zero_point.len() != quant.scale.len() {
            let (scales, zero_points) = (quant.scale.len(), quant.zero_point.len());
            return Err(wrong(format!(
                "it has {scales} scales and {zero_points} zero points"
            )));
        }
        let axis = usize::try_from(quant.quantized_dimension).unwrap_or(usize::MAX);
        let size = |d: &i32| usize::try_from(*d).unwrap_or(0);
        match (quant.scale.len(), tensor.shape.get(axis).map(size)) {
            (1, _) => Ok(Self { quant, inner: 1 }),
            (count, Some(dim)) if count == dim => {
                let behind = tensor.shape.iter().skip(axis + 1).map(size);
                Ok(Self {
                    quant,
                    inner: behind.product::<usize>().max(1),
                })
            }
            (count, _) => Err(wrong(format!(
                "it has {count} scales along dimension {axis} of shape {:?}",
                tensor.shape
            ))),
        }
    }

    /// Scale and zero point of element `index`.
    pub fn at(&self, index: usize) -> (f32, i64) {
        let channel = index / self.inner % self.quant.scale.len();
        let zero_point = self.quant.zero_point.get(channel).copied().unwrap_or(0);
        (self.quant.scale[channel], zero_point)
    }
}

/// The reals that a quantized constant stands for: `scale · (q − zero_point)` in f32; `None` for an activation.
///
/// # Errors
/// Buffer, shape and parameters do not fit each other.
pub fn dequantized(model: &Model, tensor: &Tensor) -> Result<Option<Vec<f32>>> {
    let steps = Steps::of(tensor)?;
    map(model, tensor, |at, q| {
        let (scale, zero_point) = steps.at(at);
        q.wrapping_sub(zero_point) as f32 * scale
    })
}

/// The reals that integers of a tensor stand for: `scale · (q − zero_point)`, with the scale of the tensor or of the channel;
/// `None` for a tensor that holds no such integers.
pub fn reals(tensor: &Tensor, value: &Value) -> Option<Value> {
    let quant = tensor.quant.as_ref().filter(|_| is_quantized(tensor))?;
    let integers = value.to_i64()?;
    let axis = usize::try_from(quant.quantized_dimension).ok()?;
    let (channels, inner) = match quant.scale.len() {
        1 => (1, 1),
        many if value.shape.get(axis) == Some(&many) => {
            (many, value.shape[axis + 1..].iter().product::<usize>().max(1))
        }
        _ => return None,
    };
    let real = |(at, q): (usize, i64)| {
        let channel = at / inner % channels;
        let zero_point = quant.zero_point.get(channel).or(quant.zero_point.first());
        quant.scale[channel] * (q - zero_point.copied().unwrap_or(0)) as f32
    };
    let data = integers.into_iter().enumerate().map(real).collect();
    Some(Value::f32(value.shape.clone(), data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_ir::FileFormat;

    #[test]
    fn integers_of_every_type_mean_reals() {
        let mut model = Model::new(FileFormat::Circle);
        for dtype in [
            DType::Int2,
            DType::Uint4,
            DType::Int4,
            DType::Uint8,
            DType::Int8,
            DType::Int16,
            DType::Int32,
            DType::Int64,
        ] {
            let values: [i64; 6] = match dtype {
                DType::Uint4 | DType::Uint8 => [0, 1, 2, 3, 4, 15],
                DType::Int2 => [-2, -1, 0, 1, 1, -2],
                _ => [-7, -2, -1, 0, 1, 7],
            };
            let mut tensor = Tensor::new("w", dtype, vec![2, 3]);
            tensor.buffer = model.add_buffer(dtype.encode(&values));
            tensor.quant = Some(QuantParam {
                scale: vec![0.5, 1.0, 2.0],
                zero_point: vec![0, 1, -1],
                quantized_dimension: 1,
                ..QuantParam::default()
            });
            assert!(is_quantized(&tensor));
            let wanted: Vec<f32> = (0..6)
                .map(|i| {
                    let (scale, zero) = [(0.5, 0.0), (1.0, 1.0), (2.0, -1.0)][i % 3];
                    (values[i] as f32 - zero) * scale
                })
                .collect();
            assert_eq!(dequantized(&model, &tensor).unwrap(), Some(wanted), "{dtype}");
            if let Some(quant) = &mut tensor.quant {
                quant.quantized_dimension = 0;
            }
            assert!(dequantized(&model, &tensor).is_err());
        }
    }
}
