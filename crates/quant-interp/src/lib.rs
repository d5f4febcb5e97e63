//! The float interpreter: runs the main graph, and those that it calls, and shows every tensor of the main graph
//! on the way. Tensors of called graphs are not shown: each may have many values in one run, or none.

mod checks;
mod constant;
mod control;
mod execute;
mod interpreter;
pub mod ops;
mod plan;
mod prepare;
mod sparse;
mod state;

pub use checks::check_inputs;
pub use constant::constant;
pub use execute::{Observe, Workspace, run};
pub use interpreter::Interpreter;
pub use prepare::folded;
pub use state::{Run, Subgraph};
