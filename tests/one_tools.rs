//! `circle-eval-diff`, `q-implant`, `circle-mpqsolver` and `visq` as scripts meet them: files, printed lines, exit codes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use quant_core::format;
use quant_core::ir::{DType, Model};
use quant_hdf5::{Array, Node, Type};
use serde_json::{Value, json};

fn command(program: &str, folder: &Path, line: &str) -> Output {
    let program = match program {
        "quant" => env!("CARGO_BIN_EXE_quant"),
        "circle-eval-diff" => env!("CARGO_BIN_EXE_circle-eval-diff"),
        "q-implant" => env!("CARGO_BIN_EXE_q-implant"),
        "circle-mpqsolver" => env!("CARGO_BIN_EXE_circle-mpqsolver"),
        "visq" => env!("CARGO_BIN_EXE_visq"),
        "record-minmax" => env!("CARGO_BIN_EXE_record-minmax"),
        "circle-quantizer" => env!("CARGO_BIN_EXE_circle-quantizer"),
        other => panic!("{other}"),
    };
    Command::new(program)
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn passes(program: &str, folder: &Path, line: &str) -> String {
    let output = command(program, folder, line);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {line}\n{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(program: &str, folder: &Path, line: &str, what: &str) {
    let output = command(program, folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(255), "{program} {line}\n{stderr}");
    assert!(stderr.starts_with("ERROR: "), "{program} {line}\n{stderr}");
    assert!(stderr.contains(what), "{program} {line}\n{stderr}");
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Writes `/value/<record>/0` of float records of one shape.
fn write_h5(path: &Path, shape: &[u64], records: &[Vec<f32>]) {
    let record = |values: &Vec<f32>| {
        let array = Array {
            dtype: Type::Float(4),
            shape: shape.to_vec(),
            bytes: bytes(values).into(),
        };
        Node::Group(BTreeMap::from([("0".to_owned(), Node::Array(array))]))
    };
    let value = records
        .iter()
        .enumerate()
        .map(|(at, values)| (at.to_string(), record(values)));
    let root = BTreeMap::from([("value".to_owned(), Node::Group(value.collect()))]);
    let mut out = Vec::new();
    quant_hdf5::write(&root, &mut out).unwrap();
    fs::write(path, out).unwrap();
}

/// A recipe of one operator without options over `x` of five values.
fn write_unary(path: &Path, kind: &str) {
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 5 }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 5 }} }}
        operation {{ type: "{kind}" input: "x" output: "y" }}
        input: "x" output: "y""#
    );
    fs::write(path, text).unwrap();
}

#[test]
fn eval_diff_prints_what_the_original_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("a.recipe"), "Abs");
    write_unary(&folder.join("b.recipe"), "Neg");
    let records = vec![vec![1.0, -2.0, 3.0, 0.0, -5.0], vec![-1.0, 2.0, -3.0, 0.0, 4.0]];
    write_h5(&folder.join("data.h5"), &[5], &records);
    fs::create_dir(folder.join("raw")).unwrap();
    for (at, values) in records.iter().enumerate() {
        fs::write(folder.join(format!("raw/{at}")), bytes(values)).unwrap();
    }
    let all = "--print_mse --print_mae --print_mape --print_mpeir --print_top1_match --print_top5_match";
    let models = "--first_model a.recipe --second_model b.recipe";
    let data = "--first_input_data data.h5 --second_input_data data.h5";
    // |a| is 1 2 3 0 5 and 1 2 3 0 4; b is -1 2 -3 0 5 and 1 -2 3 0 -4. Differences: 2 0 6 0 0 and 0 4 0 0 8.
    let wanted = "\
Evaluating 0'th data
Evaluating 1'th data
Mean Absolute Error (MAE)
MAE for y is 2

Mean Absolute Percentage Error (MAPE)
MAPE for y is 100%

Mean Peak Error to Interval Ratio (MPEIR)
MPEIR for y is 1.6

Ratio of Matched Indices between Top-1 results of the models
Mean Top-1 match ratio for y is 0.5

Ratio of Matched Indices between Top-5 results of the models
Mean Top-5 match ratio for y is 1

Mean Squared Error (MSE)
MSE for y is 12

";
    assert_eq!(
        passes("circle-eval-diff", folder, &format!("{models} {data} {all}")),
        wanted
    );
    for format in ["directory", "dir"] {
        let data = data.replace("data.h5", "raw");
        let line =
            format!("{models} {data} --input_data_format {format} {all} --dump_output_with_prefix out");
        assert_eq!(passes("circle-eval-diff", folder, &line), wanted);
    }
    assert_eq!(
        fs::read(folder.join("out.0.first.output0")).unwrap(),
        bytes(&[1.0, 2.0, 3.0, 0.0, 5.0])
    );
    assert_eq!(
        fs::read(folder.join("out.1.second.output0")).unwrap(),
        bytes(&[1.0, -2.0, 3.0, -0.0, -4.0])
    );
    // Without a metric there are the records alone; without data three of them, the same ones each time.
    assert_eq!(
        passes("circle-eval-diff", folder, &format!("{models} {data}")),
        "Evaluating 0'th data\nEvaluating 1'th data\n"
    );
    let random = passes("circle-eval-diff", folder, &format!("{models} --print_mae"));
    assert!(
        random.starts_with("Evaluating 0'th data\nEvaluating 1'th data\nEvaluating 2'th data\nMean"),
        "{random}"
    );
    assert_eq!(
        random,
        passes("circle-eval-diff", folder, &format!("{models} --print_mae"))
    );
}

#[test]
fn eval_diff_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("a.recipe"), "Abs");
    let fails = |line: &str, what: &str| fails("circle-eval-diff", folder, line, what);
    fails("", "--first_model");
    let models = "--first_model a.recipe --second_model a.recipe";
    fails(
        &format!("{models} --first_input_data a.h5"),
        "Input data path should be given for both first_model and second_model, or neither must be given",
    );
    let data = "--first_input_data a.h5 --second_input_data a.h5";
    fails(&format!("{models} {data}"), "a.h5");
    fails(&format!("{models} {data} --input_data_format text"), "text");
    fails(&format!("{models} --print_mae --bogus"), "--bogus");
    fails("--first_model none.circle --second_model a.recipe", "none.circle");
}

/// Top-5 of a tensor of fewer elements.
#[test]
fn eval_diff_leaves_small_outputs_out_of_matches() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 3 } }
        operand { name: "y" type: FLOAT32 shape { dim: 3 } }
        operation { type: "Abs" input: "x" output: "y" }
        input: "x" output: "y""#;
    fs::write(folder.path().join("a.recipe"), text).unwrap();
    let line = "--first_model a.recipe --second_model a.recipe --print_top5_match --print_top1_match";
    assert_eq!(
        passes("circle-eval-diff", folder.path(), line),
        "Top-5metric for y is ignored, because it has elements less than 5\n\
         Evaluating 0'th data\nEvaluating 1'th data\nEvaluating 2'th data\n\
         Ratio of Matched Indices between Top-1 results of the models\nMean Top-1 match ratio for y is 1\n\n\
         Ratio of Matched Indices between Top-5 results of the models\n\n"
    );
}

/// What is printed is the mean distance of the values that are dumped.
#[test]
fn eval_diff_of_a_quantized_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/Conv2D_004/test.recipe");
    passes(
        "quant",
        folder,
        &format!("run {recipe} --data random:1:4 -o q.circle"),
    );
    passes("quant", folder, &format!("convert {recipe} -o f.circle"));
    let line = "--first_model f.circle --second_model q.circle --print_mae --dump_output_with_prefix p";
    let printed = passes("circle-eval-diff", folder, line);
    let mae = printed
        .lines()
        .find_map(|line| line.strip_prefix("MAE for ofm is "));
    let mae: f64 = mae.unwrap().parse().unwrap();
    let floats = |name: String| {
        let bytes = fs::read(folder.join(name)).unwrap();
        let floats = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|x| f64::from(f32::from_le_bytes(*x)));
        floats.collect::<Vec<f64>>()
    };
    let mut sum = 0.0;
    for record in 0..3 {
        let (a, b) = (
            floats(format!("p.{record}.first.output0")),
            floats(format!("p.{record}.second.output0")),
        );
        let distances = a.iter().zip(&b).map(|(a, b)| (a - b).abs());
        sum += distances.sum::<f64>() / a.len() as f64;
    }
    assert!(mae > 0.0 && (mae - sum / 3.0).abs() <= 1e-5 * mae, "{mae} {sum}");
}

/// Writes a NumPy file.
fn write_npy(path: &Path, descr: &str, shape: &str, bytes: &[u8]) {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    let all = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat();
    fs::write(path, all).unwrap();
}

/// An entry of q-implant's JSON of one scale and zero point; writes its arrays.
fn entry(folder: &Path, name: &str, dtype: &str, scales: &[f32], zero_points: &[i64]) -> Value {
    let count = format!("{},", scales.len());
    write_npy(
        &folder.join(format!("{name}.scale.npy")),
        "<f4",
        &count,
        &bytes(scales),
    );
    let zero_points: Vec<u8> = zero_points.iter().flat_map(|x| x.to_le_bytes()).collect();
    write_npy(
        &folder.join(format!("{name}.zerop.npy")),
        "<i8",
        &count,
        &zero_points,
    );
    json!({
        "dtype": dtype,
        "scale": format!("{name}.scale.npy"),
        "zerop": format!("{name}.zerop.npy"),
        "quantized_dimension": 0,
    })
}

fn load(path: &Path) -> Model {
    format::import(&fs::read(path).unwrap()).unwrap()
}

/// The bytes of a tensor, its type, scales and zero points.
fn content(model: &Model, name: &str) -> (Option<Vec<u8>>, DType, Vec<f32>, Vec<i64>) {
    let graph = model.main();
    let tensor = graph.tensor(graph.find(name).unwrap());
    let quant = tensor.quant.clone().unwrap_or_default();
    let bytes = model.data(tensor).map(|bytes| bytes.to_vec());
    (bytes, tensor.dtype, quant.scale, quant.zero_point)
}

/// A constant without integers gets those of its floats; Reshape, Transpose and Split hand parameters on.
#[test]
fn implant_computes_integers_and_forwards() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 2 } }
        operand { name: "c" type: FLOAT32 shape { dim: 2 dim: 2 }
                  filler { tag: "explicit" arg: "0.5" arg: "-0.375" arg: "3" arg: "-100" } }
        operand { name: "shape" type: INT32 shape { dim: 1 } filler { tag: "explicit" arg: "4" } }
        operand { name: "sum" type: FLOAT32 shape { dim: 2 dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 4 } }
        operation { type: "Add" input: "x" input: "c" output: "sum" add_options { activation: NONE } }
        operation { type: "Reshape" input: "sum" input: "shape" output: "y" }
        input: "x" output: "y""#;
    fs::write(folder.join("m.recipe"), text).unwrap();
    let x = entry(folder, "x", "uint8", &[0.5], &[3]);
    let sum = entry(folder, "sum", "uint8", &[1.5], &[7]);
    let implant = |c: Value| {
        fs::write(
            folder.join("q.json"),
            json!({"x": x, "sum": sum, "c": c}).to_string(),
        )
        .unwrap();
        passes("q-implant", folder, "m.recipe q.json q.circle");
        load(&folder.join("q.circle"))
    };
    // Ties go away from zero, and what the type does not hold is clamped: 2, -1.5, 12, -400 and 10.
    let model = implant(entry(folder, "c", "uint8", &[0.25], &[10]));
    assert_eq!(
        content(&model, "c"),
        (Some(vec![12, 8, 22, 0]), DType::Uint8, vec![0.25], vec![10])
    );
    assert_eq!(content(&model, "y"), (None, DType::Uint8, vec![1.5], vec![7]));
    assert_eq!(content(&model, "x"), (None, DType::Uint8, vec![0.5], vec![3]));
    // A scale for each row.
    let model = implant(entry(folder, "c", "int16", &[0.25, 2.0], &[0, 1]));
    let integers: Vec<u8> = [2i16, -2, 3, -49].iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(
        content(&model, "c"),
        (Some(integers), DType::Int16, vec![0.25, 2.0], vec![0, 1])
    );
    // Given integers are taken as they are; the verb does the same.
    let mut c = entry(folder, "c", "uint8", &[0.25], &[10]);
    write_npy(&folder.join("c.value.npy"), "|u1", "2, 2", &[1, 2, 3, 4]);
    c["value"] = json!("c.value.npy");
    assert_eq!(content(&implant(c), "c").0, Some(vec![1, 2, 3, 4]));
    passes("quant", folder, "implant m.recipe q.json -o v.circle");
    assert_eq!(
        fs::read(folder.join("q.circle")).unwrap(),
        fs::read(folder.join("v.circle")).unwrap()
    );
    // A scale of 0 has no integers.
    let c = entry(folder, "c", "uint8", &[0.0], &[10]);
    fs::write(
        folder.join("q.json"),
        json!({"x": x, "sum": sum, "c": c}).to_string(),
    )
    .unwrap();
    fails(
        "q-implant",
        folder,
        "m.recipe q.json z.circle",
        "tensor `c`: it is a constant without values, and scale 0 is 0",
    );
    // What hands nothing on must be given.
    fs::write(
        folder.join("q.json"),
        json!({"x": x, "c": entry(folder, "c", "uint8", &[1.0], &[0])}).to_string(),
    )
    .unwrap();
    fails(
        "q-implant",
        folder,
        "m.recipe q.json z.circle",
        "tensor `sum`: it gets no parameters and remains float32",
    );
    fails("q-implant", folder, "m.recipe q.json", "<OUTPUT>");
    fails(
        "q-implant",
        folder,
        "m.recipe none.json z.circle",
        "none.json: No such file",
    );
    assert!(!folder.join("z.circle").exists());
}

/// A constant of no elements takes a value of no elements.
#[test]
fn implant_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 0 dim: 1 } }
        operand { name: "c" type: FLOAT32 shape { dim: 1 dim: 0 dim: 1 } filler { tag: "explicit" } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 0 dim: 1 } }
        operation { type: "Add" input: "x" input: "c" output: "y" add_options { activation: NONE } }
        input: "x" output: "y""#;
    fs::write(folder.join("m.recipe"), text).unwrap();
    let mut c = entry(folder, "c", "uint8", &[0.25], &[10]);
    write_npy(&folder.join("c.value.npy"), "|u1", "1, 0, 1", &[]);
    for value in [Some("c.value.npy"), None] {
        match value {
            Some(file) => c["value"] = json!(file),
            None => drop(c.as_object_mut().unwrap().remove("value")),
        }
        let x = entry(folder, "x", "uint8", &[0.5], &[3]);
        fs::write(folder.join("q.json"), json!({"x": x, "y": x, "c": c}).to_string()).unwrap();
        passes("q-implant", folder, "m.recipe q.json q.circle");
        let (bytes, dtype, scale, zero_point) = content(&load(&folder.join("q.circle")), "c");
        assert_eq!(
            (bytes.unwrap_or_default(), dtype, scale, zero_point),
            (vec![], DType::Uint8, vec![0.25], vec![10])
        );
    }
}

const NET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/Net_001/test.recipe");

/// The value behind a word at the start of a line.
#[track_caller]
fn value<'a>(text: &'a str, start: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or_else(|| panic!("{start} is not in\n{text}")).trim()
}

/// The model that is written is that of the configuration, and its error is what circle-eval-diff finds.
#[test]
fn mpqsolver_bisects() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        "record-minmax",
        folder,
        &format!("--input_model {NET} --output_model r.circle"),
    );
    let solve = "--input_model r.circle --output_model";
    for end in ["true", "false"] {
        let line = format!("{solve} {end}.circle --bisection {end} --save_intermediate {end}");
        let said = passes("circle-mpqsolver", folder, &line);
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
        passes(
            "circle-quantizer",
            folder,
            &format!("{quantize} --config {config} r.circle c.circle"),
        );
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        assert!(read(&format!("{end}.circle")) == read("c.circle"), "{end}");
        let diff = format!("--first_model r.circle --second_model {end}.circle --print_mae");
        let diff = passes("circle-eval-diff", folder, &diff);
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
    let first = &first.main().tensor(first.main().operators[0].outputs[0]).name;
    for (name, end) in [(first.as_str(), "true"), ("none of them", "false")] {
        fs::write(folder.join("v.json"), json!({"error": [{name: 1.0}]}).to_string()).unwrap();
        let line = format!("{solve} auto.circle --bisection auto --visq_file v.json");
        passes("circle-mpqsolver", folder, &line);
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        assert!(read("auto.circle") == read(&format!("{end}.circle")), "{end}");
    }
    // At the ends of the ratio there is one type.
    for (ratio, dtype) in [("0", "int16"), ("1", "uint8")] {
        let line = format!(
            "{solve} one.circle --bisection true --qerror_ratio {ratio} --input_dtype float32 --output_dtype float32"
        );
        let said = passes("circle-mpqsolver", folder, &line);
        assert!(
            said.contains(&format!("The best configuration is {dtype} configuration")),
            "{said}"
        );
        let quantize = format!(
            "--quantize_with_minmax float32 {dtype} channel --input_type float32 --output_type float32"
        );
        passes(
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
    passes(
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
        let said = passes("circle-mpqsolver", folder, &line);
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
    let said = passes("quant", folder, line);
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
    let output = command(
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
    passes(
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
        fails("circle-mpqsolver", folder, &format!("{line} {options}"), what);
    }
    let float = format!("--input_model {NET} --output_model q.circle --bisection true");
    fails(
        "circle-mpqsolver",
        folder,
        &float,
        "no activation has a recorded range",
    );
    assert!(!folder.join("q.circle").exists());
}

/// By hand: x in halves, y in quarters.
#[test]
fn visq_writes_the_errors_of_layers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("f.recipe"), "Abs");
    let params = json!({
        "x": entry(folder, "x", "uint8", &[0.5], &[128]),
        "y": entry(folder, "y", "uint8", &[0.25], &[0]),
    });
    fs::write(folder.join("q.json"), params.to_string()).unwrap();
    passes("q-implant", folder, "f.recipe q.json q.circle");
    // x becomes 1 -2 3 0 4, and 1 1 1 1 1.
    write_h5(
        &folder.join("d.h5"),
        &[5],
        &[vec![1.2, -2.1, 3.0, 0.0, 4.1], vec![1.0, 1.0, 1.0, 1.0, 0.9]],
    );
    let line = "-f f.recipe --q_circle q.circle -d d.h5 --mpeir_output mpeir.json --mse_output mse.json \
                --tae_output tae.json --srmse_output srmse.json --dump_dot_graph --batch_size 1";
    assert_eq!(passes("visq", folder, line), "");
    let mse = f64::midpoint(0.06 / 5.0, 0.01 / 5.0);
    for (file, metric, wanted) in [
        (
            "mpeir.json",
            "MPEIR",
            f64::midpoint(0.2 / (4.1 + 1e-6), 0.1 / (0.1 + 1e-6)),
        ),
        ("mse.json", "MSE", mse),
        ("tae.json", "TAE", f64::midpoint(0.4, 0.1)),
        ("srmse.json", "SRMSE", mse.sqrt() / 0.25),
    ] {
        let text: Value = serde_json::from_str(&fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        assert_eq!(text["meta"]["model"], "f.recipe");
        assert_eq!(text["meta"]["metric"], metric);
        let colors = text["meta"]["colorscheme"].as_array().unwrap();
        assert_eq!(
            (colors.len(), &colors[0]["c"], &colors[8]["c"]),
            (9, &json!("#ffffcc"), &json!("#800026"))
        );
        // No input, and one graph.
        let layers = text["error"][0].as_object().unwrap();
        assert_eq!((text["error"].as_array().unwrap().len(), layers.len()), (1, 1));
        let found = layers["y"].as_f64().unwrap();
        assert!(
            (found - wanted).abs() <= 1e-6 * wanted,
            "{metric}: {found} {wanted}"
        );
        let dot = fs::read_to_string(folder.join(format!("{file}.dot"))).unwrap();
        assert!(
            dot.starts_with("digraph \"f.recipe\" {\n") && dot.ends_with("}\n"),
            "{dot}"
        );
        for part in [
            "\"x\";",
            "\"x\" -> \"y\";",
            &format!("xlabel=\"{metric}: {wanted:.4}\""),
        ] {
            assert!(dot.contains(part), "{part} is not in\n{dot}");
        }
    }
    // What the data are is seen from the file: the records as a list, and as a folder.
    fs::create_dir(folder.join("raw")).unwrap();
    fs::write(folder.join("raw/0"), bytes(&[1.2, -2.1, 3.0, 0.0, 4.1])).unwrap();
    fs::write(folder.join("raw/1"), bytes(&[1.0, 1.0, 1.0, 1.0, 0.9])).unwrap();
    fs::write(folder.join("list.txt"), "raw/0\nraw/1\n").unwrap();
    for data in ["raw", "list.txt"] {
        passes(
            "visq",
            folder,
            &format!("-f f.recipe -q q.circle -d {data} --tae_output other.json"),
        );
        assert_eq!(
            fs::read(folder.join("other.json")).unwrap(),
            fs::read(folder.join("tae.json")).unwrap(),
            "{data}"
        );
    }
    let models = "-f f.recipe -q q.circle";
    passes("visq", folder, &format!("{models} --tae_output random.json"));
    fails("visq", folder, models, "At least one output should be given");
    fails(
        "visq",
        folder,
        &format!("{models} -d none.h5 --tae_output e.json"),
        "none.h5",
    );
    fails(
        "visq",
        folder,
        &format!("{models} -b 0 --tae_output e.json"),
        "--batch_size 0",
    );
    fails(
        "visq",
        folder,
        "-f q.circle -q q.circle --tae_output e.json",
        "quantized already",
    );
    fails(
        "visq",
        folder,
        "-f f.recipe -q f.recipe --tae_output e.json",
        "no quantized activation has the name",
    );
    assert!(!folder.join("e.json").exists());
}

/// Every program has help with examples, exit codes and completions.
#[test]
fn programs_help() {
    let folder = tempfile::tempdir().unwrap();
    for program in ["circle-eval-diff", "q-implant", "circle-mpqsolver", "visq"] {
        let help = passes(program, folder.path(), "--help");
        assert!(
            help.contains("Examples:\n  ") && help.contains("Exit codes:\n  0    done"),
            "{help}"
        );
        for shell in ["bash", "fish"] {
            let text = passes(
                "quant",
                folder.path(),
                &format!("completions {shell} --program {program}"),
            );
            assert!(text.contains(program), "{program}");
        }
    }
    for program in ["circle-eval-diff", "q-implant", "circle-mpqsolver"] {
        assert!(passes(program, folder.path(), "--version").starts_with(program));
    }
}
