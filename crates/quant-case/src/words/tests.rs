//! Declarations that are right, and every way to be wrong.

use super::*;

fn declared() -> Words {
    Words::new()
        .granularity("group32")
        .dtype("fp8")
        .stage("calibration")
}

#[test]
fn combinations_have_their_stages() {
    let words = declared()
        .test("group32", "fp8", &["calibration", "quantization"])
        .test("layer", "int16", &["quantization"])
        .test("layer", "uint8", &["calibration"]);
    assert_eq!(words.errors(), [""; 0]);
    let stages = |granularity, dtype| {
        let [granularity, dtype] = [granularity, dtype].map(Word::new);
        words.stages(RowKind::Test, granularity, dtype)
    };
    let own = Stage::Own("calibration");
    assert_eq!(stages("group32", "fp8"), Ok(vec![own, Stage::Quantization]));
    assert_eq!(stages("layer", "int16"), Ok(vec![Stage::Quantization]));
    assert_eq!(stages("layer", "uint8"), Ok(vec![own]));
    assert_eq!(stages("channel", "uint8"), Ok(vec![]));
    assert!(
        stages("layer", "fp8")
            .unwrap_err()
            .starts_with("this combination is not declared")
    );
    assert!(
        stages("layer", "int8")
            .unwrap_err()
            .starts_with("this type is for addWeightsOnlyTest")
    );
}

#[test]
fn every_wrong_declaration_is_told_with_its_place() {
    let long = "a123456789012345678901234567890123456789012345678901234567890";
    let rows: &[(Words, &str)] = &[
        (
            declared().dtype("FP8"),
            "type `FP8`: this is no word; use small letters",
        ),
        (declared().dtype("fp_"), "type `fp_`: this is no word"),
        (declared().dtype(long), "a word has at most 60 characters"),
        (declared().dtype("match"), "type `match`: Rust keeps this word"),
        (
            declared().stage("layer"),
            "stage `layer`: this word has a meaning already",
        ),
        (
            declared().stage("fp8"),
            "stage `fp8`: its marker is that of `fp8`",
        ),
        (
            declared().stage("fp_8"),
            "stage `fp_8`: its marker is that of `fp8`",
        ),
        (
            declared().test("group", "fp8", &["quantization"]),
            "(group fp8): granularity `group` is not declared; declare it before with `.granularity(\"group\")`",
        ),
        (
            declared().test("layer", "fp4", &["quantization"]),
            "(layer fp4): type `fp4` is not declared; declare it before with `.dtype(\"fp4\")`",
        ),
        (
            declared().test("layer", "fp8", &["calib"]),
            "(layer fp8): stage `calib` is not declared",
        ),
        (
            declared().test("layer", "fp8", &[]),
            "(layer fp8): no stage is named",
        ),
        (
            declared().test("layer", "uint8", &["quantization"]),
            "(layer uint8): stage `quantization` is tested already",
        ),
        (
            declared().test("layer", "fp8", &["wo_quantization"]),
            "wo_quantization is the stage of addWeightsOnlyTest",
        ),
        (
            declared()
                .test("layer", "fp8", &["calibration"])
                .test("layer", "fp8", &["quantization"]),
            "(layer fp8): this combination is declared already",
        ),
    ];
    for (words, wanted) in rows {
        let errors = words.errors();
        assert!(
            errors.len() == 1 && errors[0].contains(wanted),
            "{errors:?}\n{wanted}"
        );
        assert!(
            errors[0].starts_with("tests.rs:") && errors[0].contains("; "),
            "{errors:?}"
        );
    }
    assert_eq!(
        declared().test("group32", "fp8", &["quantization"]).errors(),
        [
            "build.rs:1:1: word `calibration` goes together with nothing; say with what in a `.test(GRANULARITY, TYPE, STAGES)`, or remove it"
        ]
    );
}
