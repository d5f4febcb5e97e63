//! `circle-quantizer` as a script meets it: every mode, option and error, with its exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use quant_core::format;
use quant_core::ir::{Builtin, DType, Model, OpCode, Operator, Options, QuantParam, Tensor};
use tempfile::TempDir;

/// Two convolutions of one input each, and an addition of an input to itself.
const NETWORK: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
    operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 1 } filler { tag: "explicit" arg: "0.5" arg: "-1.0" } }
    operand { name: "b" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0.25" arg: "1.0" } }
    operand { name: "conv" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operand { name: "pool" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 2 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 2 } }
    operation { type: "Conv2D" input: "x" input: "w" input: "b" output: "conv"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "MaxPool2D" input: "conv" output: "pool"
                maxpool2d_options { padding: VALID stride_w: 2 stride_h: 2 filter_width: 2 filter_height: 2 } }
    operation { type: "Add" input: "pool" input: "pool" output: "y" add_options { activation: NONE } }
    input: "x" output: "y""#;

/// A folder with `float.circle` and `recorded.circle`.
fn bench() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut model = quant_recipe::build(&quant_case::recipe::parse(NETWORK).unwrap()).unwrap();
    save(folder.path(), "float.circle", &model);
    for (name, min, max) in [
        ("x", -1.0, 1.0),
        ("conv", -2.0, 2.0),
        ("pool", -1.0, 2.0),
        ("y", -2.0, 4.0),
    ] {
        tensor(&mut model, name).quant = Some(QuantParam {
            min: vec![min],
            max: vec![max],
            ..QuantParam::default()
        });
    }
    save(folder.path(), "recorded.circle", &model);
    folder
}

fn tensor<'a>(model: &'a mut Model, name: &str) -> &'a mut Tensor {
    let id = model.main().find(name).unwrap();
    model.main_mut().tensor_mut(id)
}

fn save(folder: &Path, name: &str, model: &Model) {
    let bytes = format::export(model, quant_core::ir::FileFormat::Circle).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

fn load(folder: &Path, name: &str) -> Model {
    format::import(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn run(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_circle-quantizer"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn passes(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "circle-quantizer {line}\n{stderr}");
    stderr
}

#[track_caller]
fn fails(folder: &Path, line: &str, code: i32, message: &str) {
    let output = run(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains(message),
        "circle-quantizer {line}\n{stderr}\ninstead of {message}"
    );
    assert_eq!(
        output.status.code(),
        Some(code),
        "circle-quantizer {line}\n{stderr}"
    );
    assert!(
        !folder.join("out.circle").exists(),
        "circle-quantizer {line} left a file"
    );
}

/// Name, type, scales and zero points of every tensor.
fn tensors(model: &Model) -> Vec<(String, DType, Vec<f32>, Vec<i64>)> {
    let all = model.main().tensors.iter().map(|tensor| {
        let quant = tensor.quant.clone().unwrap_or_default();
        (tensor.name.clone(), tensor.dtype, quant.scale, quant.zero_point)
    });
    all.collect()
}

fn of(model: &Model, name: &str) -> (DType, Vec<f32>, Vec<i64>) {
    let found = tensors(model).into_iter().find(|(other, ..)| other == name);
    let (_, dtype, scale, zero_point) = found.unwrap_or_else(|| panic!("no `{name}`"));
    (dtype, scale, zero_point)
}

#[test]
fn the_first_and_the_third_step_write_what_the_verbs_write() {
    let folder = bench();
    let folder = folder.path();
    for (type_, granularity) in [("uint8", "layer"), ("UINT8", "Channel"), ("Int16", "channel")] {
        let verb = |line: &str| {
            let line = format!(
                "{line} --type {} --granularity {}",
                type_.to_lowercase(),
                granularity.to_lowercase()
            );
            let done = Command::new(env!("CARGO_BIN_EXE_quant"))
                .args(line.split_whitespace())
                .current_dir(folder)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        for (mode, verb_line, input) in [
            ("--quantize_dequantize_weights", "fake-quantize", "float.circle"),
            ("--quantize_with_minmax", "quantize", "recorded.circle"),
        ] {
            let said = passes(
                folder,
                &format!("{mode} FLOAT32 {type_} {granularity} {input} ours.circle"),
            );
            assert_eq!(said, "");
            verb(&format!("{verb_line} {input} -o verb.circle"));
            let [ours, verbs] =
                ["ours.circle", "verb.circle"].map(|name| fs::read(folder.join(name)).unwrap());
            assert!(ours == verbs, "{mode} {type_} {granularity}");
        }
    }
}

#[test]
fn options_stand_anywhere_and_the_output_may_be_the_input() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "recorded.circle a.circle --quantize_with_minmax float32 uint8 channel --save_min_max",
    );
    assert_eq!(of(&load(folder, "a.circle"), "x").0, DType::Uint8);
    let kept = load(folder, "a.circle");
    let pool = kept.main().find("pool").unwrap();
    assert_eq!(kept.main().tensor(pool).quant.clone().unwrap().max, [2.0]);

    fs::copy(folder.join("recorded.circle"), folder.join("b.circle")).unwrap();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel --save_min_max b.circle b.circle",
    );
    assert!(fs::read(folder.join("a.circle")).unwrap() == fs::read(folder.join("b.circle")).unwrap());

    // Without an extension it is Circle.
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel recorded.circle plain",
    );
    assert_eq!(&fs::read(folder.join("plain")).unwrap()[4..8], b"CIR0");
}

#[test]
fn interface_types_and_pools_follow_their_options() {
    let folder = bench();
    let folder = folder.path();
    let line = "--quantize_with_minmax float32 int16 channel recorded.circle out.circle --verbose";
    let said = passes(
        folder,
        &format!("{line} --input_type FLOAT32 --output_type uint8"),
    );
    assert!(
        said.contains("import recorded.circle: ") && said.contains("export out.circle: "),
        "{said}"
    );
    let model = load(folder, "out.circle");
    assert_eq!(of(&model, "x").0, DType::Float32);
    assert_eq!(of(&model, "x_Quantize").0, DType::Int16);
    assert_eq!(of(&model, "y_Quantize").0, DType::Uint8);
    let output = model.main().outputs[0];
    assert_eq!(model.main().tensor(output).name, "y_Quantize");

    passes(
        folder,
        "--quantize_with_minmax float32 uint8 layer recorded.circle out.circle",
    );
    let model = load(folder, "out.circle");
    assert_ne!(of(&model, "pool").1, of(&model, "conv").1);
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 layer --TF-style_maxpool recorded.circle out.circle",
    );
    let model = load(folder, "out.circle");
    assert_eq!(of(&model, "pool"), of(&model, "conv"));
}

#[test]
fn weights_alone_and_other_integers() {
    let folder = bench();
    let folder = folder.path();
    for (word, dtype, limit) in [
        ("int4", DType::Int4, 7.0),
        ("int8", DType::Int8, 127.0),
        ("INT16", DType::Int16, 32767.0),
    ] {
        passes(
            folder,
            &format!("--quantize_weights float32 {word} channel float.circle {word}.circle"),
        );
        let model = load(folder, &format!("{word}.circle"));
        assert_eq!(
            of(&model, "w"),
            (dtype, vec![0.5 / limit, 1.0 / limit], vec![0, 0])
        );
        assert_eq!(of(&model, "x").0, DType::Float32);
    }
    passes(folder, "--requantize INT8 uint8 int8.circle out.circle");
    let model = load(folder, "out.circle");
    assert_eq!(
        of(&model, "w"),
        (DType::Uint8, vec![0.5 / 127.0, 1.0 / 127.0], vec![128, 128])
    );
    let filter = model.main().tensor(model.main().find("w").unwrap());
    assert_eq!(*model.data(filter).unwrap(), [255, 1]);
}

#[test]
fn parameters_are_forced_and_copied() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel recorded.circle q.circle",
    );
    passes(
        folder,
        "--force_quantparam x 0.5 -3 --force_quantparam w 2 7 q.circle forced.circle",
    );
    let model = load(folder, "forced.circle");
    assert_eq!(of(&model, "x"), (DType::Uint8, vec![0.5], vec![-3]));
    assert_eq!(of(&model, "w"), (DType::Uint8, vec![2.0], vec![7]));
    assert_eq!(of(&model, "y"), of(&load(folder, "q.circle"), "y"));
    passes(
        folder,
        "--copy_quantparam w x --copy_quantparam x y forced.circle copied.circle",
    );
    let model = load(folder, "copied.circle");
    assert_eq!(of(&model, "x"), of(&model, "w"));
    assert_eq!(of(&model, "y"), of(&model, "w"));
    let line = |words: &str| format!("{words} q.circle out.circle");
    for (words, message) in [
        (
            "--force_quantparam nosuch 1 0",
            "Tensor does not exist: nosuch; names are those of `quant info`, as in `x`, `w`",
        ),
        ("--copy_quantparam x nosuch", "Tensor does not exist: nosuch"),
        (
            "--copy_quantparam w x",
            "tensor `x`: the 2 scales of `w` along dimension 0 do not fit its shape",
        ),
        (
            "--force_quantparam x 1 0 --force_quantparam x 2 0",
            "tensor `x`: it is given twice",
        ),
        ("--force_quantparam x one 0", "scale `one` is no number"),
        ("--force_quantparam x 1 0.5", "zero point `0.5` is no integer"),
        ("--force_quantparam x 0 0", "0 is no scale; give a number above 0"),
    ] {
        fails(folder, &line(words), 255, message);
    }
    fails(
        folder,
        "--copy_quantparam x y float.circle out.circle",
        255,
        "it has no parameters to copy",
    );
}

#[test]
fn a_quantized_model_becomes_float() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel recorded.circle q.circle",
    );
    passes(folder, "--fake_quantize q.circle out.circle");
    let model = load(folder, "out.circle");
    let names: Vec<String> = tensors(&model).into_iter().map(|(name, ..)| name).collect();
    for name in [
        "x_FQ_Quantize",
        "x_FQ_Dequantize",
        "w_DQ",
        "b_DQ",
        "conv",
        "y_FQ_Dequantize",
    ] {
        assert!(
            names.iter().any(|other| other == name),
            "{name} is not in {names:?}"
        );
    }
    assert!(!names.iter().any(|name| name == "w"));
    assert_eq!(of(&model, "conv").0, DType::Float32);
    assert_eq!(of(&model, "x_FQ_Quantize"), of(&load(folder, "q.circle"), "x"));
}

#[test]
fn pairs_of_onnx_become_types() {
    let folder = bench();
    let folder = folder.path();
    let mut model = load(folder, "float.circle");
    let number = |model: &mut Model, name: &str, dtype: DType, bytes: &[u8]| {
        let buffer = model.add_buffer(bytes.to_vec());
        let mut tensor = Tensor::new(name, dtype, Vec::new());
        tensor.buffer = buffer;
        model.main_mut().add_tensor(tensor)
    };
    let scale = number(&mut model, "scale", DType::Float32, &0.25_f32.to_le_bytes());
    let zero_point = number(&mut model, "zero_point", DType::Uint8, &[7]);
    let shape = vec![1, 1, 1, 2];
    let mut last = model.main().outputs[0];
    for (kind, dtype) in [
        ("ONNXQuantizeLinear", DType::Uint8),
        ("ONNXDequantizeLinear", DType::Float32),
    ] {
        let made = model
            .main_mut()
            .add_tensor(Tensor::new(kind, dtype, shape.clone()));
        let code = OpCode {
            builtin: Builtin::CUSTOM,
            custom: Some(kind.to_owned()),
            version: 1,
        };
        let inputs = [last, scale, zero_point].map(Some).to_vec();
        let op = Operator::new(code, inputs, vec![made], Options::default());
        model.main_mut().operators.push(op);
        last = made;
    }
    model.main_mut().outputs = vec![last];
    save(folder, "onnx.circle", &model);
    passes(folder, "--quantize_onnx_fq_model onnx.circle out.circle");
    let model = load(folder, "out.circle");
    assert_eq!(of(&model, "y"), (DType::Uint8, vec![0.25], vec![7]));
    assert_eq!(model.main().operators.len(), 3);
    fs::remove_file(folder.join("out.circle")).unwrap();
    fails(
        folder,
        "--quantize_with_minmax float32 uint8 channel onnx.circle out.circle",
        255,
        "ONNXQuantizeLinear",
    );
}

#[test]
fn layers_have_settings_of_their_own() {
    let folder = bench();
    let folder = folder.path();
    let quantize = "--quantize_with_minmax float32 uint8 channel --config qconf.json recorded.circle";
    let write = |text: &str| fs::write(folder.join("qconf.json"), text).unwrap();
    let layer = |rest: &str| {
        format!("{{\"layers\": [{{{rest}, \"dtype\": \"int16\", \"granularity\": \"channel\"}}]}}")
    };
    // An operator that reads one tensor twice has a Quantize behind it too.
    write(
        "// comment\n{\"default_granularity\": \"layer\", \"layers\": [{\"names\": [\"y\"], \"dtype\": \"int16\", \"granularity\": \"channel\"}]}",
    );
    passes(folder, &format!("{quantize} mixed.circle"));
    let model = load(folder, "mixed.circle");
    assert_eq!(of(&model, "pool_Quantize").0, DType::Int16);
    assert_eq!(of(&model, "y").0, DType::Int16);
    assert_eq!(of(&model, "y_Quantize").0, DType::Uint8);
    // An alternate list that is in the model stands for all names.
    write(&layer("\"name\": \"nosuch\", \"alternate\": {\"a\": [\"y\"]}"));
    passes(folder, &format!("{quantize} alternate.circle"));
    let [a, b] = ["mixed.circle", "alternate.circle"].map(|name| fs::read(folder.join(name)).unwrap());
    assert!(a == b);
    for (rest, message) in [
        (
            "\"name\": \"nosuch\"",
            "No such layer named nosuch. Check layer names in the quantization configuration file.",
        ),
        (
            "\"names\": [\"y\", \"y\"]",
            "layer `y` of the quantization configuration: it is named twice",
        ),
        (
            "\"name\": \"pool\", \"alternate\": {\"a\": [\"y\"]}",
            "Configuration file has layer names (and alternates) that can be mapped in multiple or no ways",
        ),
        (
            "\"name\": \"nosuch\", \"alternate\": {\"a\": [\"neither\"]}",
            "Configuration file has layer names (and alternates) that can be mapped in multiple or no ways",
        ),
        ("\"nam\": \"y\"", "qconf.json: layers[0]: unknown key `nam`"),
    ] {
        write(&layer(rest));
        fails(folder, &format!("{quantize} out.circle"), 255, message);
        let weights = "--quantize_dequantize_weights float32 uint8 channel --config qconf.json float.circle";
        fails(folder, &format!("{weights} out.circle"), 255, message);
    }
    // Other modes do not read it.
    let said = passes(
        folder,
        "--quantize_weights float32 int8 channel --config qconf.json float.circle a.circle",
    );
    assert_eq!(said, "WARNING: --config has no effect with --quantize_weights\n");
}

#[test]
fn a_bias_that_overflows_is_an_error_or_clipped() {
    let folder = bench();
    let folder = folder.path();
    let mut model = load(folder, "recorded.circle");
    let buffer = tensor(&mut model, "b").buffer;
    model.buffers[buffer.0].data = Some(
        [1e30_f32.to_le_bytes(), (-1e30_f32).to_le_bytes()]
            .concat()
            .into(),
    );
    save(folder, "big.circle", &model);
    let line = "--quantize_with_minmax float32 uint8 channel big.circle";
    fails(
        folder,
        &format!("{line} out.circle"),
        255,
        "bias `b`: element 0, 1000000000000000000000000000000, is",
    );
    passes(folder, &format!("{line} --saturate-bias clipped.circle"));
    let clipped = load(folder, "clipped.circle");
    let bias = clipped.main().tensor(clipped.main().find("b").unwrap());
    let wanted = [i32::MAX.to_le_bytes(), (-i32::MAX).to_le_bytes()].concat();
    assert_eq!(*clipped.data(bias).unwrap(), wanted);
    let verb = |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quant"));
        command
            .args(["quantize", "big.circle", "-o", "verb.circle"])
            .args(options);
        command.current_dir(folder).output().unwrap()
    };
    assert_eq!(verb(&[]).status.code(), Some(1));
    assert!(verb(&["--saturate-bias"]).status.success());
    let [ours, verbs] = ["clipped.circle", "verb.circle"].map(|name| fs::read(folder.join(name)).unwrap());
    assert!(ours == verbs);
}

#[test]
fn constants_that_are_no_numbers_are_found() {
    let folder = bench();
    let folder = folder.path();
    for (value, shown) in [
        (f32::INFINITY, "inf"),
        (f32::NEG_INFINITY, "-inf"),
        (f32::NAN, "NaN"),
        (f32::MAX, "3.4028235e38"),
        (f32::MIN, "-3.4028235e38"),
    ] {
        let mut model = load(folder, "float.circle");
        let buffer = tensor(&mut model, "w").buffer;
        model.buffers[buffer.0].data = Some([0.5_f32.to_le_bytes(), value.to_le_bytes()].concat().into());
        save(folder, "bad.circle", &model);
        let message = format!("bad.circle: constant `w`: element 1 is {shown}, which no scale can hold");
        for mode in [
            "--quantize_dequantize_weights float32 uint8 channel",
            "--quantize_weights float32 int4 channel",
        ] {
            fails(folder, &format!("{mode} bad.circle out.circle"), 255, &message);
        }
    }
}

#[test]
fn wrong_command_lines_return_255() {
    let folder = bench();
    let folder = folder.path();
    let files = "recorded.circle out.circle";
    let exclusive =
        "use exactly one of these options: --quantize_dequantize_weights, --quantize_with_minmax,";
    for (line, message) in [
        ("", exclusive),
        ("--fake_quantize --requantize int8 uint8", exclusive),
        ("--force_quantparam x 1 0 --copy_quantparam x y", exclusive),
        (
            "--quantize_with_minmax float64 uint8 layer",
            "ERROR: Unsupported input type. List of supported input type(s): float32; `float64` was given",
        ),
        (
            "--quantize_dequantize_weights float32 int8 layer",
            "ERROR: Unsupported output type. List of supported output type(s): uint8, int16; `int8` was given",
        ),
        (
            "--quantize_weights float32 uint8 channel",
            "ERROR: Unsupported output type. List of supported output type(s): int4, int8, int16;",
        ),
        (
            "--quantize_with_minmax float32 uint8 row",
            "ERROR: Unsupported granularity. List of supported granularity: layer, channel; `row` was given",
        ),
        (
            "--quantize_weights float32 int8 layer",
            "ERROR: Unsupported granularity. List of supported granularity: channel;",
        ),
        (
            "--quantize_with_minmax float32 int16 layer",
            "ERROR: Layer-wise quantization only supports uint8 dtype.",
        ),
        (
            "--requantize uint8 int8",
            "ERROR: Unsupported input type. List of supported input type(s): int8; `uint8` was given",
        ),
        (
            "--requantize int8 int16",
            "ERROR: Unsupported output type. List of supported output type(s): uint8;",
        ),
        (
            "--quantize_with_minmax float32 uint8 layer --input_type int8",
            "ERROR: Unsupported input type. List of supported input type(s): uint8, int16, int32, int64, float32, bool;",
        ),
        (
            "--quantize_with_minmax float32 uint8 layer --output_type uint8,uint8",
            "2 types are given, the model has 1 outputs",
        ),
        (
            "--quantize_with_minmax float32 uint8 layer --input_type int32",
            "int32 is not a type it can have",
        ),
        ("--nosuch", "unexpected argument '--nosuch'"),
        (
            "--quantize_with_minmax float32 uint8 layer --config nosuch.json",
            "nosuch.json: No such file",
        ),
    ] {
        fails(folder, &format!("{line} {files}"), 255, message);
    }
    fails(folder, "", 255, "Usage: circle-quantizer [ONE MODE OPTION]");
    fails(folder, "--fake_quantize recorded.circle", 255, "<OUTPUT>");
    fails(
        folder,
        "--quantize_with_minmax float32 uint8",
        255,
        "3 values required",
    );
}

#[test]
fn models_that_cannot_be_read_return_1_and_that_cannot_be_written_255() {
    let folder = bench();
    let folder = folder.path();
    fs::write(folder.join("text.circle"), "no model at all, but long enough").unwrap();
    let mode = "--quantize_with_minmax float32 uint8 channel";
    fails(
        folder,
        &format!("{mode} nosuch.circle out.circle"),
        1,
        "ERROR: nosuch.circle: No such file",
    );
    fails(
        folder,
        &format!("{mode} text.circle out.circle"),
        1,
        "ERROR: text.circle: ",
    );
    fails(
        folder,
        &format!("{mode} recorded.circle nosuch/out.circle"),
        255,
        "ERROR: nosuch: No such file",
    );
    fails(
        folder,
        &format!("{mode} float.circle out.circle"),
        255,
        "no activation has a recorded range",
    );
    passes(folder, &format!("{mode} recorded.circle q.circle"));
    fails(
        folder,
        &format!("{mode} q.circle out.circle"),
        255,
        "the model is quantized already",
    );
}

#[test]
fn profiling_data_is_written_when_asked_for() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel --generate_profile_data recorded.circle out.circle",
    );
    let metadata = load(folder, "out.circle").metadata.unwrap_or_default();
    let names: Vec<&str> = metadata.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["ONE_source_table", "ONE_op_table"]);
}

/// The bytes of a table of profiling data.
fn table(model: &Model, name: &str) -> Vec<u8> {
    let named = model.metadata.iter().flatten().find(|entry| entry.name == name);
    let buffer = &model.buffers[named.unwrap().buffer.0];
    buffer.data.as_ref().unwrap().bytes().to_vec()
}

/// The numbers of the operator table: a count, then index, count of sources, and sources of each operator.
fn operator_table(model: &Model) -> Vec<u32> {
    let bytes = table(model, "ONE_op_table");
    let words = bytes.chunks(4);
    words
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect()
}

fn results(model: &Model) -> Vec<&str> {
    let graph = model.main();
    let output = |op: &Operator| graph.tensor(op.outputs[0]).name.as_str();
    graph.operators.iter().map(output).collect()
}

#[test]
fn profiling_data_follows_the_operators() {
    let folder = bench();
    let folder = folder.path();
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 4 } }
        operand { name: "y" type: FLOAT32 shape { dim: 4 } }
        operand { name: "z" type: FLOAT32 shape { dim: 4 } }
        operation { type: "Abs" input: "x" output: "y" }
        operation { type: "Abs" input: "y" output: "z" }
        input: "x" output: "z""#;
    let model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
    save(folder, "chain.circle", &model);
    let recorded = Command::new(env!("CARGO_BIN_EXE_record-minmax"))
        .args("--input_model chain.circle --output_model ranges.circle --generate_profile_data".split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(recorded.status.success());
    let ranges = load(folder, "ranges.circle");
    assert_eq!(operator_table(&ranges), [2, 0, 1, 0, 1, 1, 1]);
    let sources = table(&ranges, "ONE_source_table");
    let wanted = [
        &[2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0],
        &b"y\0"[..],
        &[1, 0, 0, 0, 2, 0, 0, 0],
        b"z\0",
    ];
    assert_eq!(sources, wanted.concat());

    let mode = "--quantize_with_minmax float32 uint8 channel --input_type float32 --output_type float32";
    for option in ["", "--generate_profile_data"] {
        passes(folder, &format!("{mode} {option} ranges.circle q.circle"));
        let quantized = load(folder, "q.circle");
        assert_eq!(results(&quantized), ["x_Quantize", "y", "z", "z_Dequantize"]);
        // x_Quantize comes of no operator of the first model.
        assert_eq!(
            operator_table(&quantized),
            [3, 1, 1, 0, 2, 1, 1, 3, 1, 1],
            "{option}"
        );
        // In the next stage the index of x_Quantize is not taken for the source of that number.
        passes(folder, &format!("--fake_quantize {option} q.circle fake.circle"));
        let fake = load(folder, "fake.circle");
        let known = |name: &str| match name.as_bytes()[0] {
            b'y' => Some(0),
            b'z' => Some(1),
            _ => None,
        };
        let rows = results(&fake).into_iter().zip(0..);
        let rows: Vec<[u32; 3]> = rows
            .filter_map(|(name, index)| Some([index, 1, known(name)?]))
            .collect();
        let listed = operator_table(&fake);
        assert!(
            fake.main().operators.len() > rows.len(),
            "x is quantized there too"
        );
        assert_eq!(listed[0] as usize, rows.len());
        assert_eq!(listed[1..], rows.concat(), "{:?}", results(&fake));
        for model in [&quantized, &fake] {
            assert_eq!(table(model, "ONE_source_table"), sources);
        }
    }
}

#[test]
fn help_and_version() {
    let folder = bench();
    let folder = folder.path();
    for (line, parts) in [
        (
            "--help",
            &[
                "Exit status:",
                "--TF-style_maxpool",
                "Quantization configuration (--config)",
                "Examples:",
            ][..],
        ),
        (
            "-h",
            &[
                "Usage: circle-quantizer [ONE MODE OPTION] [OPTIONS] <INPUT> <OUTPUT>",
                "--fake_quantize",
            ],
        ),
        (
            "--version",
            &[concat!("circle-quantizer ", env!("CARGO_PKG_VERSION"))],
        ),
    ] {
        let output = run(folder, line);
        let shown = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}");
        for part in parts {
            assert!(shown.contains(part), "{part} is not in\n{shown}");
        }
    }
}
