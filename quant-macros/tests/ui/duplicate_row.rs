//! A row stands twice in the list.

quant_macros::value_tests_of!(duplicate_row);

fn main() {}
