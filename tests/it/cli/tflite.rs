//! TensorFlow Lite's quantizers on the command line.

use std::fs;
use std::path::Path;

use quant_core::format;
use quant_core::ir::DType;
use quant_core::scheme::tflite::statistics::Statistics;
use serde_json::Value;

use crate::common::{outcome, passes, quant};

const DATA: &str = "--data random:1:6";

/// A model whose middle operator has no rule in TensorFlow Lite's int8.
const SINE: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "a" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "s" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operation { type: "Tanh" input: "x" output: "a" }
    operation { type: "Sin" input: "a" output: "s" }
    operation { type: "Mul" input: "s" input: "s" output: "y" mul_options { activation: NONE } }
    input: "x" output: "y""#;

fn types(path: &Path) -> [DType; 2] {
    let model = format::import(&fs::read(path).unwrap()).unwrap();
    let graph = model.main();
    [graph.inputs()[0], graph.outputs()[0]].map(|id| graph.tensor(id).dtype)
}

#[test]
fn the_scheme_follows_the_output_and_steps_make_what_run_makes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    passes(folder, "convert @Net_000 -o m.tflite");
    passes(folder, &format!("run m.tflite {DATA} -o run.tflite"));
    for line in [
        format!("run m.tflite {DATA}"),
        format!("run m.tflite {DATA} --type int8 -o named.tflite"),
        format!("run m.tflite {DATA} --scheme tflite-int8 -o named.tflite"),
        format!("run @Net_000 {DATA} --granularity channel -o named.tflite"),
    ] {
        passes(folder, &line);
        let name = if line.contains(" -o ") {
            "named.tflite"
        } else {
            "m.int8.tflite"
        };
        assert!(read(name) == read("run.tflite"), "{line}");
    }
    let float = DType::Float32;
    assert_eq!(types(&folder.join("run.tflite")), [float, float]);

    // The steps: ranges in the model, or beside it in either form.
    passes(folder, &format!("record m.tflite {DATA} -o ranges.tflite"));
    passes(folder, "quantize ranges.tflite -o steps.tflite");
    assert!(read("steps.tflite") == read("run.tflite"));
    let statistics = Statistics::of(&format::import(&read("ranges.tflite")).unwrap());
    for text in [statistics.to_list(), statistics.to_object()] {
        fs::write(folder.join("ranges.json"), text).unwrap();
        passes(
            folder,
            "quantize m.tflite --statistics ranges.json -o steps.tflite",
        );
        assert!(read("steps.tflite") == read("run.tflite"));
    }
    fs::write(folder.join("ranges.json"), r#"[[0, "other", 0, 1]]"#).unwrap();
    let line = "quantize m.tflite --statistics ranges.json -o no.tflite";
    let (code, _, error) = outcome(quant(folder, line));
    assert_eq!(code, 1, "{error}");
    assert!(
        error.starts_with("error: ranges.json: statistics of `other`: "),
        "{error}"
    );
    assert!(!folder.join("no.tflite").exists());

    // A .circle is ONE's, and so is what comes of fake quantization.
    for (steps, run) in [("tflite", "--scheme one "), ("circle", "")] {
        for line in [
            format!("run m.tflite {DATA} {run}-o run.{steps}"),
            format!("fake-quantize m.tflite -o 1.{steps}"),
            format!("record 1.{steps} {DATA} -o 2.{steps}"),
            format!("quantize 2.{steps} -o 3.{steps}"),
        ] {
            // LiteRT has no such kernels, which is told.
            assert_eq!(outcome(quant(folder, &line)).0, 0, "{line}");
        }
        assert!(
            read(&format!("3.{steps}")) == read(&format!("run.{steps}")),
            "{steps}"
        );
        assert_eq!(types(&folder.join(format!("run.{steps}"))), [DType::Uint8; 2]);
    }
}

#[test]
fn what_can_be_asked_for_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (int8, int16, uint8, float) = (DType::Int8, DType::Int16, DType::Uint8, DType::Float32);
    for (words, wanted) in [
        ("--input-type int8 --output-type int8", [int8, int8]),
        ("--input-type uint8", [uint8, float]),
        (
            "--type int16 --output-type int16 --bias-type int32",
            [float, int16],
        ),
        (
            "--type uint8 --granularity layer --input-type uint8",
            [uint8, float],
        ),
        ("--scheme tflite-int8-legacy --per-tensor", [float, float]),
        (
            "--dense-per-tensor --float CONV_2D --float name:p --float regex:^log",
            [float, float],
        ),
    ] {
        passes(folder, &format!("run @Net_000 {DATA} {words} -o m.tflite"));
        assert_eq!(types(&folder.join("m.tflite")), wanted, "{words}");
    }
    // No data is needed, and without data nothing is compared.
    for scheme in ["tflite-dynamic", "tflite-dynamic-legacy", "tflite-float16"] {
        let said = passes(folder, &format!("run @Net_000 --scheme {scheme} -o m.tflite"));
        assert!(!said.contains("outputs "), "{said}");
        let said = passes(
            folder,
            &format!("run @Net_000 {DATA} --scheme {scheme} -o m.tflite"),
        );
        assert!(said.contains("outputs "), "{said}");
    }
}

#[test]
fn what_a_scheme_lacks_is_an_error_that_names_both() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (words, wanted) in [
        (
            "--same-scale",
            "--same-scale: the scheme `tflite-int8` has no such option; leave it out, or take --scheme one",
        ),
        (
            "--type int16 --config q.json",
            "--config: the scheme `tflite-int16x8` has no such option",
        ),
        (
            "--lowest=-1e9",
            "--lowest: the scheme `tflite-int8` has no such option",
        ),
        (
            "--bias-type int32",
            "--bias-type: the scheme `tflite-int8` has no such option",
        ),
        (
            "--scheme one --compat",
            "--compat: the scheme `one` has no such option",
        ),
        (
            "--scheme one --type int8",
            "--type int8: the scheme `one` has uint8 and int16",
        ),
        (
            "--scheme tflite-int8 --type int16",
            "--type: the scheme `tflite-int8` has no such option",
        ),
        (
            "--scheme tflite-float16 --per-tensor",
            "--per-tensor: the scheme `tflite-float16` has no such option",
        ),
        (
            "--type uint8 --granularity channel",
            "--granularity channel: the scheme `tflite-uint8` has no such option",
        ),
        (
            "--float CONV2D",
            "no operator has this name; write an operator as in CONV_2D",
        ),
        ("--scheme tflite-int4", "schemes are one, tflite, tflite-int8, "),
    ] {
        let (code, _, error) = outcome(quant(folder, &format!("run @Net_000 {DATA} {words} -o m.tflite")));
        assert_eq!(code, 2, "{words}: {error}");
        assert!(error.contains(wanted), "{words}: {error}");
        assert!(!folder.join("m.tflite").exists());
    }
    for (line, wanted) in [
        (
            format!("run @Net_000 {DATA} --input-type int16 -o m.tflite"),
            "scheme `tflite-int8`: int16 is no type that its inputs can have; give float32, int8, uint8",
        ),
        (
            format!("run @Net_000 {DATA} --input-type int8,float32 -o m.tflite"),
            "scheme `tflite-int8`: its inputs have one type, and several are given; give one for all",
        ),
    ] {
        let (code, _, error) = outcome(quant(folder, &line));
        assert_eq!(code, 1, "{line}: {error}");
        assert!(error.contains(wanted), "{line}: {error}");
    }
    let (code, _, error) = outcome(quant(
        folder,
        &format!("record @Net_000 {DATA} --scheme tflite-dynamic -o m.tflite"),
    ));
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("it takes no recorded ranges"), "{error}");
}

#[test]
fn what_stays_float_is_told_and_with_strict_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("m.recipe"), SINE).unwrap();
    for (output, strict) in [
        (
            "q.tflite",
            "error: m.recipe: the model: Quantization not yet supported for op: 'SIN'.",
        ),
        (
            "q.circle",
            "error: m.recipe: the model: no rule quantizes SIN (`s`), and none of them was asked",
        ),
    ] {
        let line = format!("run m.recipe {DATA} -o {output}");
        let said = passes(folder, &line);
        assert!(
            said.contains("\nfloat        SIN (`s`): the scheme has no rule for it\n"),
            "{said}"
        );
        let (code, found, _) = outcome(quant(folder, &format!("{line} --json -")));
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(code, 0);
        let kept = &found["float_operators"][0];
        assert_eq!(
            (&kept["kind"], &kept["output"], &kept["operator"]),
            (&"SIN".into(), &"s".into(), &1.into())
        );
        assert_eq!(kept["asked"], false);
        fs::remove_file(folder.join(output)).unwrap();
        let (code, _, error) = outcome(quant(folder, &format!("{line} --strict")));
        assert_eq!(code, 4, "{error}");
        assert!(error.starts_with(strict), "{error}");
        assert!(!folder.join(output).exists());
        // Asked for, it is no error.
        let said = passes(folder, &format!("{line} --strict --float SIN"));
        assert!(said.contains("SIN (`s`): it was asked to stay float"), "{said}");
    }
}

/// A model that was trained with fake quantization: conversion leaves QUANTIZE and DEQUANTIZE in it.
const TRAINED: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "xq" type: UINT8 shape { dim: 1 dim: 4 } quant { min: -1 max: 1 scale: 0.0078125 zero_point: 128 } }
    operand { name: "xf" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "yq" type: UINT8 shape { dim: 1 dim: 4 } quant { min: -2 max: 2 scale: 0.015625 zero_point: 128 } }
    operand { name: "yf" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operation { type: "Quantize" input: "x" output: "xq" }
    operation { type: "Dequantize" input: "xq" output: "xf" }
    operation { type: "Add" input: "xf" input: "xf" output: "y" add_options { activation: NONE } }
    operation { type: "Quantize" input: "y" output: "yq" }
    operation { type: "Dequantize" input: "yq" output: "yf" }
    input: "x" output: "yf""#;

#[test]
fn a_model_with_fake_quantization_has_a_scheme_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("m.recipe"), TRAINED).unwrap();
    let (code, _, error) = outcome(quant(folder, &format!("run m.recipe {DATA} -o q.tflite")));
    assert_eq!(code, 1, "{error}");
    assert!(
        error.contains("--scheme tflite-qat makes integers of it, and needs no data"),
        "{error}"
    );
    let line = "run m.recipe --scheme tflite-qat --input-type int8 --output-type int8 -o q.tflite";
    passes(folder, line);
    assert_eq!(types(&folder.join("q.tflite")), [DType::Int8; 2]);
    assert!(!passes(folder, &format!("{line} {DATA}")).contains("not compared"));
}

/// The state of an SVDF is quantized, and the outputs are compared all the same.
#[test]
fn a_model_with_a_state_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operand { name: "features" type: FLOAT32 shape { dim: 4 dim: 2 } filler { tag: "gaussian" arg: "0" arg: "1" } }
        operand { name: "times" type: FLOAT32 shape { dim: 4 dim: 3 } filler { tag: "gaussian" arg: "0" arg: "1" } }
        operand { name: "bias" type: FLOAT32 shape { dim: 4 } filler { tag: "gaussian" arg: "0" arg: "1" } }
        operand { name: "state" type: FLOAT32 shape { dim: 1 dim: 12 } is_variable: true }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 } }
        operation { type: "SVDF" input: "x" input: "features" input: "times" input: "bias" input: "state" output: "y"
                    svdf_options { rank: 1 activation: NONE } }
        input: "x" output: "y""#;
    fs::write(folder.join("m.recipe"), text).unwrap();
    let said = passes(folder, &format!("run m.recipe {DATA} -o q.tflite"));
    assert!(
        said.contains("outputs      y: SQNR ") && !said.contains("\nfloat  "),
        "{said}"
    );
}
