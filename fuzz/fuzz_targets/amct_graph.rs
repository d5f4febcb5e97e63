//! AMCT's changes of graphs in text, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quant_hostile::targets::run("amct_graph", bytes));
