//! One operator apart from a run: for whoever builds a model and wants to know what it makes.

use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Model, Operator};

use crate::ops::{self, Call, OpDef};
use crate::{Run, checks};

/// Shapes of the outputs of an operator of the main graph; none when only running it tells. Of inputs that are no constants
/// the shape and the element type count, and their data may be empty.
///
/// # Errors
/// Inputs that do not fit it, an output larger than any tensor may be, an operator without a kernel.
pub fn shapes(model: &Model, op: &Operator, inputs: &[Option<&Value>]) -> Result<Vec<Vec<usize>>> {
    let run = Run::new(Vec::new(), false);
    let (def, call) = call(model, op, inputs, &run)?;
    let shapes = (def.shape)(&call)?;
    for shape in &shapes {
        checks::check_size(model.main(), op, shape)?;
    }
    Ok(shapes)
}

/// What an operator of the main graph makes of these inputs.
///
/// # Errors
/// As [`shapes`].
pub fn evaluated(model: &Model, op: &Operator, inputs: &[Option<&Value>]) -> Result<Vec<Value>> {
    shapes(model, op, inputs)?;
    let run = Run::new(Vec::new(), false);
    let (def, call) = call(model, op, inputs, &run)?;
    let made = (def.eval)(&call)?;
    for value in &made {
        checks::check_made(model.main(), op, value, None)?;
    }
    Ok(made)
}

fn call<'a>(
    model: &'a Model,
    op: &'a Operator,
    inputs: &[Option<&'a Value>],
    run: &'a Run<'a>,
) -> Result<(&'static OpDef, Call<'a>)> {
    let graph = model.main();
    let def = ops::definition(&op.code).ok_or_else(|| {
        let what = "this operator has no float kernel".to_owned();
        Error::new(ops::place(graph, op), Problem::NoKernel(what), "")
    })?;
    ops::check_inputs(graph, op, def)?;
    let inputs = inputs.to_vec();
    let call = Call {
        model,
        graph,
        op,
        inputs,
        run,
    };
    Ok((def, call))
}
