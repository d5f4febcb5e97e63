//! CUMSUM: sums of the elements up to each one along an axis (input 1).

use super::concatenation::resolve;
use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUMSUM,
    name: "CumSum",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let shape = call.input(0)?.shape.clone();
    resolve(call.int(1)?, shape.len(), &call.place())?;
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let axis = resolve(call.int(1)?, value.shape.len(), &call.place())?;
    let options = options::read!(call, CumsumOptions);
    let line = Line {
        step: places::strides(&value.shape)[axis],
        dim: value.shape[axis],
        exclusive: options.exclusive,
        reverse: options.reverse,
    };
    let data = match &value.data {
        Data::F32(x) => Data::F32(line.sums(x, |a, b| a + b).into()),
        Data::I32(x) => Data::I32(line.sums(x, i32::wrapping_add)),
        Data::I64(x) => Data::I64(line.sums(x, i64::wrapping_add)),
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::NoKernelType {
                    index: 0,
                    found: value.dtype(),
                    expected: "",
                },
                "sum float32, int32 or int64",
            ));
        }
    };
    let shape = value.shape.clone();
    Ok(vec![Value { shape, data }])
}

/// A line of elements along the axis, and how it is summed.
struct Line {
    step: usize,
    dim: usize,
    exclusive: bool,
    reverse: bool,
}

impl Line {
    fn sums<T: Copy + Default>(&self, data: &[T], add: impl Fn(T, T) -> T) -> Vec<T> {
        let mut out = data.to_vec();
        let first = |place: &usize| (place / self.step).is_multiple_of(self.dim);
        for start in (0..data.len()).filter(first) {
            let mut sum = T::default();
            for i in 0..self.dim {
                let i = if self.reverse { self.dim - 1 - i } else { i };
                let at = start + i * self.step;
                let before = sum;
                sum = add(sum, data[at]);
                out[at] = if self.exclusive { before } else { sum };
            }
        }
        out
    }
}
