//! The float interpreter: runs the main graph, and those that it calls, and shows every tensor of the main graph
//! on the way. Tensors of called graphs are not shown: each may have many values in one run, or none.
//!
//! [`run`] runs a model once; an [`Interpreter`] is made ready once and runs any number of times, on any number of threads.
//!
//! ```
//! use quant_ir::ndarray::{ArrayD, array};
//! use quant_ir::value::Value;
//!
//! let recipe = quant_case::recipe::parse(r#"
//!     operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 3 } }
//!     operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 3 } }
//!     operation { type: "ReLU" input: "x" output: "y" } input: "x" output: "y""#)?;
//! let model = quant_recipe::build(&recipe)?;
//! let outputs = quant_interp::run(&model, &[Value::from(array![[-1.0f32, 0.0, 2.5]])])?;
//! let relu: ArrayD<f32> = outputs[0].clone().into_array()?;
//! assert_eq!(relu, array![[0.0, 0.0, 2.5]].into_dyn());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod abreast;
pub mod apart;
mod bands;
mod checks;
mod constant;
mod control;
mod execute;
mod going;
mod interpreter;
mod joined;
mod lacking;
mod lifetimes;
pub mod ops;
mod plan;
mod prepare;
mod single;
mod sparse;
mod state;
mod together;
mod workspace;

pub use checks::check_inputs;
pub use constant::constant;
pub use control::called;
pub use execute::{Observe, run};
pub use interpreter::Interpreter;
pub use joined::{Joined, joined};
pub use lacking::without_kernel;
pub use ops::floats::FloatProfile;
pub use ops::integer::Profile;
pub use ops::transpose::turned;
pub use prepare::folded;
pub use state::{Run, Sequence, Subgraph};
pub use together::{Failed, TOGETHER, Watch};
pub use workspace::Workspace;
