//! The last line of `run`, where numbers alone would mislead.

use std::fs;

use crate::common::{outcome, passes, quant};

const DATA: &str = "--data random:1:6";

/// An activation of four values.
const TANH: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operation { type: "Tanh" input: "x" output: "y" }
    input: "x" output: "y""#;

#[test]
fn a_verdict_is_of_what_was_quantized_and_of_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // An expression that no operator's name fits.
    let recipe = r#"[{"regex": "nosuch", "operation": "*", "algorithm_key": "min_max_uniform_quantize", "op_config": {
        "activation_tensor_config": {"num_bits": 8, "symmetric": false},
        "weight_tensor_config": {"num_bits": 8, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}}]"#;
    fs::write(folder.join("r.json"), recipe).unwrap();
    for words in [
        format!("--recipe r.json {DATA}"),
        "--scheme tflite-dynamic".to_owned(),
    ] {
        let (code, said, _) = outcome(quant(folder, &format!("run @Net_000 {words} -o m.tflite")));
        let wanted = "verdict      nothing was quantized: every operator stays float\n";
        assert!(code == 0 && said.ends_with(wanted), "{said}");
    }
    let line = format!("auto @Net_000 {DATA} --scheme tflite-dynamic --max-drop 1 -o a.tflite");
    let said = passes(folder, &line);
    assert!(
        said.contains("; the goal is reached; nothing was quantized: every operator stays float\n"),
        "{said}"
    );
    // Integers that the runtime of the file has no kernels for.
    let line = format!("run @Net_000 {DATA} --scheme one -o m.tflite");
    let (code, said, warned) = outcome(quant(folder, &line));
    assert!(code == 0 && warned.contains("no kernel for uint8"), "{warned}");
    assert!(
        said.ends_with("that ranges come from; but LiteRT does not run it right, as the warnings say\n"),
        "{said}"
    );
    // Records that are no numbers.
    fs::write(folder.join("tanh.recipe"), TANH).unwrap();
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/0.txt"), "1,-1,0.5,2").unwrap();
    fs::write(folder.join("in/1.txt"), "1,nan,0.5,2").unwrap();
    let (code, said, warned) = outcome(quant(folder, "run tanh.recipe --data in -o m.tflite"));
    assert!(
        code == 0 && warned.contains("record 1: `x` has NaN in it"),
        "{warned}"
    );
    let wanted = "; it holds values that are no numbers: look at the data, and at the float model\n";
    assert!(
        said.contains("verdict      bad: SQNR NaN dB") && said.ends_with(wanted),
        "{said}"
    );
}

/// What was to stay float and is not there would become integers without a word.
#[test]
fn a_name_that_no_operator_has_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let line = format!(
        "run @Net_000 {DATA} --float name:cc1 --float regex:^conv --float SIN --float name:c1 -o m.tflite"
    );
    let (code, said, warned) = outcome(quant(folder, &line));
    assert!(code == 0 && said.contains("it was asked to stay float"), "{said}");
    let lines: Vec<&str> = warned.lines().collect();
    assert_eq!(lines.len(), 2, "{warned}");
    assert!(
        lines[0].ends_with("--float name:cc1: no operator makes a tensor of this name; is it `c1`? `quant info` lists all names")
            && lines[1].ends_with("--float regex:^conv: no operator makes a tensor of this name; `quant info` lists all names"),
        "{warned}"
    );
}

/// LiteRT's reference kernels take a sum's integers for others; those that a user has do not.
#[test]
fn a_sum_that_reference_kernels_alone_get_wrong_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let line = format!("run @Sum_000 {DATA} -o m.tflite");
    let said = passes(folder, &line);
    let wanted = "; SUM is wrong in LiteRT's reference kernels alone: compare with `--runtime litert`\n";
    assert!(
        said.contains("verdict      bad") && said.ends_with(wanted),
        "{said}"
    );
    let said = passes(folder, &format!("{line} --runtime litert"));
    assert!(said.contains("verdict      good"), "{said}");
}
