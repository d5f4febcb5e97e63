//! `circle-tensordump`: what the model has, and names that become groups.

use std::fs;
use std::sync::Mutex;

use quant_core::ir::{DType, FileFormat, Model, QuantParam, Tensor};
use quant_core::{dump, format};
use quant_hdf5::Type;

use crate::common::{REPOSITORY, refuses, succeeds};

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
    let recipe = format!("{REPOSITORY}/recipes/Conv2D_004/test.recipe");
    succeeds(
        "quant",
        folder,
        &format!("run {recipe} --data random:1:2 -o u8.circle"),
    );
    succeeds(
        "quant",
        folder,
        &format!("run {recipe} --data random:1:2 --type int16 --save-min-max -o s16.circle"),
    );
    for bits in ["int4", "int8"] {
        succeeds(
            "quant",
            folder,
            &format!("weights-only {recipe} --type {bits} -o {bits}.circle"),
        );
    }
    let mut kinds = Vec::new();
    for name in ["u8", "s16", "int4", "int8"] {
        succeeds(
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
        let text = succeeds("circle-tensordump", folder, &format!("{name}.circle --tensors"));
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
    succeeds("circle-tensordump", folder, "m.circle --tensors_to_hdf5 o.h5");
    let file = quant_hdf5::File::open(fs::read(folder.join("o.h5")).unwrap()).unwrap();
    let root = file.root().unwrap();
    assert_eq!(root.names().collect::<Vec<_>>(), ["..", "0", "a_b_c", "ä b"]);
    assert!(succeeds("circle-tensordump", folder, "m.circle --tensors").contains("[no_name]"));
    fs::remove_file(folder.join("o.h5")).unwrap();
    for (names, parts) in [
        (&["a/b", "a_b"][..], &["`a/b`", "`a_b`"][..]),
        (&["a", "a"], &["`a`"]),
        (&["."], &["`.`"]),
    ] {
        write(names);
        let said = refuses("circle-tensordump", folder, "m.circle --tensors_to_hdf5 o.h5", "");
        for part in parts {
            assert!(said.contains(part) && said.contains("m.circle"), "{said}");
        }
        assert!(!folder.join("o.h5").exists());
    }
}
