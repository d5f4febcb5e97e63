//! Tests of the crate from outside.

mod data;
mod lowering;
mod quantized;
mod round_trip;
mod small;
