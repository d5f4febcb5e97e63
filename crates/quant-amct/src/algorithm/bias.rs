//! Bias as int32, and the words that AscendDequant reads.

use quant_ir::{Error, Result};
use quant_numeric::round::half_even_f32;

/// `round_half_even_f32(b / (scale_d · scale_w))` for each value, each operation in f32; `scale_w` has one scale or as many as there are values. A value
/// outside int32 is an error.
pub fn quantize(bias: &[f32], scale_d: f32, scale_w: &[f32]) -> Result<Vec<i32>> {
    let value = |(index, &b): (usize, &f32)| {
        let step = scale_d * scale_of(scale_w, index);
        let q = half_even_f32(b / step);
        // 2^31 is the first f32 above int32.
        if (-2_147_483_648.0..2_147_483_648.0).contains(&q) {
            return Ok(q as i32);
        }
        Err(Error::invalid(
            "",
            format!(
                "Do bias quantize failed. Bias {index} is {b}, which is {q} steps of {step:e} and no int32"
            ),
            "leave the layer float (quant_enable false), or calibrate it with data whose scale is not so small",
        ))
    };
    bias.iter().enumerate().map(value).collect()
}

/// `scale_d · scale_w` in f32, one for each scale of the weights.
pub fn dequant_scales(scale_d: f32, scale_w: &[f32]) -> Vec<f32> {
    scale_w.iter().map(|&w| scale_d * w).collect()
}

/// The word of AscendDequant: bits 0–31 are those of the f32 scale, bits 32–39 the shift (0 here).
pub fn dequant_word(scale: f32, shift: u8) -> u64 {
    u64::from(scale.to_bits()) | u64::from(shift) << 32
}

/// The scale that FORCE_FP16_QUANT leaves: its 19 highest bits.
pub fn s19(scale: f32) -> f32 {
    f32::from_bits(scale.to_bits() & 0xFFFF_E000)
}

fn scale_of(scales: &[f32], index: usize) -> f32 {
    if scales.len() == 1 {
        scales[0]
    } else {
        scales[index]
    }
}
