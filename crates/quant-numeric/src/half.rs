//! Whole tensors of floats to IEEE half-precision floats, as TensorFlow Lite's converter stores them.
#![allow(clippy::inline_always)] // see `super::lanes`

use rayon::prelude::*;

use super::coding::{BLOCK, Float};

/// The largest finite half.
pub const HALF_MAX: f32 = 65504.0;

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
