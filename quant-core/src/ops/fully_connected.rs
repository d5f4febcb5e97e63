//! FULLY_CONNECTED: weights `[out, in]` times the input, flattened to rows of `in` elements.

use quant_case::recipe::Operation;

use super::conv2d::add_bias;
use super::rule::{ConstInputs, Weights};
use super::support::{activation, gemm, options};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::FULLY_CONNECTED,
    name: "FullyConnected",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        weights: Some(Weights {
            input: 0,
            filter: 1,
            axis: 0,
            bias: 2,
            weights_only: true,
        }),
        const_inputs: ConstInputs::Skip,
        ..Rule::UNARY
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(FullyConnectedOptions: FullyConnectedOptionsT {
            fused_activation_function: options::activation(op)?,
            keep_num_dims: options::boolean(op, "keep_num_dims")?,
        }
    )
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let options = options::read!(call, FullyConnectedOptions);
    let place = call.place();
    let (input, data) = call.f32(0)?;
    let weights = call.f32(1)?.0;
    let &[outputs, inputs] = weights else {
        return Err(Error::invalid(
            place,
            format!("weights {weights:?} are not [out, in]"),
            "give weights of rank 2",
        ));
    };
    if inputs == 0 || data.len() % inputs != 0 {
        return Err(Error::invalid(
            place,
            format!("input {input:?} does not fall into rows of {inputs}"),
            "match input and weights",
        ));
    }
    if options.weights_format != quant_schema::FullyConnectedOptionsWeightsFormat::DEFAULT {
        return Err(Error::unsupported(
            place,
            "shuffled weights have no kernel",
            "convert with the default weights format",
        ));
    }
    if options.keep_num_dims {
        let mut shape = input.to_vec();
        if shape.last() != Some(&inputs) {
            return Err(Error::invalid(
                place,
                format!("input {input:?} ends not with {inputs}"),
                "match input and weights",
            ));
        }
        shape.pop();
        shape.push(outputs);
        return Ok(vec![shape]);
    }
    Ok(vec![vec![data.len() / inputs, outputs]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let (_, input) = call.f32(0)?;
    let (weights_shape, weights) = call.f32(1)?;
    let (outputs, inputs) = (weights_shape[0], weights_shape[1]);
    let rows = input.len() / inputs;
    let mut out = vec![0.0; rows * outputs];
    gemm::product(rows, outputs, inputs, input, weights, &mut out);
    add_bias(call, 2, outputs, &mut out)?;
    let options = options::read!(call, FullyConnectedOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(shape, out)])
}
