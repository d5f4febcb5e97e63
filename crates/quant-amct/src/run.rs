//! Graphs that run.

use std::collections::BTreeMap;

use quant_interp::{Interpreter, Workspace};
use quant_ir::value::Value;
use quant_ir::{Error, Problem, Result};
use quant_tensorflow::{Graph, Lowered, Lowering};

/// A graph as a model that runs, for inputs of one shape.
#[derive(Debug)]
pub struct Runner {
    lowered: Lowered,
}

impl Runner {
    /// The part of a graph that `outputs` need, for inputs of these shapes by name of their node.
    ///
    /// # Errors
    /// Those of [`Lowering::lower`].
    pub fn new(graph: &Graph, outputs: &[String], shapes: &BTreeMap<String, Vec<usize>>) -> Result<Self> {
        Self::cut(graph, &[], outputs, shapes)
    }

    /// The part between the tensors `inputs` and `outputs`.
    ///
    /// # Errors
    /// Those of [`Lowering::lower`].
    pub fn cut(
        graph: &Graph,
        inputs: &[String],
        outputs: &[String],
        shapes: &BTreeMap<String, Vec<usize>>,
    ) -> Result<Self> {
        let lowering = Lowering {
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
            shapes: shapes.clone(),
            ..Lowering::default()
        };
        let lowered = lowering.lower(graph)?;
        Ok(Self { lowered })
    }

    /// Runs once; the values of the outputs in their order. On the threads of the current rayon pool; the values do not
    /// depend on their number.
    ///
    /// # Errors
    /// Inputs of another number, type or shape.
    pub fn run(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let interpreter = Interpreter::new(&self.lowered.model)?;
        let mut workspace = Workspace::new(rayon::current_num_threads());
        interpreter.run_with(inputs, &mut workspace, &mut |_, _, _| Ok(()))
    }

    /// Shapes of the outputs.
    pub fn output_shapes(&self) -> Vec<Vec<usize>> {
        let graph = self.lowered.model.main();
        let sizes = |shape: &[i32]| {
            shape
                .iter()
                .map(|size| usize::try_from(*size).unwrap_or(0))
                .collect()
        };
        graph
            .outputs()
            .iter()
            .map(|id| sizes(&graph.tensor(*id).shape))
            .collect()
    }

    /// The inputs, in the order in which [`run`](Self::run) wants them: name and shape.
    pub fn inputs(&self) -> Vec<(String, Vec<usize>)> {
        let graph = self.lowered.model.main();
        let input = |tensor: &quant_ir::Tensor| {
            let sizes = tensor
                .shape
                .iter()
                .map(|size| usize::try_from(*size).unwrap_or(0));
            (tensor.name.clone(), sizes.collect())
        };
        graph.input_tensors().iter().map(input).collect()
    }

    /// The model.
    pub fn model(&self) -> &quant_ir::Model {
        &self.lowered.model
    }
}

/// The floats of an output.
///
/// # Errors
/// It is of another type.
pub fn floats(value: &Value) -> Result<&[f32]> {
    value.as_f32().ok_or_else(|| {
        let problem = Problem::UnsupportedType("an output that is no float32".to_owned());
        Error::new("", problem, "name a float output")
    })
}
