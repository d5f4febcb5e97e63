//! `record-minmax` and `circle-tensordump` as scripts meet them: data of every form, files, exit codes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;

use quant_core::ir::{DType, FileFormat, Model, QuantParam, Tensor};
use quant_core::{dump, format};
use quant_hdf5::{Array, Node, Type};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/quant-hdf5/tests/fixtures");

/// One input of the shape that the fixtures have.
const ONE: &str = r#"
operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 3 dim: 4 dim: 2 } }
operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 3 dim: 4 dim: 2 } }
operation { type: "Add" input: "x" input: "x" output: "y" add_options { activation: NONE } }
input: "x"
output: "y"
"#;

/// Two inputs of two sizes.
const TWO: &str = r#"
operand { name: "a" type: FLOAT32 shape { dim: 2 dim: 3 } }
operand { name: "b" type: FLOAT32 shape { dim: 1 dim: 3 } }
operand { name: "c" type: FLOAT32 shape { dim: 2 dim: 3 } }
operation { type: "Mul" input: "a" input: "b" output: "c" mul_options { activation: NONE } }
input: "a"
input: "b"
output: "c"
"#;

fn command(program: &str, folder: &Path, line: &str) -> Output {
    let program = match program {
        "quant" => env!("CARGO_BIN_EXE_quant"),
        "record-minmax" => env!("CARGO_BIN_EXE_record-minmax"),
        _ => env!("CARGO_BIN_EXE_circle-tensordump"),
    };
    let words = line.split(' ').filter(|word| !word.is_empty());
    Command::new(program)
        .args(words)
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
fn fails(program: &str, folder: &Path, line: &str) -> String {
    let output = command(program, folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(255), "{program} {line}\n{stderr}");
    assert!(stderr.starts_with("ERROR: "), "{program} {line}\n{stderr}");
    stderr
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn array(dtype: Type, shape: &[u64], bytes: Vec<u8>) -> Node<'static> {
    Node::Array(Array {
        dtype,
        shape: shape.to_vec(),
        bytes: bytes.into(),
    })
}

/// Writes `/value/<record>/<input>`.
fn write_h5(path: &Path, records: Vec<Vec<Node<'static>>>) {
    let group = |inputs: Vec<Node<'static>>| {
        let named = inputs.into_iter().enumerate();
        Node::Group(named.map(|(index, node)| (index.to_string(), node)).collect())
    };
    let records = records.into_iter().enumerate();
    let value = records
        .map(|(index, inputs)| (index.to_string(), group(inputs)))
        .collect();
    let root = BTreeMap::from([("value".to_owned(), Node::Group(value))]);
    let mut bytes = Vec::new();
    quant_hdf5::write(&root, &mut bytes).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Values of record `index` for the two inputs of [`TWO`].
fn two(index: usize) -> (Vec<f32>, Vec<f32>) {
    let value = |i: usize, step: f32| ((index * 7 + i * 5) % 11) as f32 * step - 1.5;
    (
        (0..6).map(|i| value(i, 0.5)).collect(),
        (0..3).map(|i| value(i, 0.25)).collect(),
    )
}

/// The recorded range of a tensor.
fn range(path: &Path, name: &str) -> (f32, f32) {
    let model = format::import(&fs::read(path).unwrap()).unwrap();
    let graph = model.main();
    let quant = graph.tensor(graph.find(name).unwrap()).quant.as_ref().unwrap();
    (quant.min[0], quant.max[0])
}

#[test]
fn every_way_in_which_h5py_stores_records_gives_one_result() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("one.recipe"), ONE).unwrap();
    let mut seen = BTreeMap::new();
    for entry in fs::read_dir(FIXTURES).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "types.h5" {
            continue;
        }
        passes(
            "record-minmax",
            folder,
            &format!("--input_model one.recipe --input_data {FIXTURES}/{name} --output_model {name}.circle"),
        );
        let path = folder.join(format!("{name}.circle"));
        // Record i is 0…23 plus i; percentiles 1 and 99 of two or twenty of them.
        let last = if name.contains("many") { 19.0 } else { 1.0 };
        let (min, max) = range(&path, "x");
        assert!(
            (min - 0.01 * last).abs() < 1e-5 && (max - 23.0 - 0.99 * last).abs() < 1e-5,
            "{name}: {min} {max}"
        );
        seen.entry(last as usize)
            .or_insert_with(Vec::new)
            .push(fs::read(path).unwrap());
    }
    for (last, files) in seen {
        assert!(
            files.len() >= 2 && files.iter().all(|file| *file == files[0]),
            "{last}"
        );
    }
    // The verbs of `quant` take the same file.
    let line = format!("record one.recipe --data {FIXTURES}/new_gzip.h5 -o verb.circle");
    passes("quant", folder, &line);
    assert_eq!(
        fs::read(folder.join("verb.circle")).unwrap(),
        fs::read(folder.join("new_gzip.h5.circle")).unwrap()
    );
}

#[test]
fn lists_folders_and_h5_give_one_result_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("two.recipe"), TWO).unwrap();
    fs::create_dir_all(folder.join("raw/not_a_record")).unwrap();
    let (mut list, mut legacy, mut records) = (String::new(), String::new(), Vec::new());
    for index in 0..23 {
        let (a, b) = two(index);
        // Names whose order is that of the numbers; written last to first, so that no system has them so by chance.
        let name = format!("{:02}", 22 - index);
        let (last_a, last_b) = two(22 - index);
        fs::write(
            folder.join("raw").join(name),
            [floats(&last_a), floats(&last_b)].concat(),
        )
        .unwrap();
        fs::write(folder.join(format!("{index}.a")), floats(&a)).unwrap();
        fs::write(folder.join(format!("{index}.b")), floats(&b)).unwrap();
        writeln!(list, "{index}.a {index}.b").unwrap();
        writeln!(legacy, " raw/{index:02} ").unwrap();
        let f32 = Type::Float(4);
        records.push(vec![
            array(f32.clone(), &[2, 3], floats(&a)),
            array(f32, &[1, 3], floats(&b)),
        ]);
    }
    fs::write(folder.join("list.txt"), list).unwrap();
    fs::write(folder.join("legacy.txt"), legacy + "\n").unwrap();
    write_h5(&folder.join("data.h5"), records);
    for mode in [
        "",
        "--mode percentile --min_percentile 10 --max_percentile 90.5",
        "--mode moving_average",
        "--mode moving_average --moving_avg_batch 4 --moving_avg_const 0.25",
        "--mode moving_average --moving_avg_batch 256",
    ] {
        let mut first = None;
        for (data, format) in [
            ("data.h5", ""),
            ("data.h5", "--input_data_format hdf5"),
            ("list.txt", "--input_data_format list"),
            ("legacy.txt", "--input_data_format filelist"),
            ("raw", "--input_data_format directory"),
            ("raw", "--input_data_format dir"),
        ] {
            for threads in [1, 2, 7] {
                let line = format!(
                    "--input_model two.recipe --input_data {data} {format} {mode} --num_threads {threads} --output_model o.circle"
                );
                let said = passes("record-minmax", folder, &line);
                assert!(said.contains("Number of recorded data: 23"), "{said}");
                let bytes = fs::read(folder.join("o.circle")).unwrap();
                assert!(*first.get_or_insert_with(|| bytes.clone()) == bytes, "{line}");
            }
        }
    }
    // A batch of all records is their extremes.
    let all: Vec<f32> = (0..23).flat_map(|index| two(index).0).collect();
    let extremes = (
        all.iter().copied().fold(f32::MAX, f32::min),
        all.iter().copied().fold(f32::MIN, f32::max),
    );
    assert_eq!(range(&folder.join("o.circle"), "a"), extremes);
    for data in ["data.h5", "list:list.txt", "list:legacy.txt", "raw:raw"] {
        passes(
            "quant",
            folder,
            &format!(
                "record two.recipe --data {data} -o {}.circle",
                data.replace(':', "_")
            ),
        );
    }
    let made = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(made("data.h5.circle") == made("list_list.txt.circle"));
    assert!(made("data.h5.circle") == made("list_legacy.txt.circle"));
    assert!(made("data.h5.circle") == made("raw_raw.circle"));
}

#[test]
fn random_records_are_those_of_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("two.recipe"), TWO).unwrap();
    passes(
        "record-minmax",
        folder,
        "--input_model two.recipe --output_model o.circle --min_percentile 0 --max_percentile 100",
    );
    // The first six floats of a default-seeded std::mt19937 in −5…5, as g++ prints them, are in record 0.
    let (min, max) = range(&folder.join("o.circle"), "a");
    assert!(
        min <= f32::from_bits(0xc06e_ba7b) && max >= f32::from_bits(0x4096_09a6),
        "{min} {max}"
    );
    assert!(min >= -5.0 && max < 5.0);
    passes(
        "record-minmax",
        folder,
        "--input_model two.recipe --output_model p.circle --num_threads 3 --min_percentile 0 --max_percentile 100",
    );
    assert!(fs::read(folder.join("o.circle")).unwrap() == fs::read(folder.join("p.circle")).unwrap());
}

#[test]
fn what_step_1_left_stays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recipe = format!("{}/recipes/Conv2D_004/test.recipe", env!("CARGO_MANIFEST_DIR"));
    passes(
        "quant",
        folder,
        &format!("fake-quantize {recipe} -o step1.circle"),
    );
    passes(
        "record-minmax",
        folder,
        "--input_model step1.circle --output_model step2.circle --generate_profile_data",
    );
    let read = |name: &str| format::import(&fs::read(folder.join(name)).unwrap()).unwrap();
    let (before, after) = (read("step1.circle"), read("step2.circle"));
    let weights = |model: &Model| {
        let graph = model.main();
        dump::tensor(model, graph.tensor(graph.find("ker").unwrap())).unwrap()
    };
    assert_eq!(weights(&before), weights(&after));
    assert!(weights(&after).scale.is_some());
    let names: Vec<&str> = after.metadata.iter().flatten().map(|m| m.name.as_str()).collect();
    assert!(
        names.contains(&"ONE_op_table") && names.contains(&"ONE_source_table"),
        "{names:?}"
    );
}

#[test]
fn wrong_commands_and_data_are_told_and_end_with_255() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("two.recipe"), TWO).unwrap();
    fs::write(folder.join("text.h5"), "hello").unwrap();
    fs::write(folder.join("short"), [0; 8]).unwrap();
    fs::write(folder.join("long"), [0; 40]).unwrap();
    fs::write(folder.join("short.txt"), "short\n").unwrap();
    fs::write(folder.join("long.txt"), "long\n").unwrap();
    fs::write(folder.join("three.txt"), "short short short\n").unwrap();
    fs::write(folder.join("gone.txt"), "not_there\n").unwrap();
    fs::write(folder.join("empty.txt"), "\n").unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    let (f32, good) = (Type::Float(4), array(Type::Float(4), &[2, 3], floats(&[0.0; 6])));
    let second = |dtype: &Type, shape: &[u64]| {
        let count = shape.iter().product::<u64>() as usize * dtype.size().unwrap();
        vec![vec![good.clone(), array(dtype.clone(), shape, vec![0; count])]]
    };
    write_h5(&folder.join("type.h5"), second(&Type::Float(8), &[1, 3]));
    write_h5(&folder.join("rank.h5"), second(&f32, &[3]));
    write_h5(&folder.join("shape.h5"), second(&f32, &[1, 4]));
    write_h5(&folder.join("count.h5"), vec![vec![good.clone()]]);
    write_h5(&folder.join("none.h5"), vec![]);
    let one = array(f32.clone(), &[], floats(&[0.0]));
    let root = BTreeMap::from([("value".to_owned(), one)]);
    let mut bytes = Vec::new();
    quant_hdf5::write(&root, &mut bytes).unwrap();
    fs::write(folder.join("dataset.h5"), bytes).unwrap();
    let base = "--input_model two.recipe --output_model o.circle";
    for (line, parts) in [
        ("", &["--input_model"][..]),
        ("--input_model two.recipe", &["--output_model"]),
        ("--no_such_option", &["--no_such_option"]),
        (
            &format!("{base} --mode average"),
            &["percentile", "moving_average"],
        ),
        (
            &format!("{base} --input_data_format npy"),
            &["h5", "list", "directory"],
        ),
        (&format!("{base} --min_percentile -1"), &["0…100"]),
        (&format!("{base} --max_percentile 101"), &["0…100"]),
        (&format!("{base} --num_threads 0"), &["threads", "at least 1"]),
        (
            &format!("{base} --mode moving_average --moving_avg_batch 0"),
            &["batch of 0"],
        ),
        (
            &format!("{base} --mode moving_average --moving_avg_const 2"),
            &["0…1"],
        ),
        (
            "--input_model gone.circle --output_model o.circle",
            &["gone.circle", "check the path"],
        ),
        (
            &format!("{base} --input_data gone.h5"),
            &["gone.h5", "check the path"],
        ),
        (
            &format!("{base} --input_data text.h5"),
            &["text.h5", "no HDF5 file"],
        ),
        (
            &format!("{base} --input_data dataset.h5"),
            &["dataset.h5: /value", "no group"],
        ),
        (
            &format!("{base} --input_data type.h5"),
            &["/value/0/1", "wrong input type: float64", "float32"],
        ),
        (
            &format!("{base} --input_data rank.h5"),
            &["/value/0/1", "input rank mismatch"],
        ),
        (
            &format!("{base} --input_data shape.h5"),
            &["/value/0/1", "input shape mismatch: [1, 4]"],
        ),
        (
            &format!("{base} --input_data count.h5"),
            &["/value/0", "wrong number of inputs: 1"],
        ),
        (
            &format!("{base} --input_data none.h5"),
            &["none.h5", "any record"],
        ),
        (
            &format!("{base} --input_data short.txt --input_data_format list"),
            &["short", "8 bytes", "36"],
        ),
        (
            &format!("{base} --input_data long.txt --input_data_format list"),
            &["long", "more bytes"],
        ),
        (
            &format!("{base} --input_data three.txt --input_data_format list"),
            &["three.txt:1", "3 files"],
        ),
        (
            &format!("{base} --input_data gone.txt --input_data_format list"),
            &["not_there"],
        ),
        (
            &format!("{base} --input_data empty.txt --input_data_format list"),
            &["any record"],
        ),
        (
            &format!("{base} --input_data empty --input_data_format directory"),
            &["any record"],
        ),
    ] {
        let said = fails("record-minmax", folder, line);
        for part in parts {
            assert!(said.contains(part), "{line}: `{part}` is not in\n{said}");
        }
        assert!(!folder.join("o.circle").exists(), "{line}");
    }
    for line in [
        "",
        "two.recipe",
        "two.recipe --tensors --tensors_to_hdf5 o.h5",
        "gone.circle --tensors",
    ] {
        fails("circle-tensordump", folder, line);
    }
    for program in ["record-minmax", "circle-tensordump"] {
        assert!(passes(program, folder, "--help").contains("Exit codes"));
        assert!(passes(program, folder, "--version").contains(program));
    }
}

#[test]
fn damaged_data_ends_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("one.recipe"), ONE).unwrap();
    for name in ["old_gzip", "new_extensible_gzip"] {
        let whole = fs::read(format!("{FIXTURES}/{name}.h5")).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 30) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            for bytes in [&damaged[..], &whole[..at]] {
                fs::write(folder.join("d.h5"), bytes).unwrap();
                let output = command(
                    "record-minmax",
                    folder,
                    "--input_model one.recipe --input_data d.h5 --output_model o.circle",
                );
                assert!(
                    matches!(output.status.code(), Some(0 | 255)),
                    "{name} {at}: {output:?}"
                );
            }
        }
    }
}

/// Reads a dataset of a dump as numbers.
fn numbers(dataset: &quant_hdf5::Dataset<'_>) -> Vec<f64> {
    let bytes = dataset.read(dataset.size().unwrap()).unwrap();
    let size = dataset.dtype().size().unwrap();
    let one = |b: &[u8]| match dataset.dtype() {
        Type::Float(4) => f64::from(f32::from_le_bytes(b.try_into().unwrap())),
        Type::Uint(1) => f64::from(b[0]),
        Type::Int(1) => f64::from(b[0].cast_signed()),
        Type::Int(2) => f64::from(i16::from_le_bytes(b.try_into().unwrap())),
        Type::Int(4) => f64::from(i32::from_le_bytes(b.try_into().unwrap())),
        Type::Int(8) => i64::from_le_bytes(b.try_into().unwrap()) as f64,
        other => panic!("{other}"),
    };
    bytes.chunks(size).map(one).collect()
}

#[test]
fn dumps_say_what_the_model_has() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recipe = format!("{}/recipes/Conv2D_004/test.recipe", env!("CARGO_MANIFEST_DIR"));
    passes(
        "quant",
        folder,
        &format!("run {recipe} --data random:1:2 -o u8.circle"),
    );
    passes(
        "quant",
        folder,
        &format!("run {recipe} --data random:1:2 --type int16 --save-min-max -o s16.circle"),
    );
    for bits in ["int4", "int8"] {
        passes(
            "quant",
            folder,
            &format!("weights-only {recipe} --type {bits} -o {bits}.circle"),
        );
    }
    let mut kinds = Vec::new();
    for name in ["u8", "s16", "int4", "int8"] {
        passes(
            "circle-tensordump",
            folder,
            &format!("{name}.circle --tensors_to_hdf5 {name}.h5"),
        );
        let model = format::import(&fs::read(folder.join(format!("{name}.circle"))).unwrap()).unwrap();
        let file = fs::File::open(folder.join(format!("{name}.h5"))).unwrap();
        let file = quant_hdf5::File::open(Mutex::new(file)).unwrap();
        let root = file.root().unwrap();
        let tensors = dump::tensors(&model).unwrap();
        assert_eq!(root.names().len(), tensors.len());
        for (tensor, golden) in tensors {
            let group = root.group(&tensor).unwrap();
            let has = |name: &str| group.names().any(|other| other == name);
            let check = |name: &str, wanted: Option<Vec<f64>>| {
                assert_eq!(has(name), wanted.is_some(), "{tensor} {name}");
                if let Some(wanted) = wanted {
                    assert_eq!(numbers(&group.dataset(name).unwrap()), wanted, "{tensor} {name}");
                }
            };
            let wide =
                |list: &Option<Vec<f32>>| list.as_ref().map(|l| l.iter().map(|x| f64::from(*x)).collect());
            check("min", wide(&golden.min));
            check("max", wide(&golden.max));
            check("scale", wide(&golden.scale));
            check(
                "zero_point",
                golden
                    .zero_point
                    .as_ref()
                    .map(|l| l.iter().map(|x| *x as f64).collect()),
            );
            check(
                "quantized_dimension",
                golden.quantized_dimension.map(|d| vec![f64::from(d)]),
            );
            check(
                "weights",
                golden.weights.as_ref().map(|weights| match weights {
                    quant_case::golden::Numbers::Float(all) => all.iter().map(|x| f64::from(*x)).collect(),
                    quant_case::golden::Numbers::Int(all) => all.iter().map(|x| *x as f64).collect(),
                }),
            );
            if golden.weights.is_some() {
                let dataset = group.dataset("weights").unwrap();
                let shape: Vec<u64> = golden.shape.iter().map(|d| *d as u64).collect();
                assert_eq!(dataset.shape(), shape, "{tensor}");
                kinds.push(dataset.dtype().to_string());
            }
        }
        let text = passes("circle-tensordump", folder, &format!("{name}.circle --tensors"));
        for part in ["[ker]", "shape: (8, 3, 3, 2)", "quantized_dimension: 0", "data: "] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
    for kind in ["uint8", "int8", "int16", "int32", "int64", "float32"] {
        assert!(
            kinds.iter().any(|other| other == kind),
            "{kind} is not in {kinds:?}"
        );
    }
}

#[test]
fn names_become_groups_or_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |names: &[&str]| {
        let mut model = Model::new(FileFormat::Circle);
        for name in names {
            let mut tensor = Tensor::new(*name, DType::Float32, vec![1]);
            tensor.quant = Some(QuantParam::default());
            model.main_mut().add_tensor(tensor);
        }
        let bytes = format::export(&model, FileFormat::Circle).unwrap();
        fs::write(folder.join("m.circle"), bytes).unwrap();
    };
    write(&["a/b/c", "..", "", "ä b", "0"]);
    passes("circle-tensordump", folder, "m.circle --tensors_to_hdf5 o.h5");
    let file = quant_hdf5::File::open(fs::read(folder.join("o.h5")).unwrap()).unwrap();
    let root = file.root().unwrap();
    assert_eq!(root.names().collect::<Vec<_>>(), ["..", "0", "a_b_c", "ä b"]);
    assert!(passes("circle-tensordump", folder, "m.circle --tensors").contains("[no_name]"));
    fs::remove_file(folder.join("o.h5")).unwrap();
    for (names, parts) in [
        (&["a/b", "a_b"][..], &["`a/b`", "`a_b`"][..]),
        (&["a", "a"], &["`a`"]),
        (&["."], &["`.`"]),
    ] {
        write(names);
        let said = fails("circle-tensordump", folder, "m.circle --tensors_to_hdf5 o.h5");
        for part in parts {
            assert!(said.contains(part) && said.contains("m.circle"), "{said}");
        }
        assert!(!folder.join("o.h5").exists());
    }
}

#[test]
fn an_open_batch_of_images_is_one_and_other_open_dimensions_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("one.recipe"), ONE).unwrap();
    passes("quant", folder, "convert one.recipe -o one.circle");
    let whole = format::import(&fs::read(folder.join("one.circle")).unwrap()).unwrap();
    let line = format!("--input_model open.circle --input_data {FIXTURES}/new.h5 --output_model o.circle");
    for (signature, works) in [
        ([-1, 3, 4, 2], true),
        ([1, -1, 4, 2], false),
        ([-1, 3, 4, -1], false),
    ] {
        let mut model = whole.clone();
        for name in ["x", "y"] {
            let id = model.main().find(name).unwrap();
            model.main_mut().tensor_mut(id).shape_signature = Some(signature.to_vec());
        }
        fs::write(
            folder.join("open.circle"),
            format::export(&model, FileFormat::Circle).unwrap(),
        )
        .unwrap();
        if works {
            passes("record-minmax", folder, &line);
        } else {
            let said = fails("record-minmax", folder, &line);
            assert!(
                said.contains("`x`") && said.contains("unknown dimension"),
                "{said}"
            );
        }
    }
}
