//! What the resizing operators share.

use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};

/// How places of the output are places of the input.
#[derive(Clone, Copy, Debug)]
pub struct Placing {
    /// The first and last elements of both lie on each other.
    pub align_corners: bool,
    /// Elements are areas whose middle counts, not points.
    pub half_pixel_centers: bool,
}

impl Placing {
    /// Input elements for one output element.
    pub fn scale(self, input: usize, output: usize) -> f32 {
        if self.align_corners && output > 1 {
            (input - 1) as f32 / (output - 1) as f32
        } else {
            input as f32 / output as f32
        }
    }

    /// Where in the input a place of the output is.
    pub fn at(self, place: usize, input: usize, output: usize) -> f32 {
        let scale = self.scale(input, output);
        if self.half_pixel_centers {
            (place as f32 + 0.5) * scale - 0.5
        } else {
            place as f32 * scale
        }
    }

    /// For each place of the output, what is around it.
    pub fn around(self, input: usize, output: usize) -> Vec<Around<f32>> {
        let around = |place| {
            let at = self.at(place, input, output);
            let low = (at.floor().max(0.0) as usize).min(input - 1);
            let high = (at.ceil().max(0.0) as usize).min(input - 1);
            (low, high, at - low as f32)
        };
        (0..output).map(around).collect()
    }
}

/// Along one dimension, the elements of the input around a place of the output, and the weight of the second.
pub type Around<W> = (usize, usize, W);

/// What `each` makes of the elements around each place of the output (top left, top right, bottom left, bottom right) and of
/// the weights of the lower and of the right ones. The input is `[batch, height, width, channels]`.
pub fn corners<T: Copy, W: Copy, R>(
    (data, input): (&[T], &[usize]),
    (rows, columns): (&[Around<W>], &[Around<W>]),
    each: impl Fn([T; 4], W, W) -> R,
) -> Vec<R> {
    let &[batch, height, width, channels] = input else {
        return Vec::new(); // the shape rule has refused other ranks
    };
    let mut made = Vec::with_capacity(batch * rows.len() * columns.len() * channels);
    for image in data.chunks_exact((height * width * channels).max(1)) {
        for &(top, bottom, down) in rows {
            for &(left, right, along) in columns {
                let pixel = |y: usize, x: usize| &image[(y * width + x) * channels..][..channels];
                let upper = pixel(top, left).iter().zip(pixel(top, right));
                let lower = pixel(bottom, left).iter().zip(pixel(bottom, right));
                made.extend(
                    upper
                        .zip(lower)
                        .map(|((a, b), (c, d))| each([*a, *b, *c, *d], down, along)),
                );
            }
        }
    }
    made
}

/// `[batch, height, width, channels]` of input 0 with the height and width that input 1 gives.
pub fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (input, size) = (&call.input(0)?.shape, call.ints(1)?);
    let sizes: Option<Vec<usize>> = size
        .iter()
        .map(|d| usize::try_from(*d).ok().filter(|d| *d > 0))
        .collect();
    let (&[batch, old_height, old_width, channels], Some(&[height, width])) =
        (input.as_slice(), sizes.as_deref())
    else {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!("input {input:?} to size {size:?}")),
            "give [batch, height, width, channels] and a positive [height, width]",
        ));
    };
    if old_height == 0 || old_width == 0 {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!("input {input:?} has no pixels")),
            "give at least one",
        ));
    }
    Ok(vec![vec![batch, height, width, channels]])
}
