//! A line that stands for a row of another.

quant_macros::value_tests_of!(row_of_another_line_by_matrix);

fn main() {}
