//! Protobuf's text form, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quant_hostile::targets::run("graph_text", bytes));
