//! FULLY_CONNECTED: weights `[out, in]` times the input, flattened to rows of `in` elements.

use super::conv2d::bias;
use super::ready::{self, Fused, Prepare, Ready};
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::{Packed, Range, product};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::FULLY_CONNECTED,
    name: "FullyConnected",
    inputs: (2, 3),
    shape,
    eval,
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[1, 2],
    make: prepare,
};

/// Packed weights `[out, in]` and biases.
struct FullyConnected {
    packed: Packed,
    fused: Fused,
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let [outputs, inputs] = weights(call)?;
    Ok(vec![output(call, outputs, inputs)?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    ready::eval(call, prepare)
}

fn prepare(call: &Call<'_>) -> Result<Box<dyn Ready>> {
    let [outputs, inputs] = weights(call)?;
    let options = options::read!(call, FullyConnectedOptions);
    let bias = bias(call, 2, outputs)?;
    Ok(Box::new(FullyConnected {
        packed: Packed::new(outputs, inputs, call.f32(1)?.1, bias).separate(),
        fused: Fused::new(options.fused_activation_function, &call.place())?,
    }))
}

impl Ready for FullyConnected {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        output(call, self.packed.n, self.packed.k)
    }

    fn run(&self, call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
        let range = product(&self.packed, self.fused.clamp, call.f32(0)?.1, out, threads);
        self.fused.finish(call, out, range)
    }

    fn by_rows(&self) -> bool {
        true
    }
}

pub(super) fn weights(call: &Call<'_>) -> Result<[usize; 2]> {
    let options = options::read!(call, FullyConnectedOptions);
    if options.weights_format != quant_schema::FullyConnectedOptionsWeightsFormat::DEFAULT {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("shuffled weights have no kernel".into()),
            "convert with the default weights format",
        ));
    }
    let weights = call.input(1)?.shape.as_slice();
    weights.try_into().map_err(|_| {
        Error::new(
            call.place(),
            Problem::Shape(format!("weights {weights:?} are not [out, in]")),
            "give weights of rank 2",
        )
    })
}

pub(super) fn output(call: &Call<'_>, outputs: usize, inputs: usize) -> Result<Vec<usize>> {
    let options = options::read!(call, FullyConnectedOptions);
    let value = call.input(0)?;
    let (input, elements) = (&value.shape, value.len());
    if inputs == 0 || elements % inputs != 0 {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!("input {input:?} does not fall into rows of {inputs}")),
            "match input and weights",
        ));
    }
    if options.keep_num_dims {
        let mut shape = input.clone();
        if shape.pop() != Some(inputs) {
            return Err(Error::new(
                call.place(),
                Problem::Shape(format!("input {input:?} ends not with {inputs}")),
                "match input and weights",
            ));
        }
        shape.push(outputs);
        return Ok(shape);
    }
    Ok(vec![elements / inputs, outputs])
}
