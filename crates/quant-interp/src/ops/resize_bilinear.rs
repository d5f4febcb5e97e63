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
    let (rows, columns) = (
        placing.around(input[1], shape[1]),
        placing.around(input[2], shape[2]),
    );
    let out = resize::corners((data, input), (&rows, &columns), |[a, b, c, d], down, along| {
        let weighted = [
            a * ((1.0 - down) * (1.0 - along)),
            c * (down * (1.0 - along)),
            b * ((1.0 - down) * along),
            d * (down * along),
        ];
        order.map(|corner| weighted[corner]).iter().sum::<f32>()
    });
    Ok(vec![Value::f32(shape, out)])
}
