//! toco's formulas. Scales are f64 until they are written.

use quant_ir::{Bytes, Content, DType, Float, QuantParam};
use quant_numeric::nudge::choose;
use quant_numeric::round::half_away_f64;
use rayon::prelude::*;

use super::super::common::parameters::per_tensor;

/// Values that a task takes.
const TASK: usize = 1 << 16;

/// What integers of uint8 stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Real distance of two neighbouring integers.
    pub scale: f64,
    /// The integer that means 0.
    pub zero_point: i64,
}

impl Params {
    /// Those of a range, to which 0 is joined. A range of 0 alone, or one so narrow that its scale is no normal f32, is taken
    /// as that from 0 to 1: toco did it with constants, and refused activations.
    pub fn of((min, max): (f32, f32)) -> Self {
        let (min, max) = (f64::from(min).min(0.0), f64::from(max).max(0.0));
        let narrow = (max - min) / 255.0 < f64::from(f32::MIN_POSITIVE);
        let (min, max) = if narrow { (0.0, 1.0) } else { (min, max) };
        let (scale, zero_point) = choose(min, max, 0, 255);
        Self { scale, zero_point }
    }

    /// As a model holds them.
    pub fn stored(self) -> QuantParam {
        per_tensor(self.scale as f32, self.zero_point)
    }

    /// As those of a tensor of that type at the interface: int8 is uint8 less 128.
    pub fn outside(self, dtype: DType) -> QuantParam {
        let shift = if dtype == DType::Int8 { 128 } else { 0 };
        per_tensor(self.scale as f32, self.zero_point - shift)
    }

    /// A constant: `q = round(zero point + x · (1 / scale))` in f64, half away from zero, from 0 to 255.
    pub fn constant(self, floats: &[Float]) -> Content {
        let (zero_point, inv_scale) = (self.zero_point as f64, 1.0 / self.scale);
        let code = |x: &Float| {
            let x = f64::from(f32::from_le_bytes(*x));
            half_away_f64(zero_point + inv_scale * x) as u8
        };
        let mut integers = quant_schema::zeros(floats.len());
        let tasks = floats.par_chunks(TASK).zip(integers.par_chunks_mut(TASK));
        tasks.for_each(|(floats, integers)| {
            floats.iter().zip(integers).for_each(|(x, q)| *q = code(x));
        });
        Content::Plain(Bytes::new(integers))
    }
}

/// A bias: `q = round(x · (1 / scale))` in f64, half away from zero, within int32.
pub fn bias(floats: &[Float], scale: f64) -> Content {
    let inv_scale = 1.0 / scale;
    let code = |x: &Float| half_away_f64(inv_scale * f64::from(f32::from_le_bytes(*x))) as i32;
    let bytes: Vec<u8> = floats.iter().map(code).flat_map(i32::to_le_bytes).collect();
    bytes.into()
}

/// Whether a bias whose largest magnitude is this fits int32 with that scale, and the scale is a float.
pub fn fits(largest: f32, scale: f64) -> bool {
    scale as f32 >= f32::MIN_POSITIVE && f64::from(largest) / scale <= f64::from(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(values: &[f32]) -> Vec<Float> {
        values.iter().map(|x| x.to_le_bytes()).collect()
    }

    #[test]
    fn ranges_hold_zero() {
        let rows = [
            ((0.5, 2.55), 2.55_f32, 0),
            ((-2.55, -0.5), 2.55, 255),
            ((0.0, 0.0), 1.0, 0),
            // Less than a scale can hold.
            ((0.0, 1e-36), 1.0, 0),
            // What the calibrator leaves of a tensor that is never above 0.
            ((-2.55, f32::MIN_POSITIVE), 2.55, 255),
        ];
        for ((min, max), width, zero_point) in rows {
            let params = Params::of((min, max));
            assert_eq!(
                params.scale as f32,
                (f64::from(width) / 255.0) as f32,
                "{min}…{max}"
            );
            assert_eq!(params.zero_point, zero_point, "{min}…{max}");
        }
    }

    #[test]
    fn constants_are_rounded_after_the_zero_point() {
        let params = Params {
            scale: 0.5,
            zero_point: 3,
        };
        let floats = bytes(&[0.0, 0.25, -0.25, -0.75, -1.75, 126.0, 1e30, -1e30]);
        let wanted = [3, 4, 3, 2, 0, 255, 255, 0];
        assert_eq!(params.constant(&floats).bytes()[..], wanted);
    }

    #[test]
    fn biases_saturate() {
        let floats = bytes(&[1.25, -1.25, 1e12, -1e12]);
        let wanted: Vec<u8> = [3, -3, i32::MAX, i32::MIN]
            .into_iter()
            .flat_map(i32::to_le_bytes)
            .collect();
        assert_eq!(bias(&floats, 0.5).bytes()[..], wanted);
        assert!(fits(1.0, 1e-9) && !fits(1.0, 1e-10) && !fits(0.0, 1e-40));
    }
}
