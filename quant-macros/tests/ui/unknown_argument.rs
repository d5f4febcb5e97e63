//! An argument that does not exist.

quant_macros::value_tests!(quantiser = Mine);

fn main() {}
