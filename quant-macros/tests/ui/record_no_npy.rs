//! A NumPy record that is something else.

quant_macros::value_tests_of!(record_no_npy);

fn main() {}
