//! Functions of 8-bit and 16-bit integers as tables, as TensorFlow Lite fills and reads them (`LUTPopulate`, `LUTLookup`).

use crate::round::{half_away_f32, half_away_f64};

/// Scale and zero point of a side of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Scale.
    pub scale: f32,
    /// Zero point.
    pub zero_point: i32,
}

/// The table of a function of 8-bit integers: entry `q − min` is `f(scale·(q − zero_point))` in the output's integers, to
/// nearest with halves away from zero. `min` is −128 or 0; all arithmetic is in f32, the output's scale as its reciprocal.
pub fn of_8_bits(input: Side, output: Side, min: i32, f: impl Fn(f32) -> f32) -> [i32; 256] {
    let inverse = 1.0 / output.scale;
    std::array::from_fn(|at| {
        let q = min + at as i32;
        let value = f(input.scale * (q - input.zero_point) as f32);
        let rounded = half_away_f32(value * inverse) as i32;
        rounded.saturating_add(output.zero_point).clamp(min, min + 255)
    })
}

/// Entries of a table of a function of 16-bit integers.
pub const ENTRIES_16: usize = 513;

macro_rules! of_16_bits {
    ($(#[$doc:meta])* $name:ident, $real:ty, $half_away:path) => {
        $(#[$doc])*
        #[allow(clippy::manual_midpoint)] // the sum is rounded, as in the original
        pub fn $name(
            (input_scale, input_zero): ($real, i32),
            (output_scale, output_zero): ($real, i32),
            f: impl Fn($real) -> $real,
        ) -> [i16; ENTRIES_16] {
            let (lowest, highest) = (i32::from(i16::MIN), i32::from(i16::MAX));
            let first = input_scale * (lowest - input_zero) as $real;
            let last = input_scale * (highest - input_zero) as $real;
            let output_min = output_scale * (lowest - output_zero) as $real;
            let output_max = output_scale * (highest - output_zero) as $real;
            let step = (last - first) / 512.0;
            let half = step / 2.0;
            let inverse = 65536.0 / (output_max - output_min);
            let clamped = |x: $real| x.clamp(lowest as $real, highest as $real) as i16;
            std::array::from_fn(|at| {
                let value = |x: $real| f(x) * inverse;
                if at == 512 {
                    return clamped($half_away(value(last)));
                }
                let x = first + at as $real * step;
                let sample = $half_away(value(x));
                let next = value(first + (at + 1) as $real * step);
                let between = $half_away((next + sample) / 2.0);
                let middle = $half_away(value(x + half));
                let bias = $half_away((between - middle) / 2.0);
                clamped(sample - bias)
            })
        }
    };
}

of_16_bits!(
    /// The table of a function of 16-bit integers, each side a scale and a zero point: samples at 512 equal steps over the
    /// input's range and at its end. Each sample gives way by half of what linear interpolation is off in the middle of its
    /// step.
    of_16_bits, f32, half_away_f32
);
of_16_bits!(
    /// The same in f64: SOFTMAX's tables.
    of_16_bits_in_f64, f64, half_away_f64
);

/// The function's value at an integer: linear between the samples.
#[must_use]
pub fn look_up_16(table: &[i16; ENTRIES_16], q: i16) -> i16 {
    let (index, offset) = (256 + (i32::from(q) >> 7), i32::from(q) & 127);
    let base = i32::from(table[index as usize]);
    // In 16 bits, so that steps from one end to the other wrap, as they do in the original.
    let slope = i32::from(table[index as usize + 1].wrapping_sub(table[index as usize]));
    let delta = (slope * offset + 64) >> 7;
    (base + delta) as i16
}
