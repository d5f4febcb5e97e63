//! Options of custom operators as structs: MediaPipe's own, as the compiler lays them out, and Ascend's attributes.

use quant_schema::{ActivationFunctionType as Activation, Padding};

use super::padding::window;
use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_kernel::Window;

/// The first `N` 32-bit little-endian integers of the custom options.
fn numbers<const N: usize>(call: &Call<'_>) -> Result<[i32; N]> {
    let bytes = call.op.custom_options.as_deref().unwrap_or_default();
    let (words, _) = bytes.as_chunks::<4>();
    let words = words.iter().map(|word| i32::from_le_bytes(*word));
    let words: Vec<i32> = words.take(N).collect();
    words.try_into().map_err(|_| {
        Error::new(
            call.place(),
            Problem::Count(format!("{} bytes of custom options", bytes.len())),
            format!("give the runtime's struct, at least {} bytes", 4 * N),
        )
    })
}

/// `TfLitePadding`: 1 is SAME, 2 VALID.
fn padding(call: &Call<'_>, number: i32) -> Result<Padding> {
    match number {
        1 => Ok(Padding::SAME),
        2 => Ok(Padding::VALID),
        _ => Err(Error::new(
            call.place(),
            Problem::Option(format!("padding {number}")),
            "use 1 for SAME or 2 for VALID",
        )),
    }
}

/// The beginning of `TfLiteTransposeConvParams`.
pub struct TransposeConv {
    pub padding: Padding,
    pub stride_h: usize,
    pub stride_w: usize,
}

impl TransposeConv {
    pub fn of(call: &Call<'_>) -> Result<Self> {
        let [padding, stride_w, stride_h] = numbers(call)?;
        Ok(Self {
            padding: self::padding(call, padding)?,
            stride_h: positive(call, stride_h)?,
            stride_w: positive(call, stride_w)?,
        })
    }
}

/// The beginning of `TfLitePoolParams`.
pub struct Pool {
    pub padding: Padding,
    pub stride_h: usize,
    pub stride_w: usize,
    pub filter_h: usize,
    pub filter_w: usize,
    pub activation: Activation,
}

impl Pool {
    pub fn of(call: &Call<'_>) -> Result<Self> {
        let [padding, stride_w, stride_h, filter_w, filter_h, activation] = numbers(call)?;
        // `TfLiteFusedActivation` counts as the schema does.
        let activation = i8::try_from(activation).map_or(Activation::SIGN_BIT, Activation);
        Ok(Self {
            padding: self::padding(call, padding)?,
            stride_h: positive(call, stride_h)?,
            stride_w: positive(call, stride_w)?,
            filter_h: positive(call, filter_h)?,
            filter_w: positive(call, filter_w)?,
            activation,
        })
    }

    /// The windows over rows and columns of an image.
    pub fn windows(&self, call: &Call<'_>, height: usize, width: usize) -> Result<(Window, Window)> {
        let window = |input: usize, size: usize, stride: usize| {
            window(self.padding, input, size, stride as i32, 1).map_err(|error| error.within(call.place()))
        };
        Ok((
            window(height, self.filter_h, self.stride_h)?,
            window(width, self.filter_w, self.stride_w)?,
        ))
    }
}

fn positive(call: &Call<'_>, number: i32) -> Result<usize> {
    usize::try_from(number).ok().filter(|x| *x > 0).ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Option(format!("a stride or size of {number} in its custom options")),
            "give positive ones",
        )
    })
}

/// The attributes of Ascend's quantization: scale and offset as floats, and the number of bits.
pub struct AscendQuant {
    pub scale: f32,
    pub offset: f32,
    /// 4 or 8.
    pub bits: u32,
}

impl AscendQuant {
    pub fn of(call: &Call<'_>) -> Result<Self> {
        let [scale, offset, bits] = numbers(call)?;
        let bits = u32::try_from(bits).ok().filter(|bits| [4, 8].contains(bits));
        let (scale, offset) = (
            f32::from_bits(scale.cast_unsigned()),
            f32::from_bits(offset.cast_unsigned()),
        );
        match bits {
            Some(bits) if scale.is_finite() && offset.is_finite() => Ok(Self { scale, offset, bits }),
            _ => Err(Error::new(
                call.place(),
                Problem::Option("a scale, offset or number of bits that is none".to_owned()),
                "give finite floats, and 4 or 8 bits",
            )),
        }
    }
}
