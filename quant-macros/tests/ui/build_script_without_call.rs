//! A build script that does not call quant_testgen: there is no such manifest.

quant_macros::value_tests_of!(nothing);

fn main() {}
