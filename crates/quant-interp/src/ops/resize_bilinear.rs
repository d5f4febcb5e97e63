//! RESIZE_BILINEAR: an image of another size, each pixel weighted from the four around its place.

use super::ready::Other;
use super::support::options;
use super::support::resize::{self, Placing};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RESIZE_BILINEAR,
    name: "ResizeBilinear",
    inputs: (2, 2),
    shape,
    eval,
};

/// As ONE's binaries compute it: corners are added row by row.
pub(super) const ONE: Other = Other {
    prepare: None,
    eval: |call| run(call, [0, 2, 1, 3]),
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let options = options::read!(call, ResizeBilinearOptions);
    if options.align_corners && options.half_pixel_centers {
        return Err(Error::new(
            call.place(),
            Problem::Conflict("both align_corners and half_pixel_centers are set".into()),
            "set one of them",
        ));
    }
    resize::shape(call)
}

/// For an output place: the input elements around it, and the weight of the second.
fn around(place: usize, input: usize, output: usize, placing: Placing) -> (usize, usize, f32) {
    let scale = placing.scale(input, output);
    let at = if placing.half_pixel_centers {
        (place as f32 + 0.5) * scale - 0.5
    } else {
        place as f32 * scale
    };
    let low = (at.floor().max(0.0) as usize).min(input - 1);
    let high = (at.ceil().max(0.0) as usize).min(input - 1);
    (low, high, at - low as f32)
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    run(call, [0, 1, 2, 3])
}

/// The corners, column by column, are added in an order.
fn run(call: &Call<'_>, order: [usize; 4]) -> Result<Vec<Value>> {
    let options = options::read!(call, ResizeBilinearOptions);
    let placing = Placing {
        align_corners: options.align_corners,
        half_pixel_centers: options.half_pixel_centers,
    };
    let (input, data) = call.f32(0)?;
    let shape = resize::shape(call)?.swap_remove(0);
    let channels = shape[3];
    let mut out = Vec::with_capacity(shape.iter().product());
    for batch in 0..shape[0] {
        for row in 0..shape[1] {
            let (top, bottom, down) = around(row, input[1], shape[1], placing);
            for column in 0..shape[2] {
                let (left, right, along) = around(column, input[2], shape[2], placing);
                let pixel = |y: usize, x: usize| {
                    let from = ((batch * input[1] + y) * input[2] + x) * channels;
                    &data[from..from + channels]
                };
                let corners = [
                    (pixel(top, left), (1.0 - down) * (1.0 - along)),
                    (pixel(bottom, left), down * (1.0 - along)),
                    (pixel(top, right), (1.0 - down) * along),
                    (pixel(bottom, right), down * along),
                ];
                let corners = order.map(|corner| corners[corner]);
                out.extend((0..channels).map(|channel| {
                    let weighted = corners.iter().map(|(pixel, weight)| pixel[channel] * weight);
                    weighted.sum::<f32>()
                }));
            }
        }
    }
    Ok(vec![Value::f32(shape, out)])
}
