//! Scale and zero point of a range, as onnxruntime computes them.

use quant_numeric::round::half_even_f64;

use super::integer::Integer;
use super::number::Float;

/// Scale and zero point of a tensor or a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Float of a step.
    pub scale: f32,
    /// The integer of 0.
    pub zero_point: i32,
}

/// How a range becomes parameters.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Integers.
    pub integer: Integer,
    /// Type of the tensor and of its scale.
    pub float: Float,
    /// Whether both ends of the range become as far from 0 as the farther one.
    pub symmetric: bool,
    /// Whether a bit of the integers stays unused.
    pub reduced: bool,
    /// The shortest range.
    pub shortest: Option<f64>,
}

impl Rule {
    /// Parameters of the values from `low` to `high`, with 0.
    ///
    /// The step is computed in f64, and the zero point from that step before it is rounded to the tensor's type. A range
    /// whose step is no normal number has the scale 1.
    pub fn params(self, low: f32, high: f32) -> Params {
        let (qmin, qmax) = self.integer.span(self.reduced, self.symmetric);
        let (low, high) = self.widened(low, high);
        let (low, high) = if self.symmetric {
            let far = low.abs().max(high.abs());
            (-far, far)
        } else {
            (low, high)
        };
        let step = (f64::from(high) - f64::from(low)) / f64::from(qmax - qmin);
        let scale = self.float.nearest(step);
        let vanishes = match self.float {
            Float::F32 => step < f64::from(f32::MIN_POSITIVE),
            Float::F16 => scale == 0.0,
        };
        if vanishes {
            return Params {
                scale: 1.0,
                zero_point: 0,
            };
        }
        let zero = if self.symmetric {
            f64::from(qmin + qmax) / 2.0
        } else {
            f64::from(qmin) - f64::from(low) / step
        };
        Params {
            scale,
            zero_point: half_even_f64(zero) as i32,
        }
    }

    fn widened(self, low: f32, high: f32) -> (f32, f32) {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let Some(shortest) = self.shortest else {
            return (low, high);
        };
        let least = self.float.plus(low, self.float.nearest(shortest));
        (low, high.max(least))
    }
}

/// Parameters of unsigned 8-bit activations whose zero point is 0 or 128: `ActivationRestrictedAsymmetric`.
pub fn restricted(low: f32, high: f32, shortest: Option<f64>) -> Params {
    let shortest = shortest.filter(|shortest| *shortest > 0.0);
    let low = f64::from(low).min(0.0);
    let high = f64::from(high).max(0.0);
    let high = shortest.map_or(high, |shortest| high.max(low + shortest));
    let (zero_point, step) = if high <= low {
        (0, 1.0 / 255.0)
    } else if low >= 0.0 {
        (0, high / 255.0)
    } else {
        (128, (-low / 128.0).max(high / 127.0))
    };
    let scale = step as f32;
    let least = shortest.map_or(0.0, |shortest| shortest / 255.0);
    let scale = if f64::from(scale) < least {
        least as f32
    } else {
        scale
    };
    Params { scale, zero_point }
}
