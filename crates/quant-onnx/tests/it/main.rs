//! Tests of the crate from outside.

mod data;
mod round_trip;
