//! Tests of the crate from outside.

mod data;
mod lowering;
mod round_trip;
