//! The verbs that look into quantized models: eval-diff, error-report, implant, mpq; and help and completions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use quant_core::interp::{Interpreter, Workspace};
use quant_core::ir::{DType, Model};
use quant_core::quantized::fake;
use quant_core::record::{RandomRecords, Records};
use serde_json::{Value, json};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a line of words; `@NAME` is a recipe of this repository, `%NAME` a model that it does not have.
fn quant(folder: &Path, line: &str) -> Output {
    let words = line.split(' ').map(|word| match word.as_bytes().first() {
        Some(b'@') => format!("{REPOSITORY}/recipes/{}/test.recipe", &word[1..]),
        Some(b'%') => models().join(&word[1..]).display().to_string(),
        _ => word.to_owned(),
    });
    Command::new(env!("CARGO_BIN_EXE_quant"))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn models() -> PathBuf {
    let shared = std::env::var_os("QUANT_REFERENCE");
    shared
        .map_or_else(|| Path::new(REPOSITORY).join("../shared"), PathBuf::from)
        .join("models")
}

#[track_caller]
fn passes(folder: &Path, line: &str) -> String {
    let output = quant(folder, line);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "quant {line}\n{stderr}");
    assert_eq!(stderr, "", "quant {line} says something beside its result");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(folder: &Path, line: &str, code: i32, what: &str) {
    let output = quant(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "quant {line}\n{stderr}");
    assert!(stderr.contains(what), "quant {line}\n{stderr}");
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
fn near(found: &Value, wanted: f64) {
    let number = found.as_f64().unwrap_or(f64::NAN);
    assert!(
        (number - wanted).abs() <= 1e-12 * wanted.abs(),
        "{found} instead of {wanted}"
    );
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
fn every_verb_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let list = passes(folder.path(), "--help");
    let verbs: Vec<&str> = list
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // What a verb does may take several lines, which begin farther in.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() >= 17, "{verbs:?}");
    for verb in verbs {
        let help = passes(folder.path(), &format!("{verb} --help"));
        for part in [
            "Examples:\n  # ",
            &format!("  quant {verb}"),
            "Exit codes:\n  0  done",
        ] {
            assert!(help.contains(part), "{part} is not in\n{help}");
        }
    }
}

#[test]
fn shells_complete() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = passes(folder.path(), &format!("completions {shell}"));
        for word in ["eval-diff", "error-report", "implant", "mpq", "weights-only"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    fs::write(
        folder.path().join("quant.bash"),
        passes(folder.path(), "completions bash"),
    )
    .unwrap();
    let syntax = Command::new("bash")
        .args(["-n", "quant.bash"])
        .current_dir(folder.path())
        .status();
    assert!(syntax.map_or(true, |status| status.success()));
    let program = passes(folder.path(), "completions bash --program circle-quantizer");
    assert!(
        program.contains("--quantize_with_minmax") && program.contains("complete -F"),
        "{program}"
    );
    fails(
        folder.path(),
        "completions bash --program tar",
        2,
        "possible values: quant",
    );
    fails(folder.path(), "completions csh", 2, "possible values: bash");
}

#[test]
fn eval_diff_of_numbers_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_unary(&folder.join("abs.recipe"), "Abs");
    write_unary(&folder.join("relu.recipe"), "ReLU");
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/0.txt"), "1,-2,3,-4,5\n").unwrap();
    fs::write(folder.join("in/1.txt"), "-1,-2,-3,-4,-5\n").unwrap();
    let table = passes(
        folder,
        "eval-diff abs.recipe relu.recipe --data in --json diff.json --dump-output-prefix out",
    );
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 7, "four metrics need a legend: {table}");
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(
        words,
        [
            "y", "2.10000", "70.0000", "1.12500", "7.50000", "0.50000", "1.00000"
        ]
    );
    assert_eq!(lines[2], "2 records");
    // 1 2 3 4 5 against 1 0 3 0 5, and against zeros: the means of both records.
    let report = read_json(&folder.join("diff.json"));
    let output = &report["outputs"][0];
    assert_eq!((&report["records"], &output["name"]), (&json!(2), &json!("y")));
    for (metric, wanted) in [
        ("mae", f64::midpoint(1.2, 3.0)),
        ("mape", f64::midpoint(40.0, 100.0)),
        ("mpeir", f64::midpoint(1.0, 1.25)),
        ("mse", f64::midpoint(4.0, 11.0)),
        ("top1", 0.5),
        ("top5", 1.0),
    ] {
        near(&output[metric], wanted);
    }
    let bytes: Vec<u8> = [1.0f32, 0.0, 3.0, 0.0, 5.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    assert_eq!(fs::read(folder.join("out.0.second.output0")).unwrap(), bytes);
    assert_eq!(fs::read(folder.join("out.1.first.output0")).unwrap().len(), 20);

    // Words choose, and the second model may have records of its own.
    fs::create_dir(folder.join("other")).unwrap();
    fs::write(folder.join("other/0.txt"), "1,2,3,4,5\n").unwrap();
    fs::write(folder.join("other/1.txt"), "1,2,3,4,5\n").unwrap();
    let table = passes(
        folder,
        "eval-diff abs.recipe relu.recipe --data in --data-b other --metric mse,top1",
    );
    assert_eq!(
        table,
        "output  mse     top1\ny         0  1.00000\n2 records\n\
         top1   part of the records whose largest element stands at the same place\n"
    );

    fs::write(folder.join("other/2.txt"), "1,2,3,4,5\n").unwrap();
    let two = "eval-diff abs.recipe relu.recipe --data in";
    fails(
        folder,
        &format!("{two} --data-b other"),
        1,
        "records: 2 for the first model, 3 for the second",
    );
    fails(folder, &format!("{two} --metric rmse"), 2, "possible values: mae");
    fails(folder, &format!("{two} --threads 0"), 2, "give at least 1");
    fails(
        folder,
        "eval-diff abs.recipe relu.recipe --data no",
        5,
        "no: No such file",
    );
    fails(folder, "eval-diff abs.recipe relu.recipe", 2, "--data");
    fails(
        folder,
        &format!("{two} --json no/such.json"),
        5,
        "no: No such file",
    );
    fails(
        folder,
        &format!("{two} --dump-output-prefix no/out"),
        5,
        "no: No such file",
    );
    fails(
        folder,
        "eval-diff @Split_000 abs.recipe --data random:1:2",
        1,
        "outputs",
    );
    fails(
        folder,
        "eval-diff abs.recipe @ReLU_000 --data random:1:2",
        1,
        "tensor `y`: its shape is [5]",
    );
}

#[test]
fn open_dimensions_take_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 } }
        operation { type: "Abs" input: "x" output: "y" }
        input: "x" output: "y""#;
    let mut model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
    for tensor in &mut model.main_mut().tensors {
        tensor.shape_signature = Some(vec![-1, 4]);
    }
    let bytes = quant_core::format::export(&model, quant_core::ir::FileFormat::Tflite).unwrap();
    fs::write(folder.join("open.tflite"), bytes).unwrap();
    let data = "--data random:1:3 --shape x=5,4";
    passes(folder, &format!("run open.tflite {data} -o q.circle"));
    passes(
        folder,
        &format!("eval-diff open.tflite q.circle {data} --json diff.json"),
    );
    let mae = read_json(&folder.join("diff.json"))["outputs"][0]["mae"]
        .as_f64()
        .unwrap();
    assert!(mae > 0.0 && mae < 0.02, "{mae}");
    passes(
        folder,
        &format!("error-report open.tflite q.circle {data} -o errors.json"),
    );
    assert_eq!(
        read_json(&folder.join("errors.json"))["tensors"][0]["elements"],
        20
    );
    passes(
        folder,
        &format!("mpq open.tflite {data} --metric mse --ratio 1 -o qconf.json"),
    );
}

#[test]
fn any_number_of_threads_finds_the_same_errors() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "run @Net_001 --data random:3:5 -o q.circle");
    let with = |threads: usize| {
        let tail = format!("@Net_001 q.circle --data random:4:70 --threads {threads}");
        passes(folder, &format!("eval-diff {tail} --json diff.json"));
        passes(folder, &format!("error-report {tail} -o errors.json"));
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        (read("diff.json"), read("errors.json"))
    };
    assert!(with(1) == with(2) && with(1) == with(7));
    // Fewer records than threads share them within operators.
    let few = |threads: usize| {
        passes(
            folder,
            &format!("eval-diff @Net_001 q.circle --data random:4:2 --threads {threads}"),
        )
    };
    assert_eq!(few(1), few(5));
}

/// Every value of the float graph and of the fake-quantized one, record by record, by the names of the float graph.
fn by_hand(float: &Model, quantized: &Model, name: &str, records: &dyn Records) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut model = quantized.clone();
    fake::run(&mut model).unwrap();
    let seen = format!("{name}_FQ_Dequantize");
    let of = |model: &Model, index: usize, names: &[&str]| {
        let mut found = Vec::new();
        let interpreter = Interpreter::new(model).unwrap();
        let run = interpreter.run_with(
            records.get(index).unwrap(),
            &mut Workspace::default(),
            &mut |id, value, _| {
                let name = &model.main().tensor(id).name;
                if let Some(rank) = names.iter().position(|wanted| wanted == name) {
                    found.push((rank, value.as_f32().unwrap().to_vec()));
                }
                Ok(())
            },
        );
        run.unwrap();
        found.sort_by_key(|(rank, _)| *rank);
        found.swap_remove(0).1
    };
    (0..records.len())
        .map(|index| (of(float, index, &[name]), of(&model, index, &[&seen, name])))
        .collect()
}

#[test]
fn error_report_agrees_with_plain_loops() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o float.circle");
    passes(folder, "run float.circle --data random:3:5 -o q.circle");
    let printed = passes(
        folder,
        "error-report float.circle q.circle --data random:9:3 -o report --rows 0",
    );
    let report = read_json(&folder.join("report/errors.json"));
    let read = |name: &str| quant_core::format::import(&fs::read(folder.join(name)).unwrap()).unwrap();
    let (float, quantized) = (read("float.circle"), read("q.circle"));
    let records = RandomRecords::new(float.main().input_tensors(), 9, 3).unwrap();
    let tensors = report["tensors"].as_array().unwrap();
    let activations: Vec<&Value> = tensors.iter().filter(|t| t["kind"] == "activation").collect();
    assert_eq!(activations.len(), 7, "the input and six operators");
    for tensor in activations {
        let name = tensor["name"].as_str().unwrap();
        assert!(printed.contains(name), "{name}");
        let (mut mpeir, mut mse, mut tae, mut cosine, mut signal, mut noise) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let values = by_hand(&float, &quantized, name, &records);
        let count = values.len() as f64;
        for (a, b) in values {
            let wide = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
            let (a, b) = (wide(&a), wide(&b));
            let off: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).collect();
            let max = |x: &[f64]| x.iter().copied().fold(f64::MIN, f64::max);
            let min = |x: &[f64]| x.iter().copied().fold(f64::MAX, f64::min);
            let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            mpeir += max(&off) / (max(&a) - min(&a) + 1e-6) / count;
            mse += dot(&off, &off) / off.len() as f64 / count;
            tae += off.iter().sum::<f64>() / count;
            cosine += dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt() / count;
            signal += dot(&a, &a);
            noise += dot(&off, &off);
        }
        near(&tensor["mpeir"], mpeir);
        near(&tensor["mse"], mse);
        near(&tensor["tae"], tae);
        near(&tensor["cosine"], cosine);
        near(&tensor["sqnr"], 10.0 * (signal / noise).log10());
        assert_eq!(tensor["type"], "uint8");
    }
    // Weights and biases; a step of a filter bounds its error.
    let constants: Vec<&str> = tensors
        .iter()
        .filter(|t| t["kind"] == "constant")
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    assert_eq!(constants.len(), 6, "{constants:?}");
    let mut order: Vec<f64> = tensors.iter().map(|t| t["mpeir"].as_f64().unwrap()).collect();
    order.reverse();
    assert!(order.is_sorted(), "the worst comes first");
    assert_eq!(report["operators"].as_array().unwrap().len(), 6);

    let page = fs::read_to_string(folder.join("report/index.html")).unwrap();
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !outside.contains("://") && !outside.contains("src="),
        "the page needs nothing else"
    );
    passes(
        folder,
        "error-report float.circle q.circle --data random:9:3 -o page.html",
    );
    assert_eq!(fs::read_to_string(folder.join("page.html")).unwrap(), page);

    // The last activation has the same error where the model itself makes floats of it.
    let of_prob = |output: &str| {
        passes(
            folder,
            &format!("run float.circle --data random:3:5 --output-type {output} -o t.circle"),
        );
        passes(
            folder,
            "error-report float.circle t.circle --data random:9:3 -o t.json",
        );
        let report = read_json(&folder.join("t.json"));
        let found = report["tensors"]
            .as_array()
            .unwrap()
            .iter()
            .find(|t| t["name"] == "prob")
            .cloned();
        found.unwrap()["mpeir"].clone()
    };
    assert_eq!(of_prob("uint8"), of_prob("float32"));

    let report = "error-report float.circle q.circle";
    fails(
        folder,
        "error-report q.circle float.circle --data random:1:1 -o x",
        1,
        "quantized already",
    );
    fails(
        folder,
        "error-report float.circle @ReLU_000 --data random:1:1 -o x",
        1,
        "no activation has the name",
    );
    fails(
        folder,
        &format!("{report} --data random:1:1 -o no/such.json"),
        5,
        "no: No such file",
    );
    fails(
        folder,
        &format!("{report} --data random:1:1 -o q.circle"),
        5,
        "q.circle",
    );
    fails(folder, &format!("{report} --data random:1:1"), 2, "--output");
}

/// A NumPy file of any type and shape.
fn write_npy(path: &Path, descr: &str, shape: &[i32], bytes: &[u8]) {
    let dims: Vec<String> = shape.iter().map(|d| format!("{d},")).collect();
    let mut header = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}",
        dims.join(" ")
    );
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    let all = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat();
    fs::write(path, all).unwrap();
}

/// The parameters of a quantized model in q-implant's form; the JSON is `params/qparam.json`.
fn dump_for_implant(model: &Model, folder: &Path) -> Value {
    fs::create_dir_all(folder.join("params")).unwrap();
    let mut entries = serde_json::Map::new();
    for (number, tensor) in model.main().tensors.iter().enumerate() {
        let Some(quant) = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty()) else {
            continue;
        };
        let write = |what: &str, descr: &str, shape: &[i32], bytes: &[u8]| {
            let name = format!("{number}.{what}.npy");
            write_npy(&folder.join("params").join(&name), descr, shape, bytes);
            name
        };
        let count = [quant.scale.len() as i32];
        let scale: Vec<u8> = quant.scale.iter().flat_map(|x| x.to_le_bytes()).collect();
        let zero_point: Vec<u8> = quant.zero_point.iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut entry = json!({
            "dtype": tensor.dtype.word(),
            "scale": write("scale", "<f4", &count, &scale),
            "zerop": write("zerop", "<i8", &count, &zero_point),
            "quantized_dimension": quant.quantized_dimension,
        });
        if let Some(bytes) = model.data(tensor) {
            let descr = match tensor.dtype {
                DType::Uint8 => "|u1",
                DType::Int16 => "<i2",
                DType::Int32 => "<i4",
                DType::Int64 => "<i8",
                other => panic!("{other}"),
            };
            entry["value"] = json!(write("value", descr, &tensor.shape, &bytes));
        }
        entries.insert(tensor.name.clone(), entry);
    }
    let entries = Value::Object(entries);
    fs::write(folder.join("params/qparam.json"), entries.to_string()).unwrap();
    entries
}

#[test]
fn implanted_parameters_make_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (model, how) in [
        ("Net_000", "--type uint8"),
        ("Net_000", "--type int16"),
        ("Net_001", "--type uint8 --granularity layer"),
    ] {
        passes(folder, &format!("convert @{model} -o float.circle"));
        passes(
            folder,
            &format!("run float.circle --data random:3:5 {how} -o q.circle"),
        );
        let quantized = quant_core::format::import(&fs::read(folder.join("q.circle")).unwrap()).unwrap();
        dump_for_implant(&quantized, folder);
        let said = passes(
            folder,
            "implant float.circle params/qparam.json -o implanted.circle",
        );
        assert!(said.contains("parameters of"), "{said}");
        let same = passes(folder, "compare q.circle implanted.circle");
        assert!(same.contains("are equal"), "{same}");
    }
}

#[test]
fn implant_refuses_what_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o float.circle");
    passes(folder, "run float.circle --data random:3:5 -o q.circle");
    let quantized = quant_core::format::import(&fs::read(folder.join("q.circle")).unwrap()).unwrap();
    let right = dump_for_implant(&quantized, folder);
    let params = folder.join("params");
    write_npy(&params.join("two.npy"), "<f4", &[2], &[0; 8]);
    write_npy(
        &params.join("negative.npy"),
        "<f4",
        &[1],
        &(-1.0f32).to_le_bytes(),
    );
    write_npy(&params.join("matrix.npy"), "<f4", &[1, 1], &1.0f32.to_le_bytes());
    write_npy(&params.join("far.npy"), "<i8", &[1], &256i64.to_le_bytes());
    write_npy(&params.join("huge.npy"), "<f4", &[i32::MAX], &[0; 8]);
    fs::write(params.join("text.npy"), "no array").unwrap();
    let line = "implant float.circle params/qparam.json -o x.circle";
    let refused = |change: &dyn Fn(&mut Value), code: i32, what: &str| {
        let mut entries = right.clone();
        change(&mut entries);
        fs::write(params.join("qparam.json"), entries.to_string()).unwrap();
        fails(folder, line, code, what);
        assert!(!folder.join("x.circle").exists());
    };
    let set = |tensor: &'static str, key: &'static str, value: Value| {
        move |entries: &mut Value| entries[tensor][key] = value.clone()
    };
    refused(
        &|entries| entries["nix"] = entries["c1"].clone(),
        1,
        "tensor `nix`: the model has none of that name; names are",
    );
    refused(
        &set("c1", "scale", json!("two.npy")),
        1,
        "tensor `c1`: 2 scales and 1 zero points",
    );
    refused(&set("c1", "scale", json!("negative.npy")), 1, "scale 0 is -1");
    refused(
        &set("c1", "scale", json!("matrix.npy")),
        1,
        "matrix.npy: float32 of shape [1, 1]; scales are a list of float32",
    );
    refused(
        &set("c1", "scale", json!("huge.npy")),
        1,
        "huge.npy: the file is too short",
    );
    refused(&set("c1", "scale", json!("text.npy")), 1, "no .npy header");
    refused(
        &set("c1", "scale", json!("no.npy")),
        5,
        "tensor `c1`: scale: params/no.npy: No such file",
    );
    refused(
        &set("c1", "zerop", json!("far.npy")),
        1,
        "zero point 0 is 256; uint8 holds 0…255",
    );
    refused(
        &set("c1", "zerop", json!("negative.npy")),
        1,
        "zero points are a list of int64",
    );
    refused(
        &set("c1", "dtype", json!("uint9")),
        1,
        "dtype: `uint9` is no type",
    );
    refused(
        &set("c1", "dtype", json!("float32")),
        1,
        "tensor `c1`: it cannot become float32",
    );
    refused(
        &set("c1", "quantized_dimension", json!(-1)),
        1,
        "write a whole number from 0",
    );
    refused(
        &set("w1", "quantized_dimension", json!(7)),
        1,
        "along dimension 7",
    );
    refused(
        &set("c1", "value", right["w1"]["value"].clone()),
        1,
        "tensor `c1`: it is no constant and gets values",
    );
    refused(
        &set("w1", "value", right["b1"]["value"].clone()),
        1,
        "tensor `w1`: its values are int32",
    );
    refused(
        &set("c1", "zero_point", json!("x")),
        1,
        "unknown key `zero_point`",
    );
    refused(
        &|entries| drop(entries["c1"].as_object_mut().unwrap().remove("dtype")),
        1,
        "tensor `c1`: `dtype` is missing",
    );
    refused(
        &|entries| drop(entries.as_object_mut().unwrap().remove("c1")),
        1,
        "tensor `c1`: it gets no parameters and remains float32",
    );
    passes(
        folder,
        &format!("{} --partial", line.replace("x.circle", "part.circle")),
    );
    fs::write(params.join("qparam.json"), "[1]").unwrap();
    fails(folder, line, 1, "write an object of tensors");
    fs::write(params.join("qparam.json"), right.to_string()).unwrap();
    fails(
        folder,
        "implant q.circle params/qparam.json -o x.circle",
        1,
        "not float32; start from the float model",
    );
    fails(
        folder,
        "implant float.circle no.json -o x.circle",
        5,
        "no.json: No such file",
    );
    fails(
        folder,
        "implant float.circle params/qparam.json -o x.bin",
        2,
        "let it end in .circle",
    );
}

#[test]
fn mpq_writes_what_config_takes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for end in ["true", "false", "auto"] {
        let said = passes(
            folder,
            &format!(
                "mpq @Net_000 --data random:3:5 --bisection {end} -o qconf.json --model mixed.circle --save-intermediate steps"
            ),
        );
        for part in [
            "int16        mae",
            "uint8        mae",
            "target       mae",
            "step 1",
            "best         cut",
        ] {
            assert!(said.contains(part), "{part} is not in\n{said}");
        }
        let layers = read_json(&folder.join("qconf.json"))["layers"]
            .as_array()
            .unwrap()
            .clone();
        assert!(!layers.is_empty() && layers.iter().all(|layer| layer["dtype"] == "int16"));
        passes(
            folder,
            "run @Net_000 --data random:3:5 --config qconf.json -o run.circle",
        );
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        assert!(read("run.circle") == read("mixed.circle"), "{end}");
        // What was printed is what eval-diff finds.
        passes(
            folder,
            "eval-diff @Net_000 run.circle --data random:3:5 --json diff.json",
        );
        let errors = read_json(&folder.join("steps/errors.json"));
        let found = &read_json(&folder.join("diff.json"))["outputs"][0]["mae"];
        let target = errors["target"].as_f64().unwrap();
        assert!(found.as_f64().unwrap() < target, "{found} {target}");
        assert!(errors["int16"].as_f64().unwrap() < target && target < errors["uint8"].as_f64().unwrap());
        let steps = errors["steps"].as_array().unwrap();
        assert!(
            steps.iter().any(|step| step["error"] == *found),
            "{errors} {found}"
        );
        let kept = fs::read_dir(folder.join("steps")).unwrap().count();
        assert_eq!(
            kept,
            2 * (steps.len() + 2) + 1,
            "configuration and model of each step, and the errors"
        );
        fs::remove_dir_all(folder.join("steps")).unwrap();
    }
    let one = passes(folder, "mpq @Net_000 --data random:3:5 -o one.json --threads 1");
    let seven = passes(folder, "mpq @Net_000 --data random:3:5 -o one.json --threads 7");
    assert_eq!(one, seven);
}

#[test]
fn mpq_at_the_ends() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let said = passes(folder, "mpq @Net_000 --data random:3:5 --ratio 1 -o qconf.json");
    assert!(said.contains("no layer need be int16"), "{said}");
    assert_eq!(read_json(&folder.join("qconf.json"))["layers"], json!([]));
    let said = passes(
        folder,
        "mpq @Net_000 --data random:3:5 --ratio 0 -o qconf.json --model int16.circle",
    );
    assert!(said.contains("--type int16"), "{said}");
    passes(
        folder,
        "run @Net_000 --data random:3:5 --type int16 -o run.circle",
    );
    assert_eq!(
        fs::read(folder.join("run.circle")).unwrap(),
        fs::read(folder.join("int16.circle")).unwrap()
    );
    let mpq = "mpq @Net_000 --data random:3:5 -o q.json";
    fails(
        folder,
        &format!("{mpq} --target-error 0"),
        3,
        "the target error was not reached",
    );
    assert!(folder.join("q.json").exists());
    fails(folder, &format!("{mpq} --ratio 1.5"), 2, "give --ratio in 0…1");
    fails(folder, &format!("{mpq} --target-error -1"), 2, "-1");
    fails(
        folder,
        &format!("{mpq} --ratio 0.5 --target-error 1"),
        2,
        "cannot be used with",
    );
    fails(
        folder,
        &format!("{mpq} --metric top1"),
        2,
        "possible values: mae, mape, mpeir, mse",
    );
    fails(
        folder,
        &format!("{mpq} --model x.bin"),
        2,
        "let it end in .circle",
    );
    fails(
        folder,
        "mpq @Net_000 --data random:3:5 -o no/q.json",
        5,
        "no: No such file",
    );
    passes(folder, "run @Net_000 --data random:3:5 -o q.circle");
    fails(
        folder,
        "mpq q.circle --data random:3:5 -o q.json",
        1,
        "quantized already",
    );
}

#[test]
fn mpq_falls_back_on_int16_and_on_uint8() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    // No mixed model is below this target at either end, and the best of them is worse than uint8.
    for end in ["true", "false"] {
        let said = passes(
            folder,
            &format!(
                "mpq @Net_000 --data random:1:4 --bisection {end} --ratio 0.3 -o q.json --model int16.circle --save-intermediate steps"
            ),
        );
        assert!(said.contains("--type int16"), "{said}");
        let errors = read_json(&folder.join("steps/errors.json"));
        let number = |word: &str| errors[word].as_f64().unwrap();
        assert!(number("int16") < number("target"), "{errors}");
        for step in errors["steps"].as_array().unwrap() {
            assert!(step["error"].as_f64().unwrap() > number("uint8"), "{errors}");
        }
        let qconf = read_json(&folder.join("q.json"));
        assert_eq!(qconf["default_quantization_dtype"], "int16");
        assert_eq!(qconf["layers"].as_array().unwrap().len(), 6);
        passes(
            folder,
            "run @Net_000 --data random:1:4 --type int16 -o run.circle",
        );
        assert!(read("run.circle") == read("int16.circle"), "{end}");
        fs::remove_dir_all(folder.join("steps")).unwrap();
    }
    // Integers up to 255 are exact in uint8 and not in int16; half a thousandth is in neither.
    let recipe = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 4 } }
        operand { name: "y" type: FLOAT32 shape { dim: 4 } }
        operation { type: "Abs" input: "x" output: "y" }
        input: "x" output: "y""#;
    fs::write(folder.join("abs.recipe"), recipe).unwrap();
    fs::create_dir(folder.join("data")).unwrap();
    fs::write(folder.join("data/0.txt"), "0, 101, 200.0005, 255\n").unwrap();
    fails(
        folder,
        "mpq abs.recipe --data data --target-error 0.00001 -o q.json --model uint8.circle --save-intermediate steps",
        3,
        "the target error was not reached",
    );
    let errors = read_json(&folder.join("steps/errors.json"));
    assert!(
        errors["uint8"].as_f64().unwrap() < errors["int16"].as_f64().unwrap(),
        "{errors}"
    );
    let qconf = read_json(&folder.join("q.json"));
    assert_eq!(qconf["default_quantization_dtype"], "uint8");
    assert_eq!(qconf["layers"], json!([]));
    passes(folder, "run abs.recipe --data data -o run.circle");
    assert!(read("run.circle") == read("uint8.circle"));
}

#[test]
fn a_real_network() {
    if !models().join("resnet8_float32.tflite").exists() {
        eprintln!("skipped: {} is not there", models().display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let said = passes(
        folder,
        "mpq %resnet8_float32.tflite --data random:1:4 -o qconf.json --bisection true",
    );
    assert!(said.contains("best         cut"), "{said}");
    passes(
        folder,
        "run %resnet8_float32.tflite --data random:1:4 --config qconf.json -o mixed.circle",
    );
    passes(
        folder,
        "run %resnet8_float32.tflite --data random:1:4 -o uint8.circle",
    );
    let mae = |model: &str| {
        passes(
            folder,
            &format!("eval-diff %resnet8_float32.tflite {model} --data random:1:4 --json diff.json"),
        );
        read_json(&folder.join("diff.json"))["outputs"][0]["mae"]
            .as_f64()
            .unwrap()
    };
    assert!(mae("mixed.circle") < mae("uint8.circle"));
    passes(
        folder,
        "error-report %resnet8_float32.tflite mixed.circle --data random:1:2 -o report",
    );
    // The TFLite converter's int8 model has other names for some tensors, and the same output.
    passes(
        folder,
        "eval-diff %resnet8_float32.tflite %resnet8_int8_converter.tflite --data random:1:2",
    );
}
