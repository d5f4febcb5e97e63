//! Several flaws: all are told, each with its line.

quant_macros::value_tests_of!(all_at_once);

fn main() {}
