//! A line that stands for a row twice.

quant_macros::value_tests_of!(row_twice_by_matrix);

fn main() {}
