//! Tests of the crate from outside.

mod data;
mod integers;
mod lowering;
mod quantize;
mod round_trip;
mod small;
