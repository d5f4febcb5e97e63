//! What floats become: symmetric int8, from −127 to 127, of a constant or of each of its channels.

use quant_ir::error::Result;
use quant_ir::{Bytes, Content, DType, Model, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::coding::{MinMax, quantize_with_inverses};
use quant_numeric::divided::{self, Steps};
use quant_types::QuantType;

use super::super::common::parameters;
use super::state::Integers;
use crate::quantize::channels;
use crate::quantize::constant::measured_in;
use crate::scheme::setting::Per;

/// The largest integer.
const MAX: f64 = 127.0;

/// Whose formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formulas {
    /// The MLIR quantizer's: in f64.
    Mlir,
    /// The older quantizer's: in f32.
    Legacy,
}

/// The scale of the MLIR quantizer, in f64: of a range from −m to m, m the largest magnitude, which is 1e-6 wide at least.
fn scale((min, max): MinMax) -> f64 {
    let magnitude = f64::from(min.abs().max(max.abs()));
    let magnitude = if 2.0 * magnitude <= 1e-6 { 5e-7 } else { magnitude };
    2.0 * magnitude / (2.0 * MAX)
}

/// Scale and its reciprocal as the older quantizer has them: m / 127 and 127 / m in f32. Where there is nothing to scale, the
/// reciprocal is 0 and the scale that of zeros: 0 for a channel, 1 for a tensor.
fn legacy((min, max): MinMax, channel: bool) -> (f32, f32) {
    let (magnitude, most) = (min.abs().max(max.abs()), MAX as f32);
    let scale = magnitude / most;
    if scale == 0.0 {
        return (if channel { 0.0 } else { 1.0 }, 0.0);
    }
    (scale, most / magnitude)
}

/// Puts integers in the place of a constant: with a scale for each channel of `axis`, or one.
///
/// # Errors
/// A constant that is not of its shape, has no such dimension or a value that is not finite.
pub fn store(
    model: &mut Model,
    (graph, id): (usize, TensorId),
    (axis, formulas): (Option<usize>, Formulas),
    made: &mut Integers,
) -> Result<()> {
    let tensor = model.graphs()[graph].tensor(id);
    let channels = match axis {
        Some(axis) => channels::of(tensor, axis, Per::Channel)?,
        None => Channels::one(),
    };
    // Where tensors share their bytes, these decide what the integers are.
    let key = axis.map_or((0, Vec::new()), |axis| (axis + 1, tensor.shape.clone()));
    let quant = made.store(model, (graph, id), (key, DType::Int8), |model| {
        let (floats, ranges) = measured_in(model, graph, id, channels)?;
        let mut integers = quant_schema::zeros(floats.len());
        let scales: Vec<f32> = match formulas {
            Formulas::Mlir => {
                let steps = |range: MinMax| Steps {
                    scale: scale(range),
                    zero_point: 0,
                    low: -(MAX as i64),
                    high: MAX as i64,
                };
                let steps: Vec<Steps> = ranges.into_iter().map(steps).collect();
                divided::quantize(&floats, channels, &steps, &mut integers);
                steps.iter().map(|steps| steps.scale as f32).collect()
            }
            Formulas::Legacy => {
                let both = ranges.into_iter().map(|range| legacy(range, axis.is_some()));
                let (scales, inverses): (Vec<f32>, Vec<f32>) = both.unzip();
                quantize_with_inverses(QuantType::Int8, channels, &inverses, &floats, &mut integers);
                scales
            }
        };
        let dimension = axis.unwrap_or_default() as i32;
        Ok((
            Content::Plain(Bytes::new(integers)),
            parameters::per_channel(scales, dimension),
        ))
    })?;
    model.graphs_mut()[graph].tensor_mut(id).quant = Some(quant);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_of_the_mlir_quantizer_are_f64() {
        assert_eq!(scale((-1.0, 0.5)), 2.0 / 254.0);
        assert_eq!(scale((0.0, 0.3)), 2.0 * f64::from(0.3_f32) / 254.0);
        // Ranges of 1e-6 and less are widened.
        let tiny = 1e-6 / 254.0;
        for (m, wanted) in [
            (0.0, tiny),
            (4.9e-7, tiny),
            (5.000_001e-7_f32, 2.0 * f64::from(5.000_001e-7_f32) / 254.0),
        ] {
            assert_eq!(scale((-m, 0.0)), wanted, "{m}");
        }
        assert!(scale((f32::MIN, 0.0)).is_finite());
    }

    #[test]
    fn scales_of_the_older_quantizer_are_f32() {
        for channel in [false, true] {
            assert_eq!(legacy((-2.0, 1.0), channel), (2.0 / 127.0, 127.0 / 2.0));
            assert_eq!(legacy((0.0, 1e-7), channel), (1e-7 / 127.0, 127.0 / 1e-7));
        }
        assert_eq!(legacy((0.0, 0.0), false), (1.0, 0.0));
        assert_eq!(legacy((0.0, 0.0), true), (0.0, 0.0));
        // Less than a scale can hold is nothing.
        assert_eq!(legacy((0.0, f32::from_bits(60)), true), (0.0, 0.0));
        // The reciprocal of the scale is often another float.
        let other = |m: &i32| {
            let (scale, inverse) = legacy((0.0, *m as f32 * 0.01), true);
            inverse != quant_numeric::affine::inv_scale(scale)
        };
        assert!((1..1000).filter(other).count() > 100);
    }
}
