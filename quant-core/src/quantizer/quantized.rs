//! What a quantizer made.

use quant_ir::error::Result;
use quant_ir::{FileFormat, Graph, Model, Operator, QuantParam, Tensor, format};

use super::event::Warning;
use crate::check::Check;
use crate::remedy::Done;
use crate::runtime::{Unfit, unfit};
use crate::scheme::Kept;
use crate::sensitivity::Layer;

/// A quantized model, with what somebody who uses it should know.
#[derive(Clone, Debug)]
pub struct Quantized {
    pub(super) float: Model,
    pub(super) source: Model,
    pub(super) remedies: Vec<Done>,
    pub(super) model: Model,
    pub(super) kept: Vec<Kept>,
    pub(super) warnings: Vec<Warning>,
    pub(super) check: Option<Result<Check>>,
    pub(super) worst: Option<Layer>,
}

impl Quantized {
    pub(super) fn new(float: Model) -> Self {
        Self {
            model: float.clone(),
            source: float.clone(),
            remedies: Vec::new(),
            float,
            kept: Vec::new(),
            warnings: Vec::new(),
            check: None,
            worst: None,
        }
    }

    /// The quantized model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The float model that it comes from. Weights that its file keeps in another form are floats.
    pub fn float(&self) -> &Model {
        &self.float
    }

    /// What of it was quantized: the float model as remedies left it, with the ranges that were recorded for them.
    pub fn source(&self) -> &Model {
        &self.source
    }

    /// What each remedy did, in their order.
    pub fn remedies(&self) -> &[Done] {
        &self.remedies
    }

    /// The quantized model alone.
    pub fn into_model(self) -> Model {
        self.model
    }

    /// The operators of the float model that compute in floats still, and why.
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// What was found on the way, in its order, and outputs that are far off.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How far the outputs are from the float model's, or why they could not be compared; `None` when nobody tried.
    pub fn check(&self) -> Option<&Result<Check>> {
        self.check.as_ref()
    }

    /// The layer that adds most of the error, where outputs are far off and it can be told.
    pub fn worst(&self) -> Option<&Layer> {
        self.worst.as_ref()
    }

    /// Whether the operators are those of the source, with operands and results of the same types.
    pub(super) fn is_untouched(&self) -> bool {
        let (before, after) = (self.source.graphs(), self.model.graphs());
        let alike = |(before, after): (&Graph, &Graph)| {
            let types = |graph: &Graph, op: &Operator| {
                let ids = op.inputs.iter().flatten().chain(&op.outputs);
                ids.map(|id| graph.tensor(*id).dtype).collect::<Vec<_>>()
            };
            let mut pairs = before.operators().iter().zip(after.operators());
            before.operators().len() == after.operators().len()
                && pairs.all(|(a, b)| a.code.builtin == b.code.builtin && types(before, a) == types(after, b))
        };
        before.len() == after.len() && before.iter().zip(after).all(alike)
    }

    /// Every tensor of the main graph that has a scale: its label ([`quant_ir::Graph::labels`]), the tensor, its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = (String, &Tensor, &QuantParam)> {
        let graph = self.model.main();
        graph
            .tensors()
            .iter()
            .zip(graph.labels())
            .filter_map(|(tensor, label)| {
                let quant = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty())?;
                Some((label, tensor, quant))
            })
    }

    /// What LiteRT (TensorFlow Lite) refuses or computes wrongly; to be asked when the model is written as a `.tflite`.
    pub fn litert(&self) -> Vec<Unfit> {
        unfit(&self.model)
    }

    /// A `.circle` file.
    ///
    /// # Errors
    /// As [`format::Export::new`].
    pub fn circle(&self) -> Result<Vec<u8>> {
        format::export(&self.model, FileFormat::Circle)
    }

    /// A `.tflite` file, with what LiteRT does not do right with it: it runs there when that is empty.
    ///
    /// # Errors
    /// As [`format::Export::new`].
    pub fn tflite(&self) -> Result<(Vec<u8>, Vec<Unfit>)> {
        Ok((format::export(&self.model, FileFormat::Tflite)?, self.litert()))
    }

    /// A file that is handed on piece by piece, without a copy of the weights:
    /// `quantized.export(FileFormat::Circle)?.pieces(|piece| file.write_all(piece))?`.
    ///
    /// # Errors
    /// As [`format::Export::new`].
    pub fn export(&self, format: FileFormat) -> Result<format::Export<'_>> {
        format::Export::new(&self.model, format)
    }
}
