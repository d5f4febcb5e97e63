//! A configuration for a layer that the model does not have.

quant_macros::value_tests_of!(qconf_of_unknown_layer);

fn main() {}
