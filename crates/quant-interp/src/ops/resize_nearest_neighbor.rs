//! RESIZE_NEAREST_NEIGHBOR: an image of another size, each pixel the one nearest to its place.

use super::support::options;
use super::support::resize::{self, Placing};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_away_f32;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RESIZE_NEAREST_NEIGHBOR,
    name: "ResizeNearestNeighbor",
    inputs: (2, 2),
    shape: resize::shape,
    eval,
};

/// The input element for an output place.
fn nearest(place: usize, input: usize, output: usize, placing: Placing) -> usize {
    let middle = if placing.half_pixel_centers { 0.5 } else { 0.0 };
    let at = (place as f32 + middle) * placing.scale(input, output);
    let at = if placing.align_corners {
        half_away_f32(at)
    } else {
        at.floor()
    };
    (at as usize).min(input - 1)
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, ResizeNearestNeighborOptions);
    let placing = Placing {
        align_corners: options.align_corners,
        half_pixel_centers: options.half_pixel_centers,
    };
    let shape = resize::shape(call)?.swap_remove(0);
    let input = call.input(0)?;
    let &[_, old_height, old_width, _] = input.shape.as_slice() else {
        return Ok(Vec::new()); // the shape rule has refused other ranks
    };
    let (height, width, channels) = (shape[1], shape[2], shape[3]);
    let rows: Vec<usize> = (0..height)
        .map(|row| nearest(row, old_height, height, placing))
        .collect();
    let columns: Vec<usize> = (0..width)
        .map(|column| nearest(column, old_width, width, placing))
        .collect();
    let places = (0..shape[0]).flat_map(|batch| {
        let columns = &columns;
        rows.iter().flat_map(move |row| {
            columns.iter().flat_map(move |column| {
                let from = ((batch * old_height + row) * old_width + column) * channels;
                from..from + channels
            })
        })
    });
    Ok(vec![Value {
        data: input.data.gather(places),
        shape,
    }])
}
