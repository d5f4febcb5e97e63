//! Weights that are dequantized symmetric integers, as quantization-aware training leaves them: the scale is the least
//! difference of their magnitudes.

use quant_ir::error::{Error, Problem, Result};

use super::coding::Uniform;
use super::params::MIN_BOUND;
use super::slices::Slices;

/// Differences of this or less are none.
const NONE: f32 = 1e-9;
/// How far a recovered weight may be off.
const TOLERANCE: f32 = 1e-4;

/// The scale of each slice.
pub fn scales(values: &[f32], slices: Slices) -> Vec<f32> {
    let mut magnitudes = vec![vec![0.0_f32]; slices.count];
    for (run, values) in values.chunks(slices.inner).enumerate() {
        let slice = &mut magnitudes[run % slices.count];
        slice.extend(values.iter().map(|value| value.abs()));
    }
    let scale = |mut magnitudes: Vec<f32>| {
        magnitudes.sort_by(f32::total_cmp);
        let steps = magnitudes.windows(2).map(|pair| pair[1] - pair[0]);
        let least = steps.filter(|step| *step > NONE).reduce(f32::min);
        least.unwrap_or(MIN_BOUND).max(MIN_BOUND)
    };
    magnitudes.into_iter().map(scale).collect()
}

/// Refuses integers that do not stand for the weights.
///
/// # Errors
/// A weight is off by more than 1e-4.
pub fn check(values: &[f32], slices: Slices, uniform: &Uniform, integers: &[i16]) -> Result<()> {
    let scales = uniform.scale.singles();
    for (at, (value, q)) in values.iter().zip(integers).enumerate() {
        let recovered = f32::from(*q) * scales[at / slices.inner % slices.count];
        if (recovered - value).abs() > TOLERANCE {
            return Err(Error::new(
                "",
                Problem::Invalid(format!(
                    "element {at} is {value}, and the nearest integer of {} bits stands for {recovered}: it is no \
                     dequantized integer",
                    uniform.bits
                )),
                "recover weights of quantization-aware training, with their bits and granularity",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::coding::Scales;
    use super::super::params::integers;
    use super::*;

    #[test]
    fn integers_come_back() {
        let scale = [0.013_f32, 0.5];
        let q: Vec<i16> = vec![7, -3, 0, 2, 1, -7, 4, -8];
        let values: Vec<f32> = (0..8).map(|i| f32::from(q[i]) * scale[i / 4]).collect();
        let slices = Slices { count: 2, inner: 4 };
        let uniform = Uniform {
            bits: 4,
            signed: true,
            symmetric: true,
            narrow: false,
            scale: Scales::Single(scales(&values, slices)),
            zero_point: vec![0; 2],
            axis: Some(0),
            block: 0,
            hadamard: None,
            rank: 1,
            data: None,
        };
        let found = integers(&values, slices, &uniform);
        assert_eq!(found, q);
        assert!(check(&values, slices, &uniform, &found).is_ok());
        let other: Vec<f32> = values.iter().map(|x| x + 0.001).collect();
        let error = check(&other, slices, &uniform, &found).unwrap_err().to_string();
        assert!(error.starts_with("element 0 is 0.0920"), "{error}");
        assert_eq!(scales(&[0.0; 4], Slices::one(4)), [MIN_BOUND]);
    }
}
