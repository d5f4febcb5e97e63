//! POW: x to the power y, with broadcasting.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::Builtin;
use crate::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::POW,
    name: "Pow",
    options: options::none,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule::BINARY,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    if let Data::I32(exponents) = &call.input(1)?.data
        && exponents.iter().any(|y| *y < 0)
    {
        return Err(Error::unsupported(
            call.place(),
            "an exponent of whole numbers is negative",
            "take the power of floats",
        ));
    }
    elementwise::binary_with_i32(call, f32::powf, |x, y| x.wrapping_pow(y.unsigned_abs()))
}
