//! GELU: x · Φ(x), the normal distribution by erf or approximated by tanh.

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::erf::erf;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::GELU,
    name: "Gelu",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    if options::read!(call, GeluOptions).approximate {
        let factor = std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2;
        return elementwise::unary(call, |x| {
            0.5 * x * (1.0 + (factor * (x + 0.044_715 * x * x * x)).tanh())
        });
    }
    elementwise::unary(call, |x| {
        let phi = 1.0 + erf(f64::from(x) * std::f64::consts::FRAC_1_SQRT_2);
        (0.5 * f64::from(x) * phi) as f32
    })
}
