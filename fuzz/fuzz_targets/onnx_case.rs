//! ONNX models of cases under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quant_hostile::targets::run("onnx_case", bytes));
