//! Tests of the crate from outside.

mod data;
mod integers;
mod joined;
mod lowering;
mod quantize;
mod round_trip;
mod small;
mod vectors;
