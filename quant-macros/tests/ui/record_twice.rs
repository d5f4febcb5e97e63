//! A record that is text and NumPy's.

quant_macros::value_tests_of!(record_twice);

fn main() {}
