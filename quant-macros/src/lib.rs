//! `value_tests!`: one typed test per model, granularity, type and stage.
