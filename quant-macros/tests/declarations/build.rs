//! What build scripts declare; messages name lines and columns of this file.

use quant_testgen::Words;

/// The words that the build script of a case declares.
pub fn words(name: &str) -> Words {
    let words = Words::new();
    match name {
        "undeclared_combination"
        | "own_words_in_qconf"
        | "stage_without_type"
        | "golden_of_own_stage"
        | "no_such_test_of_own_words" => words
            .granularity("group32")
            .dtype("fp8")
            .stage("calibration")
            .test("group32", "fp8", &["calibration"]),
        "words_declared_wrongly" => words
            .granularity("layer")
            .dtype("FP8")
            .dtype("fp8")
            .stage("fp_8")
            .test("layer", "fp4", &["quantization"])
            .test("layer", "uint8", &["quantization"]),
        "word_of_no_combination" => words.dtype("fp8"),
        _ => words,
    }
}
