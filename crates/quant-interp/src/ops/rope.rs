//! ROPE (Circle): rotary position embedding; inputs are the heads, a table of sines and one of cosines.

use quant_schema::RoPEMode;

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ROPE,
    name: "RoPE",
    inputs: (3, 3),
    shape: elementwise::same_shape,
    eval,
};

/// The elements `i` and `i + d/2` of each row of `d` are turned like the two coordinates of a point:
/// `y[i] = x[i]·cos[i] − x[i + d/2]·sin[i]`, `y[i + d/2] = x[i]·sin[i + d/2] + x[i + d/2]·cos[i + d/2]`
/// (Su et al. 2021, with the halves of GPT-NeoX; ONE's kernels).
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    if options::read!(call, RoPEOptions).mode != RoPEMode::GPT_NEOX {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("only the mode GPT_NEOX has a kernel".into()),
            "convert with GPT_NEOX",
        ));
    }
    let (shape, data) = call.f32(0)?;
    let (sin, cos) = (call.f32(1)?.1, call.f32(2)?.1);
    let &[.., size] = shape else {
        return Err(Error::new(
            call.place(),
            Problem::Shape("its input is a scalar".into()),
            "give rows of heads",
        ));
    };
    if size % 2 != 0 || sin.len() != size || cos.len() != size {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel(format!(
                "rows of {size} with {} sines and {} cosines",
                sin.len(),
                cos.len()
            )),
            "give one table entry for each element of a row of even length",
        ));
    }
    let half = size / 2;
    let mut out = data.to_vec();
    for row in out.chunks_exact_mut(size.max(1)) {
        for i in 0..half {
            let (a, b) = (row[i], row[i + half]);
            row[i] = a * cos[i] - b * sin[i];
            row[i + half] = a * sin[i + half] + b * cos[i + half];
        }
    }
    Ok(vec![Value::f32(shape.to_vec(), out)])
}
