//! Entry points of a model, and the graphs that they enter.

use super::{Graph, Model, OpId, Signature, TensorId};
use crate::error::{Error, Place, Problem, Result};

impl Model {
    /// Appends a graph; returns its number.
    pub fn add_graph(&mut self, graph: Graph) -> usize {
        self.graphs.push(graph);
        self.graphs.len() - 1
    }

    /// Sets the entry points.
    ///
    /// # Errors
    /// One enters a graph that is not there, or names a tensor that its graph does not have.
    pub fn set_signatures(&mut self, signatures: Option<Vec<Signature>>) -> Result<()> {
        let tensors: Vec<usize> = self.graphs.iter().map(|graph| graph.tensors().len()).collect();
        check(signatures.as_deref(), &tensors)?;
        self.signatures = signatures;
        Ok(())
    }

    /// Lets every operator of the main graph from number `start` on, the outputs and the signatures read `to`
    /// instead of `from`.
    ///
    /// # Errors
    /// As [`Graph::redirect`].
    pub fn redirect(&mut self, start: OpId, from: TensorId, to: TensorId) -> Result<()> {
        self.main_mut().redirect(start, from, to)?;
        self.redirect_signatures(|output| if output == from { to } else { output });
        Ok(())
    }

    /// Lets the outputs of signatures of the main graph be what `to` says of each. Numbers that name no tensor stay.
    pub fn redirect_signatures(&mut self, to: impl Fn(TensorId) -> TensorId) {
        self.redirect_signatures_of(0, to);
    }

    /// The same of the graph of that number.
    pub fn redirect_signatures_of(&mut self, graph: usize, to: impl Fn(TensorId) -> TensorId) {
        let tensors = self.graphs[graph].tensors().len();
        let signatures = self.signatures.iter_mut().flatten();
        let entries = signatures.filter(|signature| signature.subgraph as usize == graph);
        for output in entries.flat_map(|signature| &mut signature.outputs) {
            let new = to(TensorId(output.tensor as usize)).0;
            if new < tensors {
                output.tensor = new as u32;
            }
        }
    }
}

/// Checks entry points against the number of tensors of each graph.
///
/// # Errors
/// One enters a graph that is not there, or names a tensor that its graph does not have.
pub fn check(signatures: Option<&[Signature]>, tensors: &[usize]) -> Result<()> {
    for signature in signatures.into_iter().flatten() {
        let place = || Place::named("signature", signature.key.as_deref().unwrap_or_default());
        let number = usize::try_from(signature.subgraph).ok();
        let Some(count) = number.and_then(|number| tensors.get(number)) else {
            let what = format!("subgraph {} does not exist", signature.subgraph);
            return Err(Error::new(
                place(),
                Problem::Malformed(what),
                "convert the model again",
            ));
        };
        let mut entries = signature.inputs.iter().chain(&signature.outputs);
        let missing =
            entries.find(|entry| usize::try_from(entry.tensor).map_or(true, |tensor| tensor >= *count));
        if let Some(entry) = missing {
            let what = format!("tensor {} of `{}` does not exist", entry.tensor, entry.name);
            return Err(Error::new(
                place(),
                Problem::Malformed(what),
                "convert the model again",
            ));
        }
    }
    Ok(())
}
