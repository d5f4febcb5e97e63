//! `QuantizeResources`: all that is assigned to a variable, or read of it, has one range.

use quant_ir::error::Result;
use quant_ir::{OpId, QuantParam};

use super::params;
use super::resource::access;
use super::work::Work;

/// Gives values of variables the range of their variable; constants that are assigned become integers.
///
/// # Errors
/// A constant that no scale can hold.
pub fn run(work: &mut Work) -> Result<()> {
    for index in 0..work.plans.len() {
        if work.plans[index].rule().is_none() {
            continue;
        }
        let op = work.graph().operator(OpId(index));
        let Some(((_, value), range)) = access(op).zip(work.resources.range(work.number, op)) else {
            continue;
        };
        if work.is_constant(value) {
            let quant = work.activation(range);
            let (inverse, zero_point) = (params::reciprocal(quant.scale[0]), quant.zero_point[0]);
            let dtype = work.activations;
            let integer = |x| params::quantized(x, inverse, zero_point, dtype);
            let integers: Vec<i64> = work.floats(value)?.into_iter().map(integer).collect();
            work.store(value, dtype, &integers, quant);
        } else {
            work.set_quant(
                value,
                QuantParam {
                    min: vec![range.0],
                    max: vec![range.1],
                    ..QuantParam::default()
                },
            );
        }
    }
    Ok(())
}
