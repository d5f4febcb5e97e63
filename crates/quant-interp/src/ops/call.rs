//! What an operator is, and one execution of it.

use crate::Run;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, Graph, Model, Operator, place};

/// What the quantizer knows of an operator.
pub struct OpDef {
    /// Its code.
    pub builtin: Builtin,
    /// Its name in recipes, as in `Conv2D`.
    pub name: &'static str,
    /// Fewest and most inputs.
    pub inputs: (usize, usize),
    /// Shapes of the outputs, from the inputs and options; none when only running the operator tells.
    pub shape: fn(&Call<'_>) -> Result<Vec<Vec<usize>>>,
    /// The float kernel: values of the outputs, and behind them the new values of its variable inputs.
    pub eval: fn(&Call<'_>) -> Result<Vec<Value>>,
}

/// One execution of one operator.
pub struct Call<'a> {
    /// The model, for constants' names and other graphs.
    pub model: &'a Model,
    /// The graph that the operator stands in.
    pub graph: &'a Graph,
    /// The operator.
    pub op: &'a Operator,
    /// Values of the inputs; `None` for absent ones.
    pub inputs: Vec<Option<&'a Value>>,
    /// The run: variables, and graphs that may be called.
    pub run: &'a Run<'a>,
}

impl<'a> Call<'a> {
    /// The operator as errors name it: its code and first output.
    pub fn place(&self) -> Place {
        place(self.graph, self.op)
    }

    /// The value of a required input.
    pub fn input(&self, index: usize) -> Result<&'a Value> {
        self.inputs.get(index).copied().flatten().ok_or_else(|| {
            Error::new(
                self.place(),
                Problem::MissingInput { index },
                "give the operator all its inputs",
            )
        })
    }

    /// The value of an optional input.
    pub fn optional(&self, index: usize) -> Option<&'a Value> {
        self.inputs.get(index).copied().flatten()
    }

    /// A required float input: shape and elements.
    pub fn f32(&self, index: usize) -> Result<(&'a [usize], &'a [f32])> {
        let value = self.input(index)?;
        let data = value.as_f32().ok_or_else(|| {
            Error::new(
                self.place(),
                Problem::NoKernelType {
                    index,
                    found: value.dtype(),
                    expected: "float32",
                },
                "record and quantize start from a float model",
            )
        })?;
        Ok((&value.shape, data))
    }

    /// A required integer input of one element (an axis, a depth).
    pub fn int(&self, index: usize) -> Result<i64> {
        let list = self.ints(index)?;
        let &[value] = list.as_slice() else {
            return Err(Error::new(
                self.place(),
                Problem::Count(format!("input {index} has {} elements", list.len())),
                "give one number",
            ));
        };
        Ok(value)
    }

    /// A required integer input, widened (axes, paddings, shapes).
    pub fn ints(&self, index: usize) -> Result<Vec<i64>> {
        let value = self.input(index)?;
        value.to_i64().ok_or_else(|| {
            Error::new(
                self.place(),
                Problem::InputType {
                    index,
                    found: value.dtype(),
                    expected: "an integer tensor",
                },
                "give int32 or int64",
            )
        })
    }
}

/// Refuses an operator with more inputs than its definition knows: the kernel would leave them out. Those that are
/// missing are told by whoever reads them, since optional ones may be absent at the end.
pub fn check_inputs(graph: &Graph, op: &Operator, def: &OpDef) -> Result<()> {
    let most = def.inputs.1;
    let found = op.inputs.len();
    if found <= most {
        return Ok(());
    }
    Err(Error::new(
        place(graph, op),
        Problem::Unsupported(format!("it has {found} inputs, it takes {most}")),
        "convert the model with operators of TensorFlow Lite or Circle",
    ))
}
