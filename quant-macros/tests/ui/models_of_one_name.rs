//! Two models whose tests would have the same names.

quant_macros::value_tests_of!(models_of_one_name);

fn main() {}
