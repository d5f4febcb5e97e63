//! MIRROR_PAD: a value with its reflections around it; input 1 is `[rank, 2]`, before and after.

use quant_schema::MirrorPadMode;

use super::pad;
use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MIRROR_PAD,
    name: "MirrorPad",
    inputs: (2, 2),
    shape,
    eval,
};

/// Elements at the border that are not repeated: 1 reflects around the border element itself.
fn border(call: &Call<'_>) -> Result<usize> {
    match options::read!(call, MirrorPadOptions).mode {
        MirrorPadMode::REFLECT => Ok(1),
        MirrorPadMode::SYMMETRIC => Ok(0),
        MirrorPadMode(other) => Err(Error::new(
            call.place(),
            Problem::NoKernel(format!("mode {other}")),
            "use REFLECT or SYMMETRIC",
        )),
    }
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (border, dims) = (border(call)?, &call.input(0)?.shape);
    for (dim, (before, after)) in dims.iter().zip(pad::paddings(call)?) {
        if before.max(after) > dim.saturating_sub(border) {
            return Err(Error::new(
                call.place(),
                Problem::Operand(format!("padding {before} and {after} of a dimension of {dim}")),
                "pad with no more elements than can be mirrored",
            ));
        }
    }
    pad::shape(call)
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, border) = (call.input(0)?, border(call)?);
    let (shape, paddings) = (shape(call)?.swap_remove(0), pad::paddings(call)?);
    let strides = places::strides(&value.shape);
    let places = places::cross(&shape, |at, i| {
        let (before, dim) = (paddings[at].0, value.shape[at]);
        let source = if i < before {
            before - i - 1 + border
        } else if i < before + dim {
            i - before
        } else {
            2 * dim + before - i - 1 - border
        };
        source * strides[at]
    });
    Ok(vec![places::moved(value, shape, places)])
}
