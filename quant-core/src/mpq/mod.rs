//! Which layers should be int16 in a uint8 model: a bisection over the depth of operators (ONE: circle-mpqsolver).

mod bisect;
mod depth;

pub use bisect::{End, Evaluate, Search, Step, bisect};
pub use depth::{Layer, Layers};
