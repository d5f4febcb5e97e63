//! Graphs that run.

use std::collections::BTreeMap;

use quant_interp::{Interpreter, Workspace};
use quant_ir::value::Value;
use quant_ir::{Error, Problem, Result, TensorId};
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
    /// Those of [`Graph::lower`].
    pub fn new(graph: &Graph, outputs: &[String], shapes: &BTreeMap<String, Vec<usize>>) -> Result<Self> {
        Self::cut(graph, &[], outputs, shapes)
    }

    /// The part between the tensors `inputs` and `outputs`.
    ///
    /// # Errors
    /// Those of [`Graph::lower`].
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
        let lowered = graph.lower(&lowering)?;
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

/// A graph as a model that does not run: its inputs, and the shapes of its outputs. It takes a tenth of the time of a [`Runner`],
/// whose weights are in the order of a model.
#[derive(Debug)]
pub struct Outline(Runner);

impl Outline {
    /// As [`Runner::new`].
    ///
    /// # Errors
    /// Those of [`Graph::lower`].
    pub fn new(graph: &Graph, outputs: &[String], shapes: &BTreeMap<String, Vec<usize>>) -> Result<Self> {
        let lowered = graph.lower(&Lowering {
            outputs: outputs.to_vec(),
            shapes: shapes.clone(),
            outline: true,
            ..Lowering::default()
        })?;
        Ok(Self(Runner { lowered }))
    }

    /// Shapes of the outputs.
    pub fn output_shapes(&self) -> Vec<Vec<usize>> {
        let graph = self.model().main();
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

    /// The model, whose operators have the shapes of the graph's.
    pub fn model(&self) -> &quant_ir::Model {
        self.0.model()
    }
}

/// A graph that runs without keeping its outputs: each is seen when it is there, and goes when nothing reads it any more.
#[derive(Debug)]
pub struct Watcher {
    model: quant_ir::Model,
    /// The outputs of the runner.
    watched: Vec<TensorId>,
}

impl Watcher {
    /// Watches the outputs of a runner.
    ///
    /// # Errors
    /// None of a runner that was made.
    pub fn new(runner: Runner) -> Result<Self> {
        let mut model = runner.lowered.model;
        let graph = model.main_mut();
        let watched = graph.outputs().to_vec();
        // Constants are nobody's output: they are told of at the end. A model has an output, whatever it is.
        let told = |id: &TensorId| graph.producer(*id).is_some() || graph.inputs().contains(id);
        let mut left: Vec<TensorId> = watched.iter().copied().filter(|id| !told(id)).collect();
        left.dedup();
        if left.is_empty() {
            left.extend(watched.last());
        }
        graph.set_outputs(left)?;
        Ok(Self { model, watched })
    }

    /// Runs once. `see` is told of each output by its number, in the order in which they are computed.
    ///
    /// # Errors
    /// Inputs of another number, type or shape; an error of `see`.
    pub fn run(&self, inputs: Vec<Value>, see: &mut dyn FnMut(usize, &Value) -> Result<()>) -> Result<()> {
        let mut seen = vec![false; self.watched.len()];
        let mut tell = |id: TensorId, value: &Value| {
            for (number, watched) in self.watched.iter().enumerate() {
                if *watched == id && !std::mem::replace(&mut seen[number], true) {
                    see(number, value)?;
                }
            }
            Ok(())
        };
        let interpreter = Interpreter::new(&self.model)?;
        let mut workspace = Workspace::new(rayon::current_num_threads());
        let outputs = interpreter.run_with(inputs, &mut workspace, &mut |id, value, _| tell(id, value))?;
        let left = self.model.main().outputs().iter().zip(&outputs);
        left.into_iter().try_for_each(|(id, value)| tell(*id, value))
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
