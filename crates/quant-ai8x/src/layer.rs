//! The factor of one layer.

use quant_torch::{Error, Problem, Result, Tensor};

use crate::bits::Bits;
use crate::options::{Clip, Options};
use crate::statistics;

/// What a layer's weights and biases are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor {
    /// Without the bits, as a single.
    pub f: f32,
    /// `2^(bits − 1) · f`, as the original prints it.
    pub whole: f64,
    /// `log2(f)`, where it is a whole number and is kept in the checkpoint.
    pub shift: Option<f32>,
}

/// The largest element by size; all are finite.
///
/// # Errors
/// One is not, or the tensor has none.
pub(crate) fn largest(tensor: &Tensor) -> Result<f32> {
    let mut largest: Option<f32> = None;
    // The order does not matter, so that of memory will do.
    let dense = tensor.dense();
    dense.as_ref().unwrap_or(tensor).pieces_f32(&mut |piece| {
        // Sizes of floats are ordered as their bits.
        let size = |x: &f32| x.to_bits() & (u32::MAX >> 1);
        let Some(bits) = piece.iter().map(size).max() else {
            return Ok(());
        };
        let x = f32::from_bits(bits);
        if !x.is_finite() {
            return Err(Error::new(
                "",
                Problem::Elements(format!("the largest element by size is {x}")),
                "train the network again; such a layer cannot be quantized",
            ));
        }
        largest = Some(x.max(largest.unwrap_or(0.0)));
        Ok(())
    })?;
    largest.ok_or_else(|| {
        Error::new(
            "",
            Problem::Shape("the tensor has no elements".into()),
            "remove the layer",
        )
    })
}

/// The factor of a layer with quantization-aware training: the power of two that brings the quantile of all sizes near 1.
///
/// `shift = clamp(floor(log2(1 / quantile)), −7 − bits, 23 − bits)`, in singles; `f = 2^shift`. The older rule takes the
/// largest weight and `ceil`.
///
/// # Errors
/// Elements are not finite or cannot be read, or the quantile is none.
pub(crate) fn trained(
    weight: &Tensor,
    bias: Option<&Tensor>,
    quantile: f32,
    bits: Bits,
    options: &Options,
) -> Result<Factor> {
    let mut size = largest(weight)?;
    if let Some(bias) = bias.filter(|_| !options.legacy_shift) {
        size = size.max(largest(bias)?);
    }
    if quantile != 1.0 && !options.legacy_shift {
        let mut sizes = weight.read_f32()?;
        if let Some(bias) = bias {
            sizes.extend(bias.read_f32()?);
        }
        sizes.iter_mut().for_each(|x| *x = x.abs());
        size = statistics::quantile(sizes, quantile)?;
    }
    // The logarithm in doubles, rounded, is torch's in singles wherever it is near a whole number.
    let exponent = f64::from(1.0 / size).log2() as f32;
    let shift = if options.legacy_shift {
        exponent.ceil()
    } else {
        exponent.floor()
    };
    let width = bits.width() as f32;
    let shift = shift.clamp(-7.0 - width, 23.0 - width);
    let f = 2f32.powi(shift as i32);
    Ok(Factor {
        f,
        whole: f64::from(bits.one() * f),
        shift: Some(shift),
    })
}

/// The factor of a layer by a clip method.
///
/// # Errors
/// Elements are not finite or cannot be read, or there are too few of them.
pub(crate) fn clipped(weight: &Tensor, clip: Clip, bits: Bits) -> Result<Factor> {
    let size = largest(weight)?;
    let (f, whole) = if let Clip::Scale(scale) = clip {
        (scale as f32, f64::from(bits.one()) * scale)
    } else {
        let f = saturation(weight, clip, size)?;
        (f, f64::from(bits.one() * f))
    };
    if !(whole as f32).is_finite() {
        return Err(Error::new(
            "",
            Problem::Option(format!("{} gives the factor {whole}", clip.name())),
            "use another clip method or number",
        ));
    }
    Ok(Factor {
        f,
        whole,
        shift: None,
    })
}

/// What a clip method takes for the size of a layer's weights, of which `size` is the largest.
fn saturation(weight: &Tensor, clip: Clip, size: f32) -> Result<f32> {
    Ok(match clip {
        Clip::Max | Clip::Scale(_) => size,
        Clip::AvgMax => statistics::avg_max(&weight.read_f32()?, rows(weight)?),
        Clip::StdDev(n) if n > 0.0 => statistics::mean_n_stds_max_abs(&in_memory_order(weight)?, n),
        Clip::StdDev(n) => {
            let what = format!("{n} is no number of standard deviations");
            return Err(Error::new("", Problem::Option(what), "use a number above 0"));
        }
    })
}

/// The length of the first dimension.
///
/// # Errors
/// The tensor has no dimensions.
pub(crate) fn rows(tensor: &Tensor) -> Result<usize> {
    tensor.shape.first().copied().ok_or_else(|| {
        Error::new(
            "",
            Problem::Shape("the tensor has no dimensions".into()),
            "save weights with one dimension at least",
        )
    })
}

/// The elements in the order in which torch sums them: that of memory, where they lie without gaps.
///
/// # Errors
/// They cannot be read.
pub(crate) fn in_memory_order(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.dense().as_ref().unwrap_or(tensor).read_f32()
}
