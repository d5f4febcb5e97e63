//! Parameters as a fake quantization left them, and the formulas: integers of constants and biases by a division in f64.

use quant_ir::{Bytes, Content, DType, Float, QuantParam, Tensor};
use quant_numeric::channels::Channels;
use quant_numeric::coding::{MinMax, min_max};
use quant_numeric::divided::{self, Steps};
use quant_numeric::round::half_away_f64;

use super::super::common::parameters::per_tensor;

/// What the int8 of a value stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Real distance of two neighbouring integers.
    pub scale: f32,
    /// The integer that means 0.
    pub zero_point: i64,
}

impl Params {
    /// As a model holds them.
    pub fn stored(self) -> QuantParam {
        per_tensor(self.scale, self.zero_point)
    }

    /// The same as uint8.
    pub fn unsigned(self) -> QuantParam {
        per_tensor(self.scale, self.zero_point + 128)
    }
}

/// The parameters of a QUANTIZE and DEQUANTIZE, as those of int8 or int4.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Int8 or int4.
    pub dtype: DType,
    /// One scale, or one for each index of the dimension.
    pub scales: Vec<f32>,
    /// As many zero points.
    pub zero_points: Vec<i64>,
    /// The dimension.
    pub dimension: usize,
}

impl Given {
    /// Those of a tensor of integers: unsigned ones are shifted. `None`: it is of another type, or its parameters are none.
    pub fn of(tensor: &Tensor) -> Option<Self> {
        let (dtype, shift) = match tensor.dtype {
            DType::Uint8 => (DType::Int8, 128),
            DType::Int8 => (DType::Int8, 0),
            DType::Uint4 => (DType::Int4, 8),
            DType::Int4 => (DType::Int4, 0),
            _ => return None,
        };
        let quant = tensor.quant.as_ref()?;
        let count = quant.scale.len();
        let mut zero_points: Vec<i64> = quant
            .zero_point
            .iter()
            .map(|zero_point| zero_point - shift)
            .collect();
        if zero_points.is_empty() {
            zero_points = vec![-shift; count];
        }
        let (low, high) = bounds(dtype);
        let sound = quant.scale.iter().all(|scale| scale.is_finite() && *scale > 0.0)
            && zero_points
                .iter()
                .all(|zero_point| (low..=high).contains(zero_point));
        (count > 0 && zero_points.len() == count && quant.details.is_none() && sound).then(|| Self {
            dtype,
            scales: quant.scale.clone(),
            zero_points,
            dimension: usize::try_from(quant.quantized_dimension).unwrap_or(usize::MAX),
        })
    }

    /// Those of int8; `None`: a scale is no positive number.
    pub fn int8(scales: Vec<f32>, zero_points: Vec<i64>, dimension: usize) -> Option<Self> {
        let sound = scales.iter().all(|scale| scale.is_finite() && *scale > 0.0);
        (sound && !scales.is_empty()).then_some(Self {
            dtype: DType::Int8,
            scales,
            zero_points,
            dimension,
        })
    }

    /// One scale and zero point of int8; `None` for others.
    pub fn one(&self) -> Option<Params> {
        match (self.dtype, &self.scales[..], &self.zero_points[..]) {
            (DType::Int8, &[scale], &[zero_point]) => Some(Params { scale, zero_point }),
            _ => None,
        }
    }

    /// As a model holds them.
    pub fn stored(&self) -> QuantParam {
        let many = self.scales.len() > 1;
        QuantParam {
            scale: self.scales.clone(),
            zero_point: self.zero_points.clone(),
            quantized_dimension: if many { self.dimension as i32 } else { 0 },
            ..QuantParam::default()
        }
    }

    /// The same without zero points, for kernels that know none: with the same scale where the integers then fit, which stand
    /// for the same numbers; else with that of the largest magnitude. `None`: the constant has a value that is no number.
    pub fn centred(&self, floats: &[Float], channels: Channels) -> Option<Self> {
        let most = bounds(self.dtype).1;
        let ranges = min_max(floats, channels)?;
        let scale = |(scale, (min, max)): (&f32, &MinMax)| {
            let largest = min.abs().max(max.abs());
            let fits = half_away_f64(f64::from(largest) / f64::from(*scale)) <= most as f64;
            if fits { *scale } else { largest / most as f32 }
        };
        Some(Self {
            scales: self.scales.iter().zip(&ranges).map(scale).collect(),
            zero_points: vec![0; self.zero_points.len()],
            ..self.clone()
        })
    }

    /// A constant: `q = round(x / scale + zero point)` in f64, half away from zero, clamped to the integers of the type.
    pub fn constant(&self, floats: &[Float], channels: Channels) -> Content {
        let (low, high) = bounds(self.dtype);
        let both = self.scales.iter().zip(&self.zero_points);
        let steps: Vec<Steps> = both
            .map(|(scale, zero_point)| Steps {
                scale: f64::from(*scale),
                zero_point: *zero_point,
                low,
                high,
            })
            .collect();
        let mut integers = quant_schema::zeros(floats.len());
        divided::quantize(floats, channels, &steps, &mut integers);
        if self.dtype == DType::Int4 {
            let integers: Vec<i64> = integers.iter().map(|q| i64::from(q.cast_signed())).collect();
            return DType::Int4.encode(&integers).into();
        }
        Content::Plain(Bytes::new(integers))
    }
}

/// A constant that takes the parameters of a value.
pub fn like(floats: &[Float], params: Params) -> Content {
    Given {
        dtype: DType::Int8,
        scales: vec![params.scale],
        zero_points: vec![params.zero_point],
        dimension: 0,
    }
    .constant(floats, Channels::one())
}

/// The lowest and highest integer.
fn bounds(dtype: DType) -> (i64, i64) {
    if dtype == DType::Int4 {
        (-8, 7)
    } else {
        (-128, 127)
    }
}

/// The scales of a bias, in f64: those of the filter times that of its input.
pub fn bias_scales(input: Params, filter: &[f32]) -> Vec<f64> {
    filter
        .iter()
        .map(|scale| f64::from(input.scale) * f64::from(*scale))
        .collect()
}

/// A bias: `q = round(x / scale)` in f64, half away from zero, within int32.
pub fn bias(floats: &[Float], scales: &[f64]) -> Content {
    let values = floats.iter().zip(scales.iter().cycle());
    let code = |(x, scale): (&Float, &f64)| half_away_f64(f64::from(f32::from_le_bytes(*x)) / scale) as i32;
    let bytes: Vec<u8> = values.map(code).flat_map(i32::to_le_bytes).collect();
    bytes.into()
}

/// Whether every element of a bias is a number that fits int32 with its scale.
pub fn fits(floats: &[Float], scales: &[f64]) -> bool {
    let mut values = floats.iter().zip(scales.iter().cycle());
    values.all(|(x, scale)| (f64::from(f32::from_le_bytes(*x)) / scale).abs() <= f64::from(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantized(dtype: DType, scale: &[f32], zero_point: &[i64]) -> Option<Given> {
        let mut tensor = Tensor::new("q", dtype, vec![2]);
        tensor.quant = Some(QuantParam {
            scale: scale.to_vec(),
            zero_point: zero_point.to_vec(),
            ..QuantParam::default()
        });
        Given::of(&tensor)
    }

    #[test]
    fn unsigned_integers_are_shifted() {
        let rows = [
            (DType::Uint8, 200, Some((DType::Int8, 72))),
            (DType::Int8, -3, Some((DType::Int8, -3))),
            (DType::Uint4, 8, Some((DType::Int4, 0))),
            (DType::Int4, -8, Some((DType::Int4, -8))),
            (DType::Int16, 0, None),
            (DType::Uint8, 256, None),
            (DType::Uint4, 16, None),
        ];
        for (dtype, zero_point, wanted) in rows {
            let given = quantized(dtype, &[0.5], &[zero_point]);
            assert_eq!(
                given.map(|given| (given.dtype, given.zero_points[0])),
                wanted,
                "{dtype}"
            );
        }
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(quantized(DType::Int8, &[scale], &[0]), None);
        }
        assert_eq!(quantized(DType::Int8, &[1.0, 1.0], &[0]), None);
        assert_eq!(quantized(DType::Int8, &[], &[]), None);
    }

    #[test]
    fn constants_are_divided_in_f64() {
        let floats: Vec<Float> = [0.25, -0.25, 1.75, 100.0, -100.0].map(f32::to_le_bytes).to_vec();
        let bytes = |given: Option<Given>| {
            given
                .unwrap()
                .constant(&floats, Channels::one())
                .bytes()
                .into_owned()
        };
        // −0.25 is 1.5 with the zero point.
        let int8 = [3, 2, 6, 127, 128];
        assert_eq!(bytes(quantized(DType::Int8, &[0.5], &[2])), int8);
        // 1, −1, 4, 7, −8, two in a byte.
        assert_eq!(bytes(quantized(DType::Uint4, &[0.5], &[8])), [0xf1, 0x74, 0x08]);
    }

    #[test]
    fn without_a_zero_point_the_numbers_are_the_same_if_they_fit() {
        let floats: Vec<Float> = [-61.0, 65.5, -1.0, 1.0].map(f32::to_le_bytes).to_vec();
        let given = quantized(DType::Uint8, &[0.5, 0.5], &[123, 4]).unwrap();
        let centred = given.centred(&floats, Channels::new(2, 2)).unwrap();
        // 131 steps are too many.
        assert_eq!(centred.scales, [65.5 / 127.0, 0.5]);
        assert_eq!(centred.zero_points, [0, 0]);
        let integers = centred
            .constant(&floats, Channels::new(2, 2))
            .bytes()
            .into_owned();
        assert_eq!(integers, [-118_i8, 127, -2, 2].map(i8::cast_unsigned));
        assert_eq!(given.centred(&[f32::NAN.to_le_bytes()], Channels::one()), None);
    }

    #[test]
    fn biases_are_divided_in_f64() {
        let params = Params {
            scale: 0.5,
            zero_point: 7,
        };
        let scales = bias_scales(params, &[0.5, 1.0]);
        assert_eq!(scales, [0.25, 0.5]);
        let floats: Vec<Float> = [0.125, -0.25, 1e12, -1e12].map(f32::to_le_bytes).to_vec();
        let wanted: Vec<u8> = [1, -1, i32::MAX, i32::MIN]
            .into_iter()
            .flat_map(i32::to_le_bytes)
            .collect();
        assert_eq!(bias(&floats, &scales).bytes()[..], wanted);
        assert!(fits(&floats[..2], &scales) && !fits(&floats, &scales));
        assert!(!fits(&[f32::NAN.to_le_bytes()], &[1.0]) && !fits(&[f32::INFINITY.to_le_bytes()], &[1.0]));
    }
}
