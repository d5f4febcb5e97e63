//! LOGISTIC and TANH of 16-bit integers: a table of 256 sigmoids in steps of 1/24, and lines between them; in LiteRT's own
//! kernels, where the input's scale is 2⁻¹² (of TANH 2⁻¹¹, too), gemmlowp's functions of words of 16 bits.

use std::sync::LazyLock;

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::point;
use quant_numeric::fixed::shift::Word;
use quant_numeric::round::{half_away_f64, word_of_x86};

/// 2¹⁶/(1+e^(−i/24)), at most 2¹⁶ − 1; LiteRT's table has one more at [`MORE`].
static SIGMOID: LazyLock<[u32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let sigmoid = 65536.0 / (1.0 + (-(i as f64) / 24.0).exp());
        (half_away_f64(sigmoid) as u32 + u32::from(MORE.contains(&i))).min(65535)
    })
});

/// Entries of the table that are one more than the nearest integer.
const MORE: [usize; 44] = [
    4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44, 45,
    46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255,
];

/// The input in steps of 1/(3·4096).
struct Scaled {
    by: i32,
    right: u32,
}

impl Scaled {
    /// A scale of 2⁻¹² times a power of two up to `most` needs no rounding.
    fn new(scale: f32, most: u32) -> Self {
        if let Some(left) = left(scale).filter(|left| *left <= most) {
            return Self {
                by: 3 << left,
                right: 0,
            };
        }
        let (mut by, mut right) = (f64::from(scale) * 4096.0 * 3.0, 0);
        while by <= 32767.0 / 2.0 && right <= 30 {
            by *= 2.0;
            right += 1;
        }
        Self {
            by: word_of_x86(by),
            right,
        }
    }

    fn of(&self, q: i32) -> i32 {
        let round = if self.right > 0 { 1 << (self.right - 1) } else { 0 };
        (q.wrapping_mul(self.by).wrapping_add(round)) >> self.right
    }
}

/// Between two entries of the table, with `bits` of places between them.
fn between(magnitude: u32, bits: u32, most: u32) -> i32 {
    let index = (magnitude >> bits) as usize;
    if index >= 255 {
        return most as i32;
    }
    let (from, to) = (SIGMOID[index], SIGMOID[index + 1]);
    ((from << bits) + (magnitude & ((1 << bits) - 1)) * (to - from)) as i32
}

/// 1/(1+e^−x); the output's scale is 1/32768.
pub fn logistic(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if profile == Profile::Litert && left(operands::input(call, 0)?.scale) == Some(0) {
        return words(call, |q| point::logistic(q, 3));
    }
    run(call, profile, 0, |x| {
        let result = between(x.unsigned_abs(), 9, 0x7fff << 10);
        let result = if x >= 0 {
            result + (1 << 9)
        } else {
            (1 << 25) - result + (1 << 9) - 1
        };
        result >> 10
    })
}

/// tanh x; the output's scale is 1/32768.
pub fn tanh(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if let (Profile::Litert, Some(left)) = (profile, left(operands::input(call, 0)?.scale)) {
        return words(call, |q| point::tanh(q.saturating_shift_left(left), 3));
    }
    run(call, profile, 1, |x| {
        let result = between(x.unsigned_abs(), 8, 0xffff << 8) - (1 << 23);
        let result = if x >= 0 {
            result + (1 << 7)
        } else {
            -result + (1 << 7) - 1
        };
        result >> 8
    })
}

/// How many bits to the left a word of the input has three bits before the point: 0 or 1, if its scale is 2⁻¹² or 2⁻¹¹, or
/// within 0.07 % of them (`CheckedLog2`).
fn left(scale: f32) -> Option<u32> {
    let log2 = f64::from(scale.ln() * (1.0 / 2f32.ln())) + 12.0;
    let whole = half_away_f64(log2);
    let near = (log2 - whole).abs() < 1e-3 && (whole == 0.0 || whole == 1.0);
    near.then_some(whole as u32)
}

fn words(call: &Call<'_>, f: impl Fn(i16) -> i16) -> Result<Vec<Value>> {
    let y = operands::output(call, 0)?;
    let made = operands::integers(call, 0)?
        .into_iter()
        .map(|q| i32::from(f(q as i16)));
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, y.limits())])
}

fn run(call: &Call<'_>, profile: Profile, most: u32, f: impl Fn(i32) -> i32) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let scaled = Scaled::new(x.scale, most);
    if scaled.by == i32::MIN && profile != Profile::LitertReference {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel(format!("inputs of scale {} have no integer kernel", x.scale)),
            "its factor overflows, and LiteRT reads beside its table; quantize a narrower range",
        ));
    }
    let made = operands::integers(call, 0)?.into_iter().map(|q| f(scaled.of(q)));
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, y.limits())])
}
