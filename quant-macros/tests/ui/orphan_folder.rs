//! A recipe that no row names.

quant_macros::value_tests_of!(orphan_folder);

fn main() {}
