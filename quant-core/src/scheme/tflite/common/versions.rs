//! Versions of operators.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, Model, OpId};

/// The versions that operators get: all of one kind in a model have one, as they share an entry in its file.
#[derive(Debug, Default)]
pub struct Versions {
    /// At least.
    raised: BTreeMap<Builtin, i32>,
    /// Whatever they had.
    set: BTreeMap<Builtin, i32>,
}

impl Versions {
    /// Operators of that kind have this version, or a higher one.
    pub fn raise(&mut self, builtin: Builtin, version: i32) {
        let raised = self.raised.entry(builtin).or_insert(version);
        *raised = version.max(*raised);
    }

    /// Operators of that kind have this version.
    pub fn set(&mut self, builtin: Builtin, version: i32) {
        self.set.insert(builtin, version);
    }

    /// Changes operators and the list of their codes.
    ///
    /// # Errors
    /// None that a sound graph could have.
    pub fn apply(mut self, model: &mut Model) -> Result<()> {
        for op in model.graphs().iter().flat_map(quant_ir::Graph::operators) {
            if let Some(raised) = self.raised.get_mut(&op.code.builtin) {
                *raised = op.code.version.max(*raised);
            }
        }
        let new = |builtin: Builtin| self.set.get(&builtin).or(self.raised.get(&builtin)).copied();
        for code in &mut model.opcodes {
            code.version = new(code.builtin).unwrap_or(code.version);
        }
        for graph in model.graphs_mut() {
            for number in 0..graph.operators().len() {
                if let Some(version) = new(graph.operator(OpId(number)).code.builtin) {
                    graph.edit(OpId(number), |op| op.code.version = version)?;
                }
            }
        }
        Ok(())
    }
}
