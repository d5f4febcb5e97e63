//! The generated value tests: one for each model, granularity, type and stage of `test.lst`.

quant_macros::value_tests!();
