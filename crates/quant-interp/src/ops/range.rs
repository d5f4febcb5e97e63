//! RANGE: numbers from input 0 up to before input 1, input 2 apart.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RANGE,
    name: "Range",
    inputs: (3, 3),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (start, limit, delta) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let wrong = |what: &str| {
        Error::new(
            call.place(),
            Problem::Operand(what.into()),
            "give three numbers of one type, with a step towards the limit",
        )
    };
    let length = match (&start.data, &limit.data, &delta.data) {
        (Data::F32(start), Data::F32(limit), Data::F32(delta)) => {
            let (&[start], &[limit], &[delta]) = (start.as_slice(), limit.as_slice(), delta.as_slice())
            else {
                return Err(wrong("an input is not one number"));
            };
            if !((start <= limit && delta > 0.0) || (start >= limit && delta < 0.0)) {
                return Err(wrong(&format!("steps of {delta} from {start} to {limit}")));
            }
            ((limit - start) / delta).abs().ceil() as usize
        }
        (Data::I32(_), Data::I32(_), Data::I32(_)) | (Data::I64(_), Data::I64(_), Data::I64(_)) => {
            let (start, limit, delta) = (call.int(0)?, call.int(1)?, call.int(2)?);
            if !((start <= limit && delta > 0) || (start >= limit && delta < 0)) {
                return Err(wrong(&format!("steps of {delta} from {start} to {limit}")));
            }
            let length = start.abs_diff(limit).div_ceil(delta.unsigned_abs());
            places::checked(usize::try_from(length).ok(), &call.place())?
        }
        _ => return Err(wrong("the inputs are not all float32, int32 or int64")),
    };
    Ok(vec![vec![length]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let length = shape[0];
    let data = match (&call.input(0)?.data, &call.input(2)?.data) {
        // Floats are added up, as the runtime does it; each step rounds.
        (Data::F32(start), Data::F32(delta)) => {
            let numbers = std::iter::successors(Some(start[0]), |x| Some(x + delta[0]));
            Data::F32(numbers.take(length).collect())
        }
        (Data::I32(start), Data::I32(delta)) => {
            let numbers = std::iter::successors(Some(start[0]), |x| Some(x.wrapping_add(delta[0])));
            Data::I32(numbers.take(length).collect())
        }
        _ => {
            let (start, delta) = (call.int(0)?, call.int(2)?);
            let numbers = std::iter::successors(Some(start), |x| Some(x.wrapping_add(delta)));
            Data::I64(numbers.take(length).collect())
        }
    };
    Ok(vec![Value { shape, data }])
}
