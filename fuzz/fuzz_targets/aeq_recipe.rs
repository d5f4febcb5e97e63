//! Recipes of ai-edge-quantizer, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quant_hostile::targets::run("aeq_recipe", bytes));
