//! Tests of the crate from outside.

mod ascend;
mod data;
mod lowering;
mod pairs;
mod reference;
mod small;
