//! The float interpreter: runs the main graph, and those that it calls, and shows every tensor of the main graph
//! on the way. Tensors of called graphs are not shown: each may have many values in one run, or none.

mod checks;
mod constant;
mod control;
mod execute;
pub mod ops;
mod plan;
mod prepare;
mod sparse;
mod state;

pub use checks::check_inputs;
pub use constant::constant;
pub use execute::{Observe, Workspace};
pub use prepare::folded;
pub use state::Run;

use plan::Plan;

use crate::ops::{OpDef, Ready};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Graph, Model, TensorId};

/// A model ready to run: operators found, constants decoded or packed. Threads may share it.
pub struct Interpreter<'a> {
    model: &'a Model,
    /// Which graph this is; the main one is 0.
    number: usize,
    graph: &'a Graph,
    /// The graphs that the main one calls, by number; none in those.
    called: Vec<Option<Interpreter<'a>>>,
    constants: Vec<Option<Value>>,
    steps: Vec<Step>,
    plan: Plan,
}

/// One operator.
struct Step {
    def: &'static OpDef,
    kind: Kind,
    /// Activations that nothing reads afterwards.
    dying: Vec<TensorId>,
}

/// How an operator runs.
enum Kind {
    /// By the kernel of its definition.
    Plain,
    /// By a kernel that was made ready.
    Ready(Box<dyn Ready>),
    /// It has run already: it reads constants alone, and its outputs are among them.
    Folded,
}

/// Runs the model once.
///
/// # Errors
/// See [`Interpreter::new`] and [`Interpreter::run_with`].
pub fn run(model: &Model, inputs: &[Value]) -> Result<Vec<Value>> {
    Interpreter::new(model)?.run_with(inputs.to_vec(), &mut Workspace::default(), &mut |_, _, _| Ok(()))
}
