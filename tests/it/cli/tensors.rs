//! Tensors on the command line: outputs of every type and of shapes that data decides, and names that repeat.

use std::fs;
use std::path::Path;

use quant_core::format;
use quant_core::ir::{DType, FileFormat, Model, Tensor};

use crate::common::{model, outcome, passes, quant};

fn write(path: &Path, model: &Model) {
    fs::write(path, format::export(model, FileFormat::Circle).unwrap()).unwrap();
}

/// A `.npy` file: type, shape as NumPy writes it, and the bytes of the elements.
#[track_caller]
pub fn npy(path: &Path) -> (String, String, Vec<u8>) {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0, "{}", path.display());
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    let descr = header.split('\'').nth(3).unwrap().to_owned();
    let shape = header.split(['(', ')']).nth(1).unwrap().to_owned();
    (descr, shape, bytes[10 + length..].to_vec())
}

fn bytes<T: Copy, const N: usize>(values: &[T], to: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|x| to(*x)).collect()
}

/// `x` of four floats: which are positive, where, which is the largest, and constants.
fn every_type() -> Model {
    let mut model = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 4 } }
        operand { name: "zero" type: FLOAT32 shape { dim: 1 } filler { tag: "explicit" arg: "0" } }
        operand { name: "axis" type: INT32 shape { dim: 1 } filler { tag: "explicit" arg: "0" } }
        operand { name: "positive" type: BOOL shape { dim: 4 } }
        operand { name: "where" type: INT64 shape { dim: 4 dim: 1 } }
        operand { name: "largest" type: INT64 shape { } }
        operand { name: "relu" type: FLOAT32 shape { dim: 4 } }
        operation { type: "Greater" input: "x" input: "zero" output: "positive" }
        operation { type: "Where" input: "positive" output: "where" }
        operation { type: "ArgMax" input: "x" input: "axis" output: "largest" argmax_options { output_type: INT64 } }
        operation { type: "ReLU" input: "x" output: "relu" }
        input: "x" output: "positive" output: "where" output: "largest" output: "relu""#,
    );
    let axis = model.main().find("axis").unwrap();
    model.main_mut().add_output(axis).unwrap();
    let found = model.main().find("where").unwrap();
    model.main_mut().tensor_mut(found).shape_signature = Some(vec![-1, 1]);
    for (dtype, bytes) in [
        (DType::Uint8, vec![7, 255]),
        (DType::Int8, vec![7, 255]),
        (DType::Int16, vec![1, 0, 255, 255]),
        (DType::Float16, vec![0, 0x3c, 0, 0xc0]),
    ] {
        let mut tensor = Tensor::new(format!("c/{dtype}"), dtype, vec![2]);
        tensor.buffer = model.add_buffer(bytes);
        let id = model.main_mut().add_tensor(tensor);
        model.main_mut().add_output(id).unwrap();
    }
    model
}

#[test]
fn infer_writes_every_output_in_its_type() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("m.circle"), &every_type());
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/0.txt"), "1,-2,3,-4\n").unwrap();
    fs::write(folder.join("in/1.txt"), "-1,-2,-3,4\n").unwrap();
    let said = passes(folder, "infer m.circle --data in -o out");
    assert_eq!(said, "out: 9 tensors of 2 records in 10 files\n");
    let floats = bytes(&[1.0f32, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 4.0], f32::to_le_bytes);
    for (file, descr, shape, wanted) in [
        ("relu", "<f4", "2, 4", floats),
        ("positive", "|b1", "2, 4", vec![1, 0, 1, 0, 0, 0, 0, 1]),
        ("largest", "<i8", "2,", bytes(&[2i64, 3], i64::to_le_bytes)),
        // As many rows as there are positive numbers: a file for each record.
        ("where.0", "<i8", "2, 1", bytes(&[0i64, 2], i64::to_le_bytes)),
        ("where.1", "<i8", "1, 1", bytes(&[3i64], i64::to_le_bytes)),
        ("axis", "<i4", "2, 1", vec![0; 8]),
        ("c_uint8", "|u1", "2, 2", vec![7, 255, 7, 255]),
        ("c_int8", "|i1", "2, 2", vec![7, 255, 7, 255]),
        ("c_int16", "<i2", "2, 2", vec![1, 0, 255, 255, 1, 0, 255, 255]),
        ("c_float16", "<f2", "2, 2", [[0, 0x3c, 0, 0xc0]; 2].concat()),
    ] {
        let found = npy(&folder.join(format!("out/{file}.npy")));
        assert_eq!(found, (descr.to_owned(), shape.to_owned(), wanted), "{file}");
    }
    assert_eq!(fs::read_dir(folder.join("out")).unwrap().count(), 10);

    // With --all the input too; one record needs no files of its own.
    fs::remove_file(folder.join("in/1.txt")).unwrap();
    let said = passes(folder, "infer m.circle --data in -o all --all");
    assert_eq!(said, "all: 10 tensors of 1 records in 10 files\n");
    assert_eq!(npy(&folder.join("all/x.npy")).1, "1, 4");
    assert_eq!(npy(&folder.join("all/where.npy")).1, "1, 2, 1");
}

#[test]
fn files_of_one_name_are_numbered() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut model = every_type();
    for tensor in model.main_mut().tensors_mut() {
        match tensor.name.as_str() {
            "relu" => tensor.name = "where.1".to_owned(),
            "c/int8" => tensor.name = "c:uint8".to_owned(),
            "largest" => tensor.name = "positive".to_owned(),
            _ => {}
        }
    }
    write(&folder.join("m.circle"), &model);
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/0.txt"), "1,-2,3,-4\n").unwrap();
    fs::write(folder.join("in/1.txt"), "-1,-2,-3,4\n").unwrap();
    passes(folder, "infer m.circle --data in -o out");
    for (file, descr) in [
        ("positive", "|b1"),
        ("positive#5", "<i8"),
        ("where.1", "<i8"),
        ("where.1#6", "<f4"),
        ("c_uint8", "|u1"),
        ("c_uint8#8", "|i1"),
    ] {
        assert_eq!(npy(&folder.join(format!("out/{file}.npy"))).0, descr, "{file}");
    }
}

/// A convolution with bias and an activation behind it; every tensor has the same name, or its own.
fn convolution(same: bool) -> Model {
    let mut model = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
        operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 2 dim: 2 dim: 1 }
                  filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
        operand { name: "b" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0.5" arg: "-0.5" } }
        operand { name: "conv" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
        operation { type: "Conv2D" input: "x" input: "w" input: "b" output: "conv"
                    conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
        operation { type: "Logistic" input: "conv" output: "y" }
        input: "x" output: "y""#,
    );
    if same {
        for tensor in model.main_mut().tensors_mut() {
            "t".clone_into(&mut tensor.name);
        }
    }
    model
}

#[test]
fn a_tensor_is_its_number_and_not_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("own.circle"), &convolution(false));
    write(&folder.join("same.circle"), &convolution(true));
    let weights = |name: &str| {
        let said = passes(
            folder,
            &format!("run {name}.circle --data random:1:4 -o {name}.q.circle"),
        );
        let lines = said.lines().skip_while(|line| !line.starts_with("weights"));
        lines.take(3).map(str::to_owned).collect::<Vec<_>>()
    };
    let (own, same) = (weights("own"), weights("same"));
    assert_eq!(own[0], "weights      1 tensors, 8 values");
    assert!(
        own[1].contains(" in `w` ") && same[1].contains(" in `t#1` "),
        "{own:?} {same:?}"
    );
    let plain = |line: &String| line.replace("`t#1`", "`w`").replace("`t#3`", "`conv`");
    assert_eq!(own, same.iter().map(plain).collect::<Vec<_>>());

    // Values of a dump are those of the model with names, in the same order.
    let dump = |name: &str| passes(folder, &format!("dump {name}.q.circle"));
    let numbered = dump("same");
    let mut named = dump("own");
    for (name, label) in [
        ("x", "t"),
        ("w", "t#1"),
        ("b", "t#2"),
        ("conv", "t#3"),
        ("y", "t#4"),
    ] {
        named = named.replace(&format!("\"{name}\": {{"), &format!("\"{label}\": {{"));
    }
    assert_eq!(named, numbered);
    let one = passes(folder, "dump same.q.circle --tensor t#2");
    assert!(
        one.contains("\"int32\"") && one.matches("dtype").count() == 1,
        "{one}"
    );

    for line in ["same.circle same.circle", "same.q.circle same.q.circle"] {
        let said = passes(folder, &format!("compare {line}"));
        assert_eq!(said, "5 tensors are equal within tolerance\n");
    }
    fs::write(folder.join("same.json"), &numbered).unwrap();
    assert_eq!(
        passes(folder, "compare same.json same.q.circle"),
        "5 tensors are equal within tolerance\n"
    );
    let (code, table, _) = outcome(quant(folder, "compare same.circle same.q.circle"));
    assert_eq!(code, 3);
    assert_eq!(table.matches("differs\n").count(), 5, "{table}");

    // The error of every activation and constant, as of the model with names.
    let errors = |name: &str| {
        passes(
            folder,
            &format!("error-report {name}.circle {name}.q.circle --data random:2:3 -o {name}.errors.json"),
        );
        let text = fs::read_to_string(folder.join(format!("{name}.errors.json"))).unwrap();
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let tensors = report["tensors"].as_array().unwrap().clone();
        let numbers = tensors
            .iter()
            .map(|tensor| (tensor["kind"].clone(), tensor["mse"].clone()));
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(errors("own").len(), 5);
    assert_eq!(errors("own"), errors("same"));
}

#[test]
fn numbers_of_names_differ_in_two_forms() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("a.circle"), &convolution(true));
    // A tensor that nothing reads, in front of all others.
    let mut parts = convolution(true).into_parts();
    let graph = &mut parts.graphs[0];
    graph
        .tensors
        .insert(0, Tensor::new("spare", DType::Float32, vec![1]));
    for op in &mut graph.operators {
        op.inputs.iter_mut().flatten().for_each(|id| id.0 += 1);
        op.outputs.iter_mut().for_each(|id| id.0 += 1);
    }
    graph.inputs[0].0 += 1;
    graph.outputs[0].0 += 1;
    write(&folder.join("b.circle"), &Model::try_from(parts).unwrap());
    let (code, table, error) = outcome(quant(folder, "compare a.circle b.circle"));
    assert_eq!(
        (code, table.as_str()),
        (3, "`spare` is only in b.circle\n"),
        "{error}"
    );
}

#[test]
fn compare_has_a_head_and_sees_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut model = convolution(false);
    write(&folder.join("a.circle"), &model);
    model.main_mut().tensors_mut()[3].shape = vec![1, 4, 2, 4];
    let buffer = model.main().tensors()[2].buffer;
    let halves: Vec<u8> = [0.5f32, 0.5].iter().flat_map(|x| x.to_le_bytes()).collect();
    model.set_content(buffer, halves.into());
    write(&folder.join("b.circle"), &model);
    let (code, table, error) = outcome(quant(folder, "compare a.circle b.circle"));
    assert_eq!(code, 3);
    assert_eq!(
        table,
        "first  a.circle\n\
         second b.circle\n  \
           key                   values  differ  worst\n\
         `b` differs\n  \
           dtype                      1       0  equal\n  \
           values                     2       1  [1] first -0.5, second 0.5\n\
         `conv` differs\n  \
           dtype                      1       0  equal\n  \
           shape                      1       1  [1, 4, 2, 4] instead of [1, 4, 4, 2]\n"
    );
    assert_eq!(
        error,
        "error: a.circle and b.circle: 2 of 5 tensors differ; the table above shows where\n"
    );
}
