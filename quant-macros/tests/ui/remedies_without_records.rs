//! Remedies of a type that is quantized without records.

quant_macros::value_tests_of!(remedies_without_records);

fn main() {}
