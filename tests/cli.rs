//! The command line as a user meets it: what is printed, what is written, how it fails.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

fn quant(folder: &Path, line: &str) -> Output {
    let recipe = |name: &str| format!("{REPOSITORY}/recipes/{name}/test.recipe");
    let words = line.split(' ').map(|word| match word.strip_prefix('@') {
        Some(name) => recipe(name),
        None => word.to_owned(),
    });
    Command::new(env!("CARGO_BIN_EXE_quant"))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap()
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
fn fails(folder: &Path, line: &str) -> (i32, String) {
    let output = quant(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), stderr)
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn run_without_arguments_quantizes_the_embedded_model() {
    let folder = tempfile::tempdir().unwrap();
    let out = passes(folder.path(), "run");
    for part in [
        "model        embedded",
        "records      8",
        "weights      3 tensors",
        "  worst",
        "  mean",
        "time  ",
        "peak memory",
    ] {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
    assert_eq!(files(folder.path()), ["embedded.uint8-channel.circle"]);
    assert_eq!(
        &fs::read(folder.path().join("embedded.uint8-channel.circle")).unwrap()[4..8],
        b"CIR0"
    );
}

#[test]
fn three_steps_are_the_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (type_, granularity) in [("uint8", "layer"), ("uint8", "channel"), ("int16", "channel")] {
        let how = format!("--type {type_} --granularity {granularity}");
        passes(
            folder,
            &format!("run @Net_001 --data random:3:5 {how} -o whole.circle"),
        );
        passes(folder, &format!("fake-quantize @Net_001 {how} -o 1.circle"));
        passes(
            folder,
            "record 1.circle --data random:3:5 --threads 3 -o 2.circle",
        );
        passes(folder, &format!("quantize 2.circle {how} -o 3.circle"));
        let same =
            fs::read(folder.join("whole.circle")).unwrap() == fs::read(folder.join("3.circle")).unwrap();
        assert!(same, "{how}");
    }
}

#[test]
fn any_number_of_threads_writes_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for line in [
        "run @Net_000 --data random:3:5",
        "fake-quantize @Net_000",
        "quantize recorded.circle",
        "weights-only @Net_000 --type int4",
    ] {
        passes(folder, "record @Net_000 --data random:3:5 -o recorded.circle");
        for threads in [1, 2, 7, 1000] {
            passes(folder, &format!("{line} --threads {threads} -o {threads}.circle"));
        }
        let read = |threads| fs::read(folder.join(format!("{threads}.circle"))).unwrap();
        assert!(
            read(1) == read(2) && read(1) == read(7) && read(1) == read(1000),
            "{line}"
        );
    }
}

#[test]
fn a_model_may_be_written_over_itself() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o a.circle");
    passes(folder, "fake-quantize a.circle -o b.circle");
    passes(folder, "fake-quantize a.circle -o a.circle");
    assert!(fs::read(folder.join("a.circle")).unwrap() == fs::read(folder.join("b.circle")).unwrap());
}

#[test]
fn data_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let inputs = format!("{REPOSITORY}/test_inputs/ReLU_000/channel/uint8");
    passes(folder, &format!("run @ReLU_000 --data {inputs} -o txt.circle"));
    let mut values: Vec<f32> = Vec::new();
    for record in 0..5 {
        let text = fs::read_to_string(format!("{inputs}/{record}.txt")).unwrap();
        values.extend(text.trim().split(',').map(|x| x.parse::<f32>().unwrap()));
    }
    let shape = passes(folder, "dump @ReLU_000 --tensor ifm");
    assert!(shape.contains("\"dtype\": \"float32\""), "{shape}");
    let recipe = fs::read_to_string(format!("{REPOSITORY}/recipes/ReLU_000/test.recipe")).unwrap();
    let dims: Vec<&str> = recipe
        .lines()
        .find(|l| l.contains("shape"))
        .unwrap()
        .split("dim: ")
        .skip(1)
        .collect();
    let dims: Vec<&str> = dims.iter().map(|d| d.split([' ', '}']).next().unwrap()).collect();
    // [5, …] without the batch of 1, as calibration sets are saved.
    write_npy(
        &folder.join("set.npy"),
        "<f4",
        &format!("5, {}", dims[1..].join(", ")),
        &values,
    );
    passes(folder, "run @ReLU_000 --data set.npy -o npy.circle");
    assert_eq!(
        passes(folder, "compare txt.circle npy.circle"),
        "2 tensors are equal within tolerance\n"
    );

    write_npy(&folder.join("wrong.npy"), "<f4", "5, 7", &values);
    let (code, error) = fails(folder, "run @ReLU_000 --data wrong.npy");
    assert_eq!(code, 1);
    assert!(
        error.starts_with("error: wrong.npy: its shape is [5, 7]; input `ifm` takes float32 of shape ["),
        "{error}"
    );
    write_npy(&folder.join("double.npy"), "<f8", "5, 7", &values);
    let (_, error) = fails(folder, "run @ReLU_000 --data double.npy");
    assert!(
        error.contains("its type is '<f8'") && error.contains("astype"),
        "{error}"
    );
}

/// A `.npy` file of version 1.0.
/// A network over `x` of any number of rows; `baked` is the shape that a Reshape behind it makes.
fn write_open_model(path: &Path, baked: &str) {
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 4 }} }}
        operand {{ name: "abs" type: FLOAT32 shape {{ dim: 1 dim: 4 }} }}
        operand {{ name: "shape" type: INT32 shape {{ dim: 2 }} filler {{ tag: "explicit" {baked} }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 2 dim: 2 }} }}
        operation {{ type: "Abs" input: "x" output: "abs" }}
        operation {{ type: "Reshape" input: "abs" input: "shape" output: "y" }}
        input: "x" output: "y""#
    );
    let mut model = quant_recipe::build(&quant_case::recipe::parse(&text).unwrap()).unwrap();
    model.main_mut().tensors[0].shape_signature = Some(vec![-1, 4]);
    let bytes = quant_core::format::export(&model, quant_core::ir::FileFormat::Tflite).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn open_dimensions_take_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_open_model(&folder.join("open.tflite"), r#"arg: "-1" arg: "2""#);
    // Two records of three rows: by the file's axes, by the option, and as random numbers.
    let values: Vec<f32> = (0..24).map(|x| x as f32 - 12.0).collect();
    write_npy(&folder.join("rows.npy"), "<f4", "2, 3, 4", &values);
    passes(folder, "infer open.tflite --data rows.npy -o plain");
    passes(folder, "infer open.tflite --data rows.npy --shape x=3,4 -o asked");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!(read("plain/y.npy"), read("asked/y.npy"));
    let header = String::from_utf8_lossy(&read("plain/y.npy")).into_owned();
    assert!(header.contains("(2, 6, 2)"), "{header}");
    fs::create_dir(folder.join("text")).unwrap();
    fs::write(folder.join("text/0.txt"), "1,2,3,4,5,6,-7,8\n").unwrap();
    passes(
        folder,
        "record open.tflite --data text --shape x=2,4 -o recorded.tflite",
    );
    let dump = passes(folder, "dump recorded.tflite --tensor x");
    assert!(
        dump.contains("\"min\": [-7.0]") && dump.contains("\"max\": [8.0]"),
        "{dump}"
    );
    // The model keeps its own shapes.
    let model = quant_core::format::import(&read("recorded.tflite")).unwrap();
    assert_eq!(model.main().tensors[0].shape, [1, 4]);
    assert_eq!(model.main().tensors[0].shape_signature, Some(vec![-1, 4]));
    passes(
        folder,
        "run open.tflite --data random:1:2 --shape x=5,4 -o run.circle",
    );

    for (line, code, what) in [
        (
            "infer open.tflite --data text -o out",
            1,
            "line 1: input `x`: 8 values for shape [1, 4]",
        ),
        (
            "infer open.tflite --data text --shape x=2,5 -o out",
            2,
            "input `x` takes [-1, 4], and [2, 5] does not fit",
        ),
        (
            "infer open.tflite --data text --shape z=2,4 -o out",
            2,
            "the model has no input `z`; its inputs are `x`",
        ),
    ] {
        let (found, error) = fails(folder, line);
        assert!(found == code && error.contains(what), "{line}: {found} {error}");
    }
    write_open_model(&folder.join("baked.tflite"), r#"arg: "2" arg: "2""#);
    passes(folder, "infer baked.tflite --data random:1:1 -o out");
    let (code, error) = fails(
        folder,
        "infer baked.tflite --data random:1:1 --shape x=3,4 -o out",
    );
    assert_eq!(code, 1);
    assert!(
        error.contains(
            "RESHAPE `y`: 12 elements do not fill [2, 2]; the shape holds for the model's own input sizes"
        ),
        "{error}"
    );
}

fn write_npy(path: &Path, descr: &str, shape: &str, values: &[f32]) {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    values.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
    fs::write(path, bytes).unwrap();
}

#[test]
fn dump_and_compare_show_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "run @Conv2D_000 --data random:1:3 -o a.circle");
    passes(folder, "run @Conv2D_000 --data random:2:3 -o b.circle");
    passes(folder, "dump a.circle -o a.json");
    assert!(passes(folder, "compare a.circle a.json").ends_with("tensors are equal within tolerance\n"));
    let output = quant(folder, "compare a.json b.circle");
    assert_eq!(output.status.code(), Some(3));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.contains("`ofm` differs\n") && table.contains(" first "),
        "{table}"
    );
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: a.json and b.circle: "), "{error}");
    assert!(error.contains("of 4 tensors differ"), "{error}");
}

#[test]
fn weights_only_keeps_activations_float() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in ["int4", "int8", "int16"] {
        passes(
            folder.path(),
            &format!("weights-only @Conv2D_000 --type {dtype} -o w.circle"),
        );
        let dump = passes(folder.path(), "dump w.circle");
        let stored = dump.contains(&format!("\"dtype\": \"{dtype}\""));
        assert!(
            stored && dump.contains("\"dtype\": \"float32\""),
            "{dtype}: {dump}"
        );
    }
}

#[test]
fn types_of_the_interface() {
    let folder = tempfile::tempdir().unwrap();
    passes(
        folder.path(),
        "run @ReLU_000 --data random:1:2 --input-type float32 --output-type int16 -o q.circle",
    );
    let dump = passes(folder.path(), "dump q.circle");
    for part in [
        "\"ifm\"",
        "\"ifm_Quantize\"",
        "\"dtype\": \"int16\"",
        "\"dtype\": \"float32\"",
    ] {
        assert!(dump.contains(part), "{part} is not in {dump}");
    }
}

#[test]
fn failures_are_one_line_with_place_and_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("bad.circle"), "no model").unwrap();
    fs::write(folder.join("bad.recipe"), "operand {\n  nam: \"x\"\n}\n").unwrap();
    fs::write(
        folder.join("bad.json"),
        r#"{"layers": [{"name": "off", "dtype": "int16", "granularity": "channel"}]}"#,
    )
    .unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    fs::create_dir(folder.join("folder.npy")).unwrap();
    fs::write(folder.join("text.recipe"), b"\xff\xfe").unwrap();
    fs::write(folder.join("none.recipe"), "").unwrap();
    passes(folder, "run -o q.circle");
    let recipe = fs::read_to_string(format!("{REPOSITORY}/recipes/ReLU_000/test.recipe")).unwrap();
    let dims = recipe
        .lines()
        .find(|line| line.contains("shape"))
        .unwrap()
        .split("dim: ")
        .skip(1);
    let elements: usize = dims
        .map(|dim| dim.split([' ', '}']).next().unwrap().parse::<usize>().unwrap())
        .product();
    fs::create_dir(folder.join("inf")).unwrap();
    fs::create_dir(folder.join("two")).unwrap();
    for (record, value) in [(0, "1,"), (1, "5,")] {
        fs::write(folder.join(format!("two/{record}.txt")), value.repeat(elements)).unwrap();
    }
    fs::write(
        folder.join("inf/0.txt"),
        format!("1,1e39{}", ",0".repeat(elements - 2)),
    )
    .unwrap();
    let before = files(folder);
    let rows = [
        (
            "run none.circle --data random:1:1",
            5,
            "none.circle: No such file",
        ),
        ("run bad.circle --data random:1:1", 1, "bad.circle: "),
        ("run bad.recipe --data random:1:1", 4, "bad.recipe:2:3: "),
        (
            "run @ReLU_000",
            2,
            "run: a model needs calibration data; add --data",
        ),
        (
            "run @ReLU_000 --data empty",
            1,
            "empty: there is no .txt file; write one",
        ),
        ("run @ReLU_000 --data nowhere", 5, "nowhere: No such file"),
        ("run @ReLU_000 --data random:1", 2, "write random:SEED:N"),
        (
            "run @ReLU_000 --data random:1:1 -o x.onnx",
            2,
            "x.onnx: .onnx is no format that is written; let it end in .circle or .tflite",
        ),
        (
            "run @ReLU_000 --data random:1:1 --type int16 --granularity layer",
            1,
            "Layer-wise quantization only supports uint8 dtype; use",
        ),
        (
            "run @ReLU_000 --data random:1:1 --config bad.json",
            1,
            "No such layer named off. Check layer names in the quantization configuration file.; layers are",
        ),
        (
            "run @ReLU_000 --data random:1:1 --type float",
            2,
            "possible values: uint8, int16",
        ),
        (
            "run @ReLU_000 --data random:1:1 --min-percentile 101",
            2,
            "give percentiles in 0…100",
        ),
        (
            "run @ReLU_000 --data random:1:1 -o no/such/folder.circle",
            5,
            "no/such: No such file",
        ),
        (
            "quantize @ReLU_000 -o x.circle",
            1,
            "no activation has a recorded range; run `record`",
        ),
        ("convert @InstanceNorm_000 -o x.tflite", 4, "INSTANCE_NORM"),
        (
            "dump @ReLU_000 --tensor nix",
            1,
            "tensor `nix`: the model has none of that name; names are",
        ),
        (
            "run q.circle --data random:1:1",
            1,
            "the model is quantized already; start from the float model",
        ),
        ("fake-quantize q.circle -o x.circle", 1, "quantized already"),
        ("weights-only q.circle -o x.circle", 1, "quantized already"),
        ("quantize q.circle -o x.circle", 1, "quantized already"),
        (
            "record q.circle --data random:1:1 -o x.circle",
            1,
            "quantized already",
        ),
        (
            "run @ReLU_000 --data inf",
            1,
            "input `ifm`: element 1 is inf; calibrate with finite data",
        ),
        (
            "run @ReLU_000 --data random:1:1 --threads 0",
            2,
            "'--threads <N>': 0 run nothing",
        ),
        (
            "fake-quantize @ReLU_000 --threads 0 -o x.circle",
            2,
            "'--threads <N>': 0 run nothing; give at least 1",
        ),
        ("run text.recipe --data random:1:1", 1, "text.recipe: "),
        ("run none.recipe --data random:1:1", 1, "there is no operand"),
        ("run @ReLU_000 --data folder.npy", 5, "folder.npy: "),
        (
            "run @ReLU_000 --data random:1:1 --input-type int4",
            2,
            "use uint8, int16 or float32",
        ),
        (
            "record @ReLU_000 --data two --min-percentile 100 --max-percentile 0 -o x.circle",
            2,
            "--min-percentile 100 is above --max-percentile 0; give",
        ),
        ("golden check --root empty", 5, "test.lst: No such file"),
    ];
    for (line, code, part) in rows {
        let (found, error) = fails(folder, line);
        assert_eq!(found, code, "quant {line}\n{error}");
        assert!(
            error.starts_with("error: ") && error.contains(part),
            "quant {line}\n{error}"
        );
        // clap says more than a line about a wrong command line.
        let lines = error.trim_end().lines().count();
        assert!(lines == 1 || code == 2, "quant {line}\n{error}");
    }
    assert_eq!(files(folder), before, "something was written");
}

#[test]
fn output_may_be_the_input_and_old_files_survive() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o net.circle");
    let float = fs::read(folder.join("net.circle")).unwrap();
    fails(folder, "record net.circle --data nowhere -o net.circle");
    assert_eq!(fs::read(folder.join("net.circle")).unwrap(), float);
    passes(folder, "fake-quantize net.circle -o net.circle");
    assert_ne!(fs::read(folder.join("net.circle")).unwrap(), float);
    assert_eq!(files(folder), ["net.circle"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay_what_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("real.circle"), "old").unwrap();
    fs::set_permissions(folder.join("real.circle"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.circle", folder.join("link.circle")).unwrap();
    passes(folder, "convert @ReLU_000 -o link.circle");
    assert!(
        fs::symlink_metadata(folder.join("link.circle"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(&fs::read(folder.join("real.circle")).unwrap()[4..8], b"CIR0");
    assert_eq!(
        fs::metadata(folder.join("real.circle"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    passes(folder, "dump @ReLU_000 -o /dev/null");
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let (code, error) = fails(folder, "dump @ReLU_000 -o .");
    assert_eq!(code, 5, "{error}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    for line in ["-o /dev/stdout", "-o -", ""] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_quant"))
            .args(["dump", &format!("{REPOSITORY}/recipes/Net_000/test.recipe")])
            .args(line.split_whitespace())
            .stdout(writer)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.as_str()), (Some(0), ""), "{line}");
    }
}

/// Whatever lies in a tree and belongs to no row, and records behind a gap, stop both verbs of goldens.
fn left_overs_are_named(root: &Path) {
    let nobodys = |shown: &str, what: &str| format!("{shown}: no row of the list needs this {what}");
    let goldens = "expected_outputs/ReLU_000/layer/uint8/quantization";
    let left_overs = [
        (
            format!("{goldens}/gone.json"),
            nobodys(&format!("{goldens}/gone.json"), "file"),
        ),
        (
            format!("{goldens}/.json"),
            nobodys(&format!("{goldens}/.json"), "file"),
        ),
        (
            "expected_outputs/Gone_000/x.json".to_owned(),
            nobodys("expected_outputs/Gone_000", "folder"),
        ),
        (
            "recipes/Gone_000/test.recipe".to_owned(),
            nobodys("recipes/Gone_000", "folder"),
        ),
        (
            "config_files/ReLU_000/layer/uint8/qconf.json".to_owned(),
            nobodys("config_files/ReLU_000", "folder"),
        ),
        (
            "test_inputs/ReLU_000/layer/int16/0.txt".to_owned(),
            nobodys("test_inputs/ReLU_000/layer/int16", "folder"),
        ),
        (
            "test_inputs/ReLU_000/layer/uint8/9.txt".to_owned(),
            "5.txt is missing; write records".to_owned(),
        ),
    ];
    for (path, told) in &left_overs {
        let path = root.join(path);
        let absent = path
            .ancestors()
            .filter(|folder| !folder.exists())
            .last()
            .unwrap()
            .to_owned();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "1,2\n").unwrap();
        for verb in ["check", "write"] {
            let output = quant(root, &format!("golden {verb}"));
            let out = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(1), "{}\n{out}", path.display());
            assert!(
                out.contains(told) && out.ends_with(" 1 problems\n"),
                "{}\n{out}",
                path.display()
            );
        }
        let removed = if absent.is_dir() {
            fs::remove_dir_all(absent)
        } else {
            fs::remove_file(absent)
        };
        removed.unwrap();
    }
    assert!(passes(root, "golden check").ends_with(" 0 problems\n"));
}

#[test]
fn goldens_of_a_tree() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("test.lst"), "addTest(ReLU_000 layer uint8)\n").unwrap();
    for tree in ["recipes/ReLU_000", "test_inputs/ReLU_000/layer/uint8"] {
        fs::create_dir_all(root.join(tree)).unwrap();
        for entry in fs::read_dir(format!("{REPOSITORY}/{tree}")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), root.join(tree).join(entry.file_name())).unwrap();
        }
    }
    assert_eq!(fails(root, "golden check").0, 3);
    assert!(passes(root, "golden write").ends_with("4 files, 4 written, 0 differ, 0 problems\n"));
    assert!(passes(root, "golden check").ends_with("4 files, 0 written, 0 differ, 0 problems\n"));
    assert_eq!(
        passes(root, "report -o page"),
        "page/index.html: 2 cases, 0 differ\n"
    );
    left_overs_are_named(root);
    let golden = root.join("expected_outputs/ReLU_000/layer/uint8/quantization/ofm.json");
    fs::write(
        &golden,
        fs::read_to_string(&golden).unwrap().replace("uint8", "int8"),
    )
    .unwrap();
    let (code, error) = fails(root, "report -o page");
    assert_eq!(
        (code, error.as_str()),
        (3, "error: 1 of 2 cases differ; see page/index.html\n")
    );
    let page = fs::read_to_string(root.join("page/index.html")).unwrap();
    assert_eq!(page.matches("class=\"case\">").count(), 2);
    assert!(
        page.contains("1 of 2 tensors differ; first in graph order: operator 0 ReLU"),
        "{page}"
    );
    assert!(
        !page.contains("http://") || page.matches("http").count() == 1,
        "the page asks the network for something"
    );
}

/// A ZIP archive of the stored file `labels.txt`, its offsets counted from `base` bytes before it.
fn archive(base: usize) -> Vec<u8> {
    let (name, text) = ("labels.txt", "cat\ndog\n");
    let u32 = |number: usize| (number as u32).to_le_bytes();
    // Version, flags, method, time, date, CRC-32 (not looked at here), sizes, lengths of name and extra field.
    let common = [
        &[10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &u32(text.len()),
        &u32(text.len()),
        &u32(name.len()),
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), text.as_bytes()].concat();
    let directory = [
        b"PK\x01\x02\x0a\0",
        &common[..],
        &[0; 10],
        &u32(base),
        name.as_bytes(),
    ]
    .concat();
    let end = [
        b"PK\x05\x06\0\0\0\0\x01\0\x01\0",
        &u32(directory.len())[..],
        &u32(base + local.len()),
        &[0, 0],
    ]
    .concat();
    [local, directory, end].concat()
}

#[test]
fn files_behind_a_model_are_behind_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o plain.tflite");
    let plain = fs::read(folder.join("plain.tflite")).unwrap();
    // Writers count from the beginning of the file, or from that of the archive.
    for base in [plain.len(), 0] {
        fs::write(folder.join("m.tflite"), [&plain[..], &archive(base)].concat()).unwrap();
        for line in [
            "convert m.tflite -o out.tflite",
            "convert m.tflite -o out.circle",
            "fake-quantize m.tflite -o out.circle",
            "record m.tflite --data random:1:2 -o out.circle",
            "quantize out.circle -o out.circle",
            "run m.tflite --data random:1:2 -o out.circle",
            "weights-only m.tflite -o out.circle",
        ] {
            passes(folder, line);
            let name = line.rsplit(' ').next().unwrap();
            let bytes = fs::read(folder.join(name)).unwrap();
            let length = archive(0).len();
            let start = bytes.len() - length;
            assert!(bytes[start..] == archive(start), "{line}");
            assert_eq!(start % 16, 0, "{line}");
        }
    }
}

/// What is said on the standard error beside a result.
#[track_caller]
fn warns(folder: &Path, line: &str) -> Vec<String> {
    let output = quant(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "quant {line}\n{stderr}");
    stderr.lines().map(str::to_owned).collect()
}

#[test]
fn what_litert_does_not_run_is_a_warning_or_with_strict_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = "--data random:1:4";
    let channel = warns(folder, &format!("run @Net_000 {data} -o m.tflite"));
    let first = "warning: m.tflite: LiteRT: 1 operator CONV_2D: no kernel for uint8 with uint8 weights, a scale for each \
                 channel (`";
    assert!(channel[0].starts_with(first), "{channel:?}");
    let pool = warns(folder, &format!("run @AveragePool2D_000 {data} -o m.tflite"));
    let wrong = "warning: m.tflite: LiteRT: 1 operator AVERAGE_POOL_2D: wrong in uint8 unless inputs and outputs have one \
                 scale (`ofm`)";
    assert_eq!(pool[0], wrong);
    assert!(pool[1].contains("--granularity layer --same-scale"), "{pool:?}");
    assert_eq!(pool.len(), 2);
    // Circle files are for other runtimes, and float models and int8 weights run.
    passes(folder, &format!("run @Net_000 {data} -o m.circle --strict"));
    passes(folder, "convert @Net_000 -o float.tflite --strict");
    passes(folder, "weights-only @Net_000 -o w.tflite --strict");
    passes(folder, "fake-quantize @Net_000 -o 1.tflite --strict");
    passes(folder, &format!("record 1.tflite {data} -o 2.tflite --strict"));
    for line in [
        format!("run @Net_000 {data} -o no.tflite"),
        "quantize 2.tflite -o no.tflite".to_owned(),
        "convert 3.tflite -o no.tflite".to_owned(),
        "weights-only @Net_000 --type int16 -o no.tflite".to_owned(),
    ] {
        let warnings = warns(folder, &line);
        assert!(!warnings.is_empty(), "{line}");
        fs::rename(folder.join("no.tflite"), folder.join("3.tflite")).unwrap();
        let (code, error) = fails(folder, &format!("{line} --strict"));
        assert_eq!(code, 4, "{line}: {error}");
        assert!(
            error.starts_with("error: no.tflite: LiteRT does not run it right: "),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!folder.join("no.tflite").exists(), "{line}");
    }
    let how = format!("{data} --granularity layer --same-scale --strict -o same.tflite");
    for recipe in ["AveragePool2D_000", "Net_000"] {
        passes(folder, &format!("run @{recipe} {how}"));
    }
}
