//! SEGMENT_SUM: sums of the rows of a value; input 1 says for each row to which sum it belongs, in rising order.

use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SEGMENT_SUM,
    name: "SegmentSum",
    inputs: (2, 2),
    shape,
    eval,
};

/// The number of the sum that each row belongs to: 0 for the first, and that of the row before or one more for others.
fn segments(call: &Call<'_>) -> Result<Vec<usize>> {
    let (value, ids) = (call.input(0)?, call.input(1)?);
    let (rows, numbers) = (value.shape.first(), call.ints(1)?);
    let mut next = 0..=0;
    let rises = numbers.iter().all(|number| {
        let fits = next.contains(number);
        next = *number..=number.saturating_add(1);
        fits
    });
    if rises && ids.shape.len() == 1 && rows == ids.shape.first() {
        return Ok(numbers.into_iter().map(|number| number as usize).collect());
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!(
            "segment numbers of shape {:?} for a value of shape {:?}{}",
            ids.shape,
            value.shape,
            if rises {
                ""
            } else {
                ", not rising by 0 or 1 from 0"
            }
        )),
        "give each row its number, in rising order and without a gap",
    ))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let mut shape = call.input(0)?.shape.clone();
    let sums = segments(call)?.last().map_or(0, |last| last + 1);
    if let Some(rows) = shape.first_mut() {
        *rows = sums;
    }
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (shape, segments) = (shape(call)?.swap_remove(0), segments(call)?);
    let value = call.input(0)?;
    let (count, size) = (shape.iter().product(), shape[1..].iter().product());
    let data = match &value.data {
        Data::F32(x) => Data::F32(sums(x, &segments, size, vec![0.0; count], |a, b| a + b).into()),
        Data::I32(x) => Data::I32(sums(x, &segments, size, vec![0; count], i32::wrapping_add)),
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::NoKernelType {
                    index: 0,
                    found: value.dtype(),
                    expected: "",
                },
                "sum float32 or int32",
            ));
        }
    };
    Ok(vec![Value { shape, data }])
}

fn sums<T: Copy>(
    rows: &[T],
    segments: &[usize],
    size: usize,
    mut sums: Vec<T>,
    add: impl Fn(T, T) -> T,
) -> Vec<T> {
    for (row, segment) in rows.chunks_exact(size.max(1)).zip(segments) {
        let sum = &mut sums[segment * size..][..size];
        sum.iter_mut().zip(row).for_each(|(sum, x)| *sum = add(*sum, *x));
    }
    sums
}
