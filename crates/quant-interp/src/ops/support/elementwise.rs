//! The common parts of operators that work element by element.

use std::cmp::Ordering;

use super::broadcast::{self, combine};
use crate::ops::Call;
use crate::ops::ready::Fused;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_kernel::elementwise::Binary;
use quant_kernel::{self, Clamp, Range};

/// The shape rule of one output shaped as input 0.
pub fn same_shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![call.input(0)?.shape.clone()])
}

/// Input 0, each element by itself.
pub fn unary(call: &Call<'_>, f: impl Fn(f32) -> f32) -> Result<Vec<Value>> {
    let (shape, data) = call.f32(0)?;
    Ok(vec![Value::f32(
        shape.to_vec(),
        data.iter().copied().map(f).collect(),
    )])
}

/// Input 0, complex numbers, each by itself.
pub fn of_complex(call: &Call<'_>, f: impl Fn([f32; 2]) -> f32) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let Data::C64(data) = &value.data else {
        return Err(wrong_type(call, "complex64"));
    };
    let data = data.iter().copied().map(f).collect();
    Ok(vec![Value::f32(value.shape.clone(), data)])
}

/// The same for operators that take int32 and int64 as well.
pub fn unary_with_ints(
    call: &Call<'_>,
    f: impl Fn(f32) -> f32,
    int: impl Fn(i32) -> i32,
    long: impl Fn(i64) -> i64,
) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let data = match &value.data {
        Data::F32(data) => Data::F32(data.iter().copied().map(f).collect()),
        Data::I32(data) => Data::I32(data.iter().copied().map(int).collect()),
        Data::I64(data) => Data::I64(data.iter().copied().map(long).collect()),
        _ => return Err(wrong_type(call, "float32, int32 and int64")),
    };
    let shape = value.shape.clone();
    Ok(vec![Value { shape, data }])
}

/// The shape rule of inputs 0 and 1 that broadcast.
pub fn broadcast_shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (a, b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    Ok(vec![broadcast::shape(a, b, &call.place())?])
}

/// Inputs 0 and 1, broadcast.
pub fn binary(call: &Call<'_>, f: impl Fn(f32, f32) -> f32) -> Result<Vec<Value>> {
    let shape = broadcast_shape(call)?.swap_remove(0);
    let out = combine(call.f32(0)?, call.f32(1)?, &shape, f);
    Ok(vec![Value::f32(shape, out)])
}

/// Input 0 clamped to `low…high`, into `out`.
pub fn clamped(
    call: &Call<'_>,
    low: f32,
    high: f32,
    threads: usize,
    out: &mut [f32],
) -> Result<Option<Range>> {
    let range = quant_kernel::elementwise::clamp(Clamp { low, high }, call.f32(0)?.1, out, threads);
    Ok(Some(range))
}

/// Inputs 0 and 1, broadcast, into `out`.
pub fn ready(
    call: &Call<'_>,
    what: Binary,
    fused: Fused,
    threads: usize,
    out: &mut [f32],
) -> Result<Option<Range>> {
    let (a, b) = (call.f32(0)?, call.f32(1)?);
    let shape = broadcast::shape(a.0, b.0, &call.place())?;
    let (left, right);
    let (a, b) = if a.0 == b.0 {
        (a.1, b.1)
    } else {
        (left, right) = (
            broadcast::repeat(a.0, a.1, &shape),
            broadcast::repeat(b.0, b.1, &shape),
        );
        (left.as_slice(), right.as_slice())
    };
    let range = quant_kernel::elementwise::binary(what, fused.clamp, a, b, out, threads);
    fused.finish(call, out, range)
}

/// Inputs 0 and 1, broadcast, for operators that take int32 as well.
pub fn binary_with_i32(
    call: &Call<'_>,
    f: impl Fn(f32, f32) -> f32,
    int: impl Fn(i32, i32) -> i32,
) -> Result<Vec<Value>> {
    numbers(call, f, int, None::<fn(i64, i64) -> i64>)
}

/// Inputs 0 and 1, broadcast, for operators that take int32 and int64 as well.
pub fn binary_with_ints(
    call: &Call<'_>,
    f: impl Fn(f32, f32) -> f32,
    int: impl Fn(i32, i32) -> i32,
    long: impl Fn(i64, i64) -> i64,
) -> Result<Vec<Value>> {
    numbers(call, f, int, Some(long))
}

fn numbers(
    call: &Call<'_>,
    f: impl Fn(f32, f32) -> f32,
    int: impl Fn(i32, i32) -> i32,
    long: Option<impl Fn(i64, i64) -> i64>,
) -> Result<Vec<Value>> {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let shape = broadcast_shape(call)?.swap_remove(0);
    let data = match (&a.data, &b.data, long) {
        (Data::F32(x), Data::F32(y), _) => Data::F32(combine((&a.shape, x), (&b.shape, y), &shape, f).into()),
        (Data::I32(x), Data::I32(y), _) => Data::I32(combine((&a.shape, x), (&b.shape, y), &shape, int)),
        (Data::I64(x), Data::I64(y), Some(long)) => {
            Data::I64(combine((&a.shape, x), (&b.shape, y), &shape, long))
        }
        (_, _, Some(_)) => return Err(wrong_type(call, "float32, int32 and int64, both inputs alike")),
        _ => return Err(wrong_type(call, "float32 and int32, both inputs alike")),
    };
    Ok(vec![Value { shape, data }])
}

/// A bool for each pair of inputs 0 and 1, from their order; NaN has none.
pub fn compare(call: &Call<'_>, f: impl Fn(Option<Ordering>) -> bool) -> Result<Vec<Value>> {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let shape = broadcast_shape(call)?.swap_remove(0);
    let (left, right) = (&a.shape, &b.shape);
    let data = match (&a.data, &b.data) {
        (Data::F32(x), Data::F32(y)) => combine((left, x), (right, y), &shape, |x, y| f(x.partial_cmp(&y))),
        (Data::I32(x), Data::I32(y)) => combine((left, x), (right, y), &shape, |x, y| f(Some(x.cmp(&y)))),
        (Data::I64(x), Data::I64(y)) => combine((left, x), (right, y), &shape, |x, y| f(Some(x.cmp(&y)))),
        (Data::Bool(x), Data::Bool(y)) => combine((left, x), (right, y), &shape, |x, y| f(Some(x.cmp(&y)))),
        _ => {
            return Err(wrong_type(
                call,
                "float32, int32, int64 and bool, both inputs alike",
            ));
        }
    };
    let data = Data::Bool(data);
    Ok(vec![Value { shape, data }])
}

/// Inputs 0 and 1 of bools, broadcast.
pub fn logical(call: &Call<'_>, f: impl Fn(bool, bool) -> bool) -> Result<Vec<Value>> {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let shape = broadcast_shape(call)?.swap_remove(0);
    let (Data::Bool(x), Data::Bool(y)) = (&a.data, &b.data) else {
        return Err(wrong_type(call, "bool"));
    };
    let data = Data::Bool(combine((&a.shape, x), (&b.shape, y), &shape, f));
    Ok(vec![Value { shape, data }])
}

fn one_element(shape: &[usize]) -> bool {
    shape.iter().all(|dim| *dim == 1)
}

/// The shape of a choice among single elements: their ranks may differ, and the runtime keeps the output's shape as
/// the file says it. `None` when there are more elements.
pub fn choice_of_one(call: &Call<'_>) -> Result<Option<Vec<usize>>> {
    for input in 0..3 {
        if !one_element(&call.input(input)?.shape) {
            return Ok(None);
        }
    }
    let output = call.op.outputs.first().map(|id| call.graph.tensor(*id));
    let shape = output.filter(|tensor| tensor.elements() == Some(1));
    Ok(shape.map(|tensor| vec![1; tensor.shape.len()]))
}

/// Elements of input 1 where input 0, seen in shape `condition`, holds; else of input 2.
pub fn choose(call: &Call<'_>, condition: &[usize], out: &[usize]) -> Result<Vec<Value>> {
    // One element stands for all, whatever its rank; the output's may be lower.
    fn rank_0(shape: &[usize]) -> &[usize] {
        if one_element(shape) { &[] } else { shape }
    }
    let (chosen, x, y) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let Data::Bool(chosen) = &chosen.data else {
        return Err(wrong_type(call, "a bool condition"));
    };
    let condition = rank_0(condition);
    let places = |shape: &[usize], first: usize| {
        let shape = rank_0(shape);
        let all: Vec<usize> = (first..first + shape.iter().product::<usize>()).collect();
        combine((shape, &all), (&[], &[()]), out, |at, ()| at)
    };
    let chosen = combine((condition, chosen), (&[], &[()]), out, |x, ()| x);
    let (from_x, from_y) = (places(&x.shape, 0), places(&y.shape, x.len()));
    let both = x.data.clone().concat(y.data.clone());
    let both = both.ok_or_else(|| wrong_type(call, "two choices of one type"))?;
    let pairs = chosen.iter().zip(from_x.iter().zip(&from_y));
    let data = both.gather(pairs.map(|(chosen, (x, y))| if *chosen { *x } else { *y }));
    let shape = out.to_vec();
    Ok(vec![Value { shape, data }])
}

/// Refuses a divisor with a zero in it.
pub fn refuse_zero(call: &Call<'_>, index: usize) -> Result<()> {
    let value = call.input(index)?;
    let zero = match &value.data {
        Data::F32(data) => data.contains(&0.0),
        _ => value.to_i64().is_some_and(|data| data.contains(&0)),
    };
    if zero {
        return Err(Error::new(
            call.place(),
            Problem::Operand("it divides by zero".into()),
            "give a divisor without zeros",
        ));
    }
    Ok(())
}

/// The error for inputs of a type without a kernel.
pub fn wrong_type(call: &Call<'_>, takes: &str) -> Error {
    let types: Vec<_> = call
        .inputs
        .iter()
        .map(|value| value.map_or_else(|| "nothing".to_owned(), |value| value.dtype().to_string()))
        .collect();
    Error::new(
        call.place(),
        Problem::UnsupportedType(format!(
            "its inputs are {}, the kernel takes {takes}",
            types.join(", ")
        )),
        "record and quantize start from a float model",
    )
}
