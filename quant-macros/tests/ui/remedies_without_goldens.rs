//! Remedies whose models and ranges have no goldens.

quant_macros::value_tests_of!(remedies_without_goldens);

fn main() {}
