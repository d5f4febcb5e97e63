//! A row that is ignored without a reason.

quant_macros::value_tests_of!(attribute_without_reason);

fn main() {}
