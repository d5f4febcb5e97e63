//! Declarations that are wrong, all told at once. Their places are those of the test's own code.

quant_macros::value_tests_of!(words_declared_wrongly);

fn main() {}
