//! A row that is not run and expected to fail.

quant_macros::value_tests_of!(ignored_and_failing);

fn main() {}
