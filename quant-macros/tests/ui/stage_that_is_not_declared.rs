//! A stage that the build script does not declare.

quant_macros::value_tests_of!(stage_that_is_not_declared, stages = { calibration: quant_testgen::results::Range });

fn main() {}
