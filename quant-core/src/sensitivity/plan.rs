//! What is a layer, and what quantization does to it.

use quant_interp::Interpreter;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{DType, Graph, Model, TensorId};

use super::energy::Energy;
use super::grid::Grid;
use super::layer::Layer;
use super::onward::Ready;
use super::source::Source;
use crate::quantize::constant::{self, BufferUses};
use crate::quantized::values::{dequantized, is_quantized};

/// The float model twice, as it is and with the weights of the quantized one.
pub struct Plan<'a> {
    float: &'a Model,
    weights: Model,
    /// Elements of quantized weights that each operator reads.
    weighted: Vec<usize>,
    grids: Vec<Option<Grid>>,
    sources: Vec<Source>,
}

impl<'a> Plan<'a> {
    pub fn of(float: &'a Model, quantized: &Model) -> Result<Self> {
        refuse(float)?;
        let graph = float.main();
        let twins = graph.twins(quantized.main());
        let grids = Grid::all(graph, quantized, &twins);
        let (weights, replaced) = weights(float, quantized, &twins)?;
        let weighted = weighted(graph, &replaced);
        let rounded = |id: &TensorId| grids[id.0].is_some();
        let inputs = graph.inputs().iter().copied().filter(rounded);
        let mut sources: Vec<Source> = inputs.map(Source::Input).collect();
        for (index, op) in graph.operators().iter().enumerate() {
            let made_of_constants =
                (op.inputs.iter().flatten()).all(|id| !graph.is_input(*id) && graph.producer(*id).is_none());
            if !made_of_constants && (weighted[index] > 0 || op.outputs.iter().any(rounded)) {
                sources.push(Source::Operator(index));
            }
        }
        if sources.is_empty() {
            return Err(Error::new(
                "quantized model",
                Problem::Invalid("no tensor of the float model is quantized in it, by name".into()),
                "give a quantized form of the float model",
            ));
        }
        Ok(Self {
            float,
            weights,
            weighted,
            grids,
            sources,
        })
    }

    /// Both, ready to run.
    pub fn ready(&self) -> Result<Ready<'_>> {
        Ok(Ready {
            graph: self.float.main(),
            float: Interpreter::new(self.float)?,
            weights: Interpreter::new(&self.weights)?,
            weighted: &self.weighted,
            grids: &self.grids,
            sources: &self.sources,
        })
    }

    /// The layers, with nothing measured.
    pub fn layers(&self) -> Vec<Layer> {
        let graph = self.float.main();
        let labels = graph.labels();
        let layer = |source: &Source| {
            let (operator, kind, tensor, elements) = match *source {
                Source::Input(id) => (None, "input".to_owned(), Some(id), 0),
                Source::Operator(index) => {
                    let op = &graph.operators()[index];
                    let kind = op.code.builtin.to_string();
                    (
                        Some(index),
                        kind,
                        op.outputs.first().copied(),
                        self.weighted[index],
                    )
                }
            };
            Layer {
                operator,
                kind,
                name: tensor.map_or_else(String::new, |id| labels[id.0].clone()),
                elements,
                added: Energy::default(),
                weights: None,
                inputs: Energy::default(),
                output: Energy::default(),
                alone: Vec::new(),
                restored: Vec::new(),
            }
        };
        self.sources.iter().map(layer).collect()
    }
}

/// Refuses models whose operators do more than make values of values.
fn refuse(model: &Model) -> Result<()> {
    let variable = model.main().tensors().iter().any(|tensor| tensor.is_variable);
    if model.graphs().len() == 1 && !variable {
        return Ok(());
    }
    let what = if variable {
        "it has variables"
    } else {
        "it has several graphs"
    };
    Err(Error::new(
        "float model",
        Problem::Unsupported(format!("{what}, and its layers do not run one by one")),
        "see how far tensors are off with `quant error-report`",
    ))
}

/// The float model with the reals that quantized constants stand for, and which constants those are.
fn weights(float: &Model, quantized: &Model, twins: &[Option<TensorId>]) -> Result<(Model, Vec<bool>)> {
    let mut model = float.clone();
    let mut uses = BufferUses::of(&model);
    let mut replaced = vec![false; twins.len()];
    for (index, twin) in twins.iter().enumerate() {
        let id = TensorId(index);
        let tensor = float.main().tensor(id);
        let twin = twin.map(|twin| quantized.main().tensor(twin));
        let Some(twin) = twin.filter(|twin| is_quantized(twin) && twin.shape == tensor.shape) else {
            continue;
        };
        if tensor.dtype != DType::Float32 || !float.is_const(tensor) {
            continue;
        }
        if let Some(reals) = dequantized(quantized, twin)? {
            let bytes: Vec<u8> = reals.iter().flat_map(|x| x.to_le_bytes()).collect();
            constant::store(&mut model, &mut uses, id, DType::Float32, bytes.into());
            replaced[index] = true;
        }
    }
    Ok((model, replaced))
}

/// How many elements of replaced constants each operator reads, itself or through operators of constants.
fn weighted(graph: &Graph, replaced: &[bool]) -> Vec<usize> {
    let mut through = vec![0; replaced.len()];
    for id in graph.ids().filter(|id| replaced[id.0]) {
        through[id.0] = graph.tensor(id).elements().unwrap_or(0);
    }
    let weighted = graph.operators().iter().map(|op| {
        let read: usize = op.inputs.iter().flatten().map(|id| through[id.0]).sum();
        let constant = |id: &TensorId| {
            replaced[id.0] || through[id.0] > 0 || (graph.producer(*id).is_none() && !graph.is_input(*id))
        };
        if op.inputs.iter().flatten().all(constant) {
            op.outputs.iter().for_each(|id| through[id.0] = read);
        }
        read
    });
    weighted.collect()
}
