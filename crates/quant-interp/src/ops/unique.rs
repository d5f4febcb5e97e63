//! UNIQUE: the different elements of a vector in the order of their first places, and which of them each element is.

use quant_schema::TensorType;

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::UNIQUE,
    name: "Unique",
    inputs: (1, 1),
    shape,
    eval,
};

/// The places of the different elements, and for each element the number of the one that it equals.
fn places(call: &Call<'_>) -> Result<(Vec<usize>, Vec<usize>)> {
    /// Equal elements have equal keys; NaN equals nothing, but each is counted as one with its own bits.
    fn number<K: Ord>(keys: impl Iterator<Item = K>) -> (Vec<usize>, Vec<usize>) {
        let mut known = std::collections::BTreeMap::new();
        let (mut first, mut numbers) = (Vec::new(), Vec::new());
        for (place, key) in keys.enumerate() {
            let number = *known.entry(key).or_insert_with(|| {
                first.push(place);
                first.len() - 1
            });
            numbers.push(number);
        }
        (first, numbers)
    }
    let value = call.input(0)?;
    if value.shape.len() != 1 {
        return Err(Error::new(
            call.place(),
            Problem::InputShape {
                index: 0,
                found: value.shape.clone(),
                expected: None,
            },
            "give a vector",
        ));
    }
    Ok(match &value.data {
        // −0 is 0.
        Data::F32(x) => number(x.iter().map(|x| (x + 0.0).to_bits())),
        Data::F16(x) => number(x.iter().map(|x| (x.to_f32() + 0.0).to_bits())),
        Data::I32(x) => number(x.iter()),
        Data::I64(x) => number(x.iter()),
        Data::I16(x) => number(x.iter()),
        Data::I8(x) => number(x.iter()),
        Data::U8(x) => number(x.iter()),
        Data::Bool(x) => number(x.iter()),
        Data::C64(_) => return Err(elementwise::wrong_type(call, "real numbers")),
    })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (first, numbers) = places(call)?;
    Ok(vec![vec![first.len()], vec![numbers.len()]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (first, numbers) = places(call)?;
    let indices = match options::read!(call, UniqueOptions).idx_out_type {
        TensorType::INT64 => Data::I64(numbers.iter().map(|number| *number as i64).collect()),
        _ => Data::I32(numbers.iter().map(|number| *number as i32).collect()),
    };
    let different = Value {
        shape: vec![first.len()],
        data: call.input(0)?.data.gather(first),
    };
    let indices = Value {
        shape: vec![numbers.len()],
        data: indices,
    };
    Ok(vec![different, indices])
}
