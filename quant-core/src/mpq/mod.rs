//! Which layers should be int16 in a uint8 model: a bisection over the depth of operators, or subgraphs that are known to
//! need it (ONE: circle-mpqsolver).

mod bisect;
mod depth;
mod pattern;

pub use bisect::{End, Evaluate, Search, Step, bisect};
pub use depth::{Layer, Layers};
pub use pattern::Pattern;
