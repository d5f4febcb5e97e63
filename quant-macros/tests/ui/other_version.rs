//! A build script of another version than the macro.

quant_macros::value_tests_of!(other_version);

fn main() {}
