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
