//! An addQConfTest without its configuration.

quant_macros::value_tests_of!(missing_qconf);

fn main() {}
