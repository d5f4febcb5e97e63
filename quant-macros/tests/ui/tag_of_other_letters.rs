//! A tag that cannot stand in the name of a test.

quant_macros::value_tests_of!(tag_of_other_letters);

fn main() {}
