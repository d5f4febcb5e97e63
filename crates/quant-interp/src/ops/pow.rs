//! POW: x to the power y, with broadcasting.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::POW,
    name: "Pow",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    if let Data::I32(exponents) = &call.input(1)?.data
        && exponents.iter().any(|y| *y < 0)
    {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("an exponent of whole numbers is negative".into()),
            "take the power of floats",
        ));
    }
    elementwise::binary_with_i32(call, f32::powf, |x, y| x.wrapping_pow(y.unsigned_abs()))
}
