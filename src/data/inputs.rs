//! The graph inputs that records are for, and what they are called.

use quant_core::ir::{Model, Tensor};

use super::prepare::Prepare;
use super::shapes::Shapes;
use crate::failure::{Failure, Result};

/// Graph inputs in their order.
pub struct Inputs {
    /// With the shapes that records have.
    pub tensors: Vec<Tensor>,
    /// What signatures call each.
    aliases: Vec<Vec<String>>,
    /// What is done with pictures and arrays.
    pub prepare: Prepare,
}

impl Inputs {
    /// Those of a model's main graph.
    pub fn new(model: &Model, shapes: &Shapes) -> Result<Self> {
        let graph = model.main();
        let tensors = shapes.apply(graph.input_tensors())?;
        let main = model.signatures().unwrap_or_default().iter();
        let main: Vec<_> = main.filter(|signature| signature.subgraph == 0).collect();
        let alias = |id: usize| {
            let inputs = main.iter().flat_map(|signature| &signature.inputs);
            let same = inputs.filter(|input| usize::try_from(input.tensor) == Ok(id));
            same.map(|input| input.name.clone()).collect()
        };
        let inputs = Self {
            aliases: graph.inputs().iter().map(|id| alias(id.0)).collect(),
            tensors,
            prepare: shapes.prepare.clone(),
        };
        for name in inputs.prepare.inputs_with_fields() {
            if inputs.index(name).is_none() {
                return Err(Failure::Usage(format!(
                    "--field: the model has no input `{name}`; its inputs are {}",
                    inputs.list()
                )));
            }
        }
        Ok(inputs)
    }

    /// The input of a name, or of a name that a signature has for it.
    pub fn index(&self, name: &str) -> Option<usize> {
        let names = self.tensors.iter().position(|input| input.name == name);
        names.or_else(|| {
            self.aliases
                .iter()
                .position(|aliases| aliases.iter().any(|alias| alias == name))
        })
    }

    /// The names of the input `index`: its own, and those of signatures.
    pub fn names(&self, index: usize) -> impl Iterator<Item = &str> {
        let own = self.tensors.get(index).map(|input| input.name.as_str());
        let aliases = self.aliases.get(index).into_iter().flatten();
        own.into_iter().chain(aliases.map(String::as_str))
    }

    /// All names, for a message.
    pub fn list(&self) -> String {
        let names = (0..self.tensors.len()).map(|index| {
            let mut names: Vec<String> = Vec::new();
            for name in self.names(index) {
                let name = format!("`{name}`");
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names.join(" or ")
        });
        names.collect::<Vec<_>>().join(", ")
    }
}
