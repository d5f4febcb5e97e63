//! The formulas: ranges to scales and zero points, numbers to integers. In f32, rounded after each operation, as NumPy
//! does, but for ranges that come from other parameters ([`Range::Derived`]), which NumPy has in f64.

use quant_ir::DType;
use quant_numeric::round::{half_even_f32, half_even_f64};

use super::coding::{Range, Scales, Uniform, limits};
use super::entry::{Kind, TensorConfig};
use super::slices::Slices;

/// The least range, so that no scale is 0.
pub const MIN_BOUND: f32 = 1e-9;
/// The largest scale of a block: larger ones are no halves of 8 bits of mantissa.
const MAX_BLOCK_SCALE: f32 = 65280.0;
/// The least positive half.
const MIN_HALF: f32 = 1.0 / (1 << 24) as f32;

/// Parameters of an activation; `None` when no scale can hold its range.
pub fn activation(range: Range, config: TensorConfig) -> Option<Uniform> {
    let signed = config.kind != Kind::Uint;
    let (low, high) = limits(config.bits, signed);
    let (scale, zero_point, rank) = match range {
        Range::Recorded { min, max, rank } => {
            let (scale, zero_point) = one(min, max, config.symmetric, low as f32, high as f32)?;
            (Scales::Single(vec![scale]), zero_point, rank)
        }
        Range::Derived { min, max } => {
            let floor = f64::from(MIN_BOUND);
            let (bound, steps) = if config.symmetric {
                (min.abs().max(max.abs()).max(floor), high)
            } else {
                ((max.max(0.0) - min.min(0.0)).max(floor), high - low)
            };
            let scale = bound / steps;
            let zero_point = if config.symmetric {
                0.0
            } else {
                half_even_f64(low - min.min(0.0) / scale)
            };
            (Scales::Scalar(scale), zero_point as i64, 0)
        }
    };
    Some(Uniform {
        bits: config.bits,
        signed,
        symmetric: config.symmetric,
        narrow: config.symmetric && config.bits >= 8,
        scale,
        zero_point: vec![zero_point],
        axis: None,
        block: 0,
        hadamard: None,
        rank,
        data: None,
    })
}

/// Scale and zero point of one range; `None` when no scale can hold it.
pub fn one(min: f32, max: f32, symmetric: bool, low: f32, high: f32) -> Option<(f32, i64)> {
    if symmetric {
        let bound = min.abs().max(max.abs()).max(MIN_BOUND);
        return Some((bound / high, 0)).filter(|(scale, _)| scale.is_finite() && min <= max);
    }
    let (most, least) = (max.max(0.0), min.min(0.0));
    let scale = (most - least).max(MIN_BOUND) / (high - low);
    let zero_point = half_even_f32(low - least / scale);
    Some((scale, zero_point as i64)).filter(|(scale, _)| scale.is_finite() && min <= max)
}

/// The scale of symmetric weights that reach as far as `bound`.
pub fn symmetric(bound: f32, bits: u8) -> f32 {
    let (_, high) = limits(bits, true);
    bound.max(MIN_BOUND) / high as f32
}

/// A block's scale: a half with the mantissa of a bfloat16.
///
/// The original lets it become 0 or infinite (`compat`), and then divides by it.
pub fn block_scale(scale: f32, compat: bool) -> f32 {
    let scale = if compat { scale } else { scale.min(MAX_BLOCK_SCALE) };
    let half = half::f16::from_f32(half::bf16::from_f32(scale).to_f32()).to_f32();
    if compat { half } else { half.max(MIN_HALF) }
}

/// Integers of a constant.
pub fn integers(values: &[f32], slices: Slices, uniform: &Uniform) -> Vec<i16> {
    let (low, high) = uniform.limits();
    let (low, high) = (low as f32, high as f32);
    let scales = uniform.scale.singles();
    let mut integers = Vec::with_capacity(values.len());
    for (run, values) in values.chunks(slices.inner.max(1)).enumerate() {
        let at = run % slices.count.max(1);
        let (scale, zero_point) = (scales[at], uniform.zero_point[at] as f32);
        integers.extend(
            values
                .iter()
                .map(|value| integer(*value, scale, zero_point, low, high)),
        );
    }
    integers
}

/// The integer of a value; 0 for 0/0.
pub fn integer(value: f32, scale: f32, zero_point: f32, low: f32, high: f32) -> i16 {
    half_even_f32(value / scale + zero_point).clamp(low, high) as i16
}

/// The bytes of integers.
pub fn pack(dtype: DType, integers: &[i16]) -> Vec<u8> {
    match dtype {
        DType::Int16 => integers.iter().flat_map(|q| q.to_le_bytes()).collect(),
        DType::Int4 => {
            let nibble = |pair: &[i16]| (pair[0] as u8 & 0x0f) | (pair.get(1).map_or(0, |q| (*q as u8) << 4));
            integers.chunks(2).map(nibble).collect()
        }
        DType::Int2 => {
            let place = |byte, (at, q): (usize, &i16)| byte | ((*q as u8 & 0x03) << (2 * at));
            let four = |four: &[i16]| four.iter().enumerate().fold(0, place);
            integers.chunks(4).map(four).collect()
        }
        _ => integers.iter().map(|q| *q as u8).collect(),
    }
}

/// Halves of floats; the original makes infinities of those beyond 65504 (`compat`).
pub fn halves(values: &[f32], compat: bool) -> Vec<u8> {
    let most = half::f16::MAX.to_f32();
    let near = |value: &f32| if compat { *value } else { value.clamp(-most, most) };
    let halves = values.iter().map(|value| half::f16::from_f32(near(value)));
    halves.flat_map(half::f16::to_le_bytes).collect()
}
