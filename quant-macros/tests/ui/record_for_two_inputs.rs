//! A NumPy record of a graph input that the model does not have.

quant_macros::value_tests_of!(record_for_two_inputs);

fn main() {}
