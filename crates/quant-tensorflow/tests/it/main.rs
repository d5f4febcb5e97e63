//! Tests of the crate from outside.

mod ascend;
mod data;
mod lowering;
mod reference;
mod small;
