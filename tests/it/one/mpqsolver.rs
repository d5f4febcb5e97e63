//! `circle-mpqsolver`: bisects, and knows patterns.

use std::fmt::Write;
use std::fs;

use quant_core::ir::DType;
use serde_json::{Value, json};

use super::{content, value};
use crate::common::{NET, call, load, refuses, succeeds};

/// The model that is written is that of the configuration, and its error is what circle-eval-diff finds.
#[test]
fn mpqsolver_bisects() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    succeeds(
        "record-minmax",
        folder,
        &format!("--input_model {NET} --output_model r.circle"),
    );
    let solve = "--input_model r.circle --output_model";
    for end in ["true", "false"] {
        let line = format!("{solve} {end}.circle --bisection {end} --save_intermediate {end}");
        let said = succeeds("circle-mpqsolver", folder, &line);
        let errors = fs::read_to_string(folder.join(end).join("errors.mpq.txt")).unwrap();
        assert_eq!(value(&errors, "Q8"), value(&said, "Full uint8 model qerror:"));
        assert_eq!(value(&errors, "Q16"), value(&said, "Full int16 model qerror:"));
        let config = format!("{end}/FinalConfiguration.mpq.json");
        let text: Value = serde_json::from_str(&fs::read_to_string(folder.join(&config)).unwrap()).unwrap();
        assert_eq!(text["default_quantization_dtype"], "uint8");
        assert_eq!(text["default_granularity"], "channel");
        assert_eq!(text["model_path"], "r.circle");
        assert!(text["layers"].as_array().is_some_and(|layers| !layers.is_empty()));
        let quantize = "--quantize_with_minmax float32 uint8 channel --input_type uint8 --output_type uint8";
        succeeds(
            "circle-quantizer",
            folder,
            &format!("{quantize} --config {config} r.circle c.circle"),
        );
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        assert!(read(&format!("{end}.circle")) == read("c.circle"), "{end}");
        let diff = format!("--first_model r.circle --second_model {end}.circle --print_mae");
        let diff = succeeds("circle-eval-diff", folder, &diff);
        let mae = diff
            .lines()
            .find_map(|line| line.strip_prefix("MAE for ")?.split_once(" is "));
        assert_eq!(mae.unwrap().1, value(&errors, "FINAL"));
        let number = |text: &str| text.parse::<f64>().unwrap();
        assert!(number(value(&errors, "FINAL")) < number(value(&said, "Target qerror:")));
        // Each step has its configuration and its model; one of them is the output.
        let steps = said.matches("Qerror at depth").count();
        let step = (1..=steps).find(|n| read(&format!("{end}/quantized_{n}.mpq.circle")) == read("c.circle"));
        let step = step.unwrap();
        let layers = |name: &str| -> Value {
            let text = fs::read_to_string(folder.join(end).join(name)).unwrap();
            serde_json::from_str::<Value>(&text).unwrap()["layers"].clone()
        };
        assert_eq!(layers(&format!("Configuration_{step}.mpq.json")), text["layers"]);
        let files = fs::read_dir(folder.join(end)).unwrap().count();
        assert_eq!(
            files,
            2 * steps + 2,
            "configurations, models, the last configuration, errors"
        );
    }
    // The end with the larger errors; layers that the file does not have count nothing.
    let first = load(&folder.join("r.circle"));
    let first = &first.main().tensor(first.main().operators()[0].outputs[0]).name;
    for (name, end) in [(first.as_str(), "true"), ("none of them", "false")] {
        fs::write(folder.join("v.json"), json!({"error": [{name: 1.0}]}).to_string()).unwrap();
        let line = format!("{solve} auto.circle --bisection auto --visq_file v.json");
        succeeds("circle-mpqsolver", folder, &line);
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        assert!(read("auto.circle") == read(&format!("{end}.circle")), "{end}");
    }
    // At the ends of the ratio there is one type.
    for (ratio, dtype) in [("0", "int16"), ("1", "uint8")] {
        let line = format!(
            "{solve} one.circle --bisection true --qerror_ratio {ratio} --input_dtype float32 --output_dtype float32"
        );
        let said = succeeds("circle-mpqsolver", folder, &line);
        assert!(
            said.contains(&format!("The best configuration is {dtype} configuration")),
            "{said}"
        );
        let quantize = format!(
            "--quantize_with_minmax float32 {dtype} channel --input_type float32 --output_type float32"
        );
        succeeds(
            "circle-quantizer",
            folder,
            &format!("{quantize} r.circle c.circle"),
        );
        assert!(fs::read(folder.join("one.circle")).unwrap() == fs::read(folder.join("c.circle")).unwrap());
    }
}

#[test]
fn mpqsolver_knows_patterns() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A softmax of a layer normalization, both in single operators.
    let mut text = String::new();
    for (name, last) in [
        ("x", 8),
        ("mean", 1),
        ("sub", 8),
        ("square", 8),
        ("variance", 1),
        ("add", 1),
        ("root", 1),
        ("norm", 8),
        ("max", 1),
        ("less", 8),
        ("exp", 8),
        ("sum", 1),
        ("y", 8),
    ] {
        let shape = format!("shape {{ dim: 2 dim: {last} }}");
        writeln!(text, "operand {{ name: \"{name}\" type: FLOAT32 {shape} }}").unwrap();
    }
    text += r#"operand { name: "axes" type: INT32 shape { dim: 1 } filler { tag: "explicit" arg: "-1" } }
        operand { name: "eps" type: FLOAT32 shape { dim: 1 } filler { tag: "explicit" arg: "0.001" } }
        input: "x" output: "y" "#;
    for (kind, inputs, output, options) in [
        ("Mean", "x axes", "mean", "mean_options { keep_dims: true }"),
        ("Sub", "x mean", "sub", "sub_options { activation: NONE }"),
        ("Mul", "sub sub", "square", "mul_options { activation: NONE }"),
        (
            "Mean",
            "square axes",
            "variance",
            "mean_options { keep_dims: true }",
        ),
        ("Add", "variance eps", "add", "add_options { activation: NONE }"),
        ("Rsqrt", "add", "root", ""),
        ("Mul", "sub root", "norm", "mul_options { activation: NONE }"),
        (
            "ReduceMax",
            "norm axes",
            "max",
            "reduce_max_options { keep_dims: true }",
        ),
        ("Sub", "norm max", "less", "sub_options { activation: NONE }"),
        ("Exp", "less", "exp", ""),
        ("Sum", "exp axes", "sum", "sum_options { keep_dims: true }"),
        ("Div", "exp sum", "y", "div_options { activation: NONE }"),
    ] {
        let inputs: Vec<String> = inputs
            .split(' ')
            .map(|name| format!("input: \"{name}\""))
            .collect();
        let inputs = inputs.join(" ");
        writeln!(
            text,
            "operation {{ type: \"{kind}\" {inputs} output: \"{output}\" {options} }}"
        )
        .unwrap();
    }
    fs::write(folder.join("m.recipe"), text).unwrap();
    succeeds(
        "record-minmax",
        folder,
        "--input_model m.recipe --output_model r.circle",
    );
    let (norm, softmax) = (
        "--u8_layernorm_with_s16_variance",
        "--u8_softmax_with_s16_sub_exp",
    );
    for (options, int16, found) in [
        (
            norm.to_owned(),
            &["square", "variance", "add", "root"][..],
            "layer normalizations: 1",
        ),
        (softmax.to_owned(), &["less", "exp"], "softmaxes: 1"),
        (
            format!("{norm} {softmax}"),
            &["square", "variance", "add", "root", "less", "exp"],
            "softmaxes: 1",
        ),
        (String::new(), &[], "using patterns"),
    ] {
        let line = format!(
            "--input_model r.circle --output_model q.circle --patterns {options} --save_intermediate s"
        );
        let said = succeeds("circle-mpqsolver", folder, &line);
        assert!(said.contains(found), "{said}");
        let model = load(&folder.join("q.circle"));
        for name in [
            "x", "mean", "sub", "square", "variance", "add", "root", "norm", "max", "less", "exp", "sum", "y",
        ] {
            let wanted = if int16.contains(&name) {
                DType::Int16
            } else {
                DType::Uint8
            };
            assert_eq!(content(&model, name).1, wanted, "{options}: {name}");
        }
        let text = fs::read_to_string(folder.join("s/FinalConfiguration.mpq.json")).unwrap();
        let text: Value = serde_json::from_str(&text).unwrap();
        let names = text["layers"].as_array().unwrap().iter();
        let names: Vec<&str> = names.filter_map(|layer| layer["name"].as_str()).collect();
        assert_eq!(names, int16);
    }
    // The verb finds the same layers, and refuses a model without any.
    let line = "mpq m.recipe --data random:1:2 --pattern layer-norm,softmax -o v.json --model v.circle";
    let said = succeeds("quant", folder, line);
    assert!(
        said.contains("layer-norm   1 of them\nsoftmax      1 of them\nuint8        mae"),
        "{said}"
    );
    let model = load(&folder.join("v.circle"));
    for name in ["square", "variance", "add", "root", "less", "exp"] {
        assert_eq!(content(&model, name).1, DType::Int16, "{name}");
    }
    let text: Value = serde_json::from_str(&fs::read_to_string(folder.join("v.json")).unwrap()).unwrap();
    assert_eq!(text["layers"].as_array().unwrap().len(), 6);
    let output = call(
        "quant",
        folder,
        &format!("mpq {NET} --data random:1:2 --pattern softmax -o none.json"),
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("no operators form a softmax as --pattern looks for it"),
        "{stderr}"
    );
    assert!(!folder.join("none.json").exists());
}

#[test]
fn mpqsolver_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    succeeds(
        "record-minmax",
        folder,
        &format!("--input_model {NET} --output_model r.circle"),
    );
    let line = "--input_model r.circle --output_model q.circle";
    fs::write(folder.join("v.json"), "{}").unwrap();
    for (options, what) in [
        ("", "Unrecognized solver; give --bisection"),
        ("--u8_layernorm_with_s16_variance", "Unrecognized solver"),
        ("--bisection true --patterns", "only one method is allowed"),
        (
            "--bisection front",
            "`front`; give --bisection auto, true or false",
        ),
        ("--bisection auto", "please provide visq_file for auto mode"),
        (
            "--bisection auto --visq_file v.json",
            "v.json: No 'error' section in visq stream",
        ),
        (
            "--bisection true --qerror_ratio 1.5",
            "quantization ratio must be in [0, 1]",
        ),
        (
            "--bisection true --qerror_ratio -1",
            "quantization ratio must be in [0, 1]",
        ),
        ("--bisection true --input_dtype int4", "Unsupported input type"),
        ("--bisection true --data none.h5", "none.h5"),
    ] {
        refuses("circle-mpqsolver", folder, &format!("{line} {options}"), what);
    }
    let float = format!("--input_model {NET} --output_model q.circle --bisection true");
    refuses(
        "circle-mpqsolver",
        folder,
        &float,
        "no activation has a recorded range",
    );
    assert!(!folder.join("q.circle").exists());
}
