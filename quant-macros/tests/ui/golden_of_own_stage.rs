//! A stage of the package's own without any golden.

quant_macros::value_tests_of!(golden_of_own_stage, stages = { calibration: quant_testgen::results::Range });

fn main() {}
