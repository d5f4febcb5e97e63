//! There is no list.

quant_macros::value_tests_of!(missing_list);

fn main() {}
