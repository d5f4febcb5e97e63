//! Whole tensors of floats to IEEE half-precision floats, as TensorFlow Lite's converter stores them.
#![allow(clippy::inline_always)] // see `super::lanes`

use rayon::prelude::*;

use super::coding::Float;

/// The largest finite half.
pub const HALF_MAX: f32 = 65504.0;

/// Values that a task takes.
const BLOCK: usize = 1 << 16;

/// The bits of the half next to a value, the even one of two. A value beyond ±65504, infinity too, becomes that; NaN is a
/// NaN without a payload.
///
/// From 2⁻¹⁴ on, a half has the float's exponent less 112 and the upper 10 bits of its mantissa: half of the last place
/// that stays, less one where that place is even, is added, and the rest cut off. Below, the steps are 2⁻²⁴ wide, and so
/// are those of floats from 0.5 to 1: adding 0.5 rounds to them.
#[inline(always)]
pub fn bits(x: f32) -> u16 {
    const CUT: u32 = 13;
    const SMALLEST_NORMAL: u32 = 113 << 23;
    const INFINITE: u32 = 0x7f80_0000;
    let sign = (x.to_bits() >> 16) & 0x8000;
    let magnitude = x.to_bits() & 0x7fff_ffff;
    let clamped = magnitude.min(HALF_MAX.to_bits());
    let normal = clamped
        .wrapping_sub(112 << 23)
        .wrapping_add(0x0fff + ((clamped >> CUT) & 1))
        >> CUT;
    let small = (f32::from_bits(clamped) + 0.5)
        .to_bits()
        .wrapping_sub(0.5_f32.to_bits());
    let half = if clamped < SMALLEST_NORMAL { small } else { normal };
    let half = if magnitude > INFINITE { 0x7e00 } else { half };
    (sign | half) as u16
}

/// The halves of these values ([`bits`]), the low byte first, on as many threads as the current rayon pool has.
pub fn halves(values: &[Float], halves: &mut [[u8; 2]]) {
    let blocks = values.par_chunks(BLOCK).zip(halves.par_chunks_mut(BLOCK));
    blocks.for_each(|(values, halves)| pulp::Arch::new().dispatch(Block { values, halves }));
}

struct Block<'a> {
    values: &'a [Float],
    halves: &'a mut [[u8; 2]],
}

impl pulp::NullaryFnOnce for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (x, half) in self.values.iter().zip(self.halves) {
            *half = bits(f32::from_le_bytes(*x)).to_le_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::half::f16;

    fn wanted(x: f32) -> u16 {
        if x.is_nan() {
            return 0x7e00 | u16::from(x.is_sign_negative()) << 15;
        }
        f16::from_f32(x.clamp(-HALF_MAX, HALF_MAX)).to_bits()
    }

    #[test]
    fn every_half_and_the_floats_around_each_tie() {
        for half in 0..0x7bff_u16 {
            let (low, high) = (f16::from_bits(half).to_f32(), f16::from_bits(half + 1).to_f32());
            let tie = f32::midpoint(low, high);
            let near =
                |x: f32| [x.to_bits().wrapping_sub(1), x.to_bits(), x.to_bits() + 1].map(f32::from_bits);
            for x in [low, tie, high].into_iter().flat_map(near) {
                for x in [x, -x] {
                    assert_eq!(bits(x), wanted(x), "{x:e}");
                }
            }
        }
    }

    #[test]
    fn what_no_half_can_hold() {
        let rows = [
            (65504.0, 0x7bff),
            (65519.996, 0x7bff),
            (65520.0, 0x7bff),
            (-65536.0, 0xfbff),
            (f32::MAX, 0x7bff),
            (f32::INFINITY, 0x7bff),
            (f32::NEG_INFINITY, 0xfbff),
            (f32::NAN, 0x7e00),
            (-f32::NAN, 0xfe00),
            (f32::from_bits(0x7f80_0001), 0x7e00),
            (0.0, 0),
            (-0.0, 0x8000),
            (f32::from_bits(1), 0),
            (2.980_232_2e-8, 0),
            (2.980_232_6e-8, 1),
        ];
        for (x, half) in rows {
            assert_eq!(bits(x), half, "{x:e}");
        }
    }

    #[test]
    fn tensors_are_taken_value_by_value() {
        for count in [0, 1, 7, 33, BLOCK - 1, BLOCK + 9] {
            let number = |i: usize| ((i * 7919 % 4093) as f32 - 2000.0) * 1.7f32.powi(i as i32 % 60 - 40);
            let values: Vec<Float> = (0..count).map(|i| number(i).to_le_bytes()).collect();
            let mut got = vec![[0; 2]; count];
            halves(&values, &mut got);
            let naive = (0..count).map(|i| wanted(number(i)).to_le_bytes());
            assert!(got.iter().copied().eq(naive), "{count}");
        }
    }
}
