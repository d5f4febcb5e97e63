//! A list without rows.

quant_macros::value_tests_of!(empty_list);

fn main() {}
