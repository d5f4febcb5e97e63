//! Tests of the crate from outside.

mod ascend;
mod data;
mod lowering;
mod pairs;
mod pbtxt;
mod reference;
mod small;
mod wire;
