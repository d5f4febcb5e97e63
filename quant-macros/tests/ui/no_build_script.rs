//! A package without build script.

quant_macros::value_tests!();

fn main() {}
