//! Energies of what a tensor should be and of its error.

use std::ops::AddAssign;

use quant_ir::value::{Data, Value};

use crate::metrics::numbers;

/// Sums over the elements of a tensor in all records, `a` being right and `b` looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Energy {
    /// `Σa²`.
    pub signal: f64,
    /// `Σ(a − b)²`.
    pub noise: f64,
}

/// Sums that run beside each other, so that the compiler can take several elements at once. Their order is part of the
/// result.
const LANES: usize = 8;

impl Energy {
    /// Of one value that should be another of the same shape.
    pub fn of(a: &Value, b: &Value) -> Self {
        if let (Data::F32(a), Data::F32(b)) = (&a.data, &b.data) {
            return pulp::Arch::new().dispatch(Sums { a, b });
        }
        let pairs = numbers(a).into_iter().zip(numbers(b));
        pairs.fold(Self::default(), |sum, (a, b)| sum.with(a, b))
    }

    /// With one more element; equal infinities differ by 0.
    fn with(self, a: f64, b: f64) -> Self {
        let off = if a == b { 0.0 } else { a - b };
        Self {
            signal: self.signal + a * a,
            noise: self.noise + off * off,
        }
    }

    /// `Σ(a − b)² / Σa²`: what part of the signal's energy the error has; 0 without any error, infinite without a signal.
    pub fn ratio(&self) -> f64 {
        if self.noise == 0.0 {
            0.0
        } else {
            self.noise / self.signal
        }
    }

    /// The same in decibels, `10 log10(Σa² / Σ(a − b)²)`: infinite without any error.
    pub fn sqnr(&self) -> f64 {
        -10.0 * self.ratio().log10()
    }
}

impl AddAssign for Energy {
    fn add_assign(&mut self, other: Self) {
        self.signal += other.signal;
        self.noise += other.noise;
    }
}

/// The sums of two lists of floats.
struct Sums<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl pulp::NullaryFnOnce for Sums<'_> {
    type Output = Energy;

    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a function that is not inlined is compiled for every machine only"
    )]
    fn call(self) -> Energy {
        let (mut signal, mut noise) = ([0.0f64; LANES], [0.0f64; LANES]);
        let (a, a_rest) = self.a.as_chunks::<LANES>();
        let (b, b_rest) = self.b.as_chunks::<LANES>();
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                let off = if a[lane] == b[lane] {
                    0.0
                } else {
                    f64::from(a[lane]) - f64::from(b[lane])
                };
                signal[lane] += f64::from(a[lane]) * f64::from(a[lane]);
                noise[lane] += off * off;
            }
        }
        let sum = Energy {
            signal: signal.iter().sum(),
            noise: noise.iter().sum(),
        };
        let rest = a_rest.iter().zip(b_rest);
        rest.fold(sum, |sum, (a, b)| sum.with(f64::from(*a), f64::from(*b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_formula() {
        let a: Vec<f32> = (0..37).map(|i| (i * i % 11) as f32 - 4.5).collect();
        let mut b = a.clone();
        b[3] += 0.5;
        b[36] -= 2.0;
        let value = |data: &[f32]| Value::f32(vec![data.len()], data.to_vec());
        let energy = Energy::of(&value(&a), &value(&b));
        let signal: f64 = a.iter().map(|x| f64::from(x * x)).sum();
        assert_eq!(energy, Energy { signal, noise: 4.25 });
        assert!((energy.sqnr() - 10.0 * (signal / 4.25).log10()).abs() < 1e-12);
        let same = Energy::of(&value(&[f32::INFINITY]), &value(&[f32::INFINITY]));
        assert_eq!((same.noise, same.sqnr()), (0.0, f64::INFINITY));
        assert!(
            Energy::of(&value(&[1.0; 9]), &value(&[f32::NAN; 9]))
                .noise
                .is_nan()
        );
    }
}
