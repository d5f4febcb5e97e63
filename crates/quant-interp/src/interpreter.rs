//! A model that is ready to run. `prepare` makes it, `execute` runs it.

use super::plan::Plan;
use crate::ops::integer::ready as integer;
use crate::ops::integer::{Kernel, Profile};
use crate::ops::{Call, OpDef, Ready};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Graph, Model, TensorId};

/// A model ready to run: operators found, constants decoded or packed. Threads may share it.
pub struct Interpreter<'a> {
    pub(super) model: &'a Model,
    /// Which graph this is; the main one is 0.
    pub(super) number: usize,
    pub(super) graph: &'a Graph,
    /// The graphs that the main one calls, by number; none in those.
    pub(super) called: Vec<Option<Interpreter<'a>>>,
    pub(super) constants: Vec<Option<Value>>,
    pub(super) steps: Vec<Step>,
    pub(super) plan: Plan,
    /// The first operator that runs on several records in turn.
    pub(super) late: usize,
    /// Early operators that can run band by band, in their order.
    pub(super) pairs: Vec<Pair>,
}

impl Interpreter<'_> {
    /// Lets the memory of a mapped file go that has the model's constants: what runs has copies of its own. Pages come back when
    /// somebody looks at them again.
    pub fn release_file(&self) {
        for graph in [self.graph]
            .into_iter()
            .chain(self.called.iter().flatten().map(|called| called.graph))
        {
            let contents = graph
                .tensors()
                .iter()
                .filter_map(|tensor| self.model.content(tensor));
            contents.for_each(quant_ir::Content::release);
        }
    }
}

/// One operator.
pub(super) struct Step {
    pub(super) def: &'static OpDef,
    pub(super) kind: Kind,
    /// Activations that nothing reads afterwards.
    pub(super) dying: Vec<TensorId>,
}

/// Two neighbouring operators, the second of which is the only one that reads what the first makes.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// The first one.
    pub first: usize,
    /// Rows a band, of what the second makes.
    pub band: usize,
}

/// How an operator runs.
pub(super) enum Kind {
    /// By the kernel of its definition, or of a profile.
    Plain(fn(&Call<'_>) -> Result<Vec<Value>>),
    /// By a kernel that was made ready.
    Ready(Box<dyn Ready>),
    /// On integers.
    Integer(Kernel, Profile),
    /// On integers, by a kernel that was made ready.
    ReadyInteger(Box<dyn integer::Ready>),
    /// It has run already: it reads constants alone, and its outputs are among them.
    Folded,
}
