//! Checkpoints that torch wrote (`tools/make_checkpoints.py`): of every type, with every kind of view, and with all
//! that lies beside tensors.

use std::fs;
use std::path::{Path, PathBuf};

use quant_torch::{Checkpoint, Format, Problem};
use serde_json::Value;

const NAMES: [&str; 4] = ["types", "views", "objects", "training"];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/files")
        .join(name)
}

fn written(checkpoint: &Checkpoint) -> Vec<u8> {
    let mut bytes = Vec::new();
    checkpoint.write(&mut bytes).unwrap();
    bytes
}

#[test]
fn files_come_back_byte_for_byte() {
    for name in NAMES {
        for kind in ["pth", "legacy.pth"] {
            let path = file(&format!("{name}.{kind}"));
            let bytes = fs::read(&path).unwrap();
            let back = written(&Checkpoint::open(&path).unwrap());
            let first = back.iter().zip(&bytes).position(|(a, b)| a != b);
            assert!(back == bytes, "{}: byte {first:?}", path.display());
        }
    }
}

#[test]
fn types_without_a_class_are_kept_in_archives() {
    let path = file("new_types.pth");
    let mut checkpoint = Checkpoint::open(&path).unwrap();
    assert!(written(&checkpoint) == fs::read(path).unwrap());
    let error = checkpoint.set_format(Format::Legacy).unwrap_err();
    assert!(matches!(error.problem(), Problem::Type(_)), "{error}");
    assert_eq!(checkpoint.format(), Format::Zip);
}

#[test]
fn newer_protocols_come_back_in_older_words() {
    for name in NAMES {
        let checkpoint = Checkpoint::open(&file(&format!("{name}.protocol4.pth"))).unwrap();
        let once = written(&checkpoint);
        let again = written(&Checkpoint::read(once.clone()).unwrap());
        assert!(once == again, "{name}");
    }
}

#[test]
fn formats_become_each_other() {
    for name in NAMES {
        let [zip, legacy] =
            ["pth", "legacy.pth"].map(|kind| Checkpoint::open(&file(&format!("{name}.{kind}"))).unwrap());
        for (mut checkpoint, format) in [(zip, Format::Legacy), (legacy, Format::Zip)] {
            checkpoint.set_format(format).unwrap();
            let mut there = Checkpoint::read(written(&checkpoint)).unwrap();
            assert_eq!(there.format(), format);
            let old = if format == Format::Zip {
                Format::Legacy
            } else {
                Format::Zip
            };
            there.set_format(old).unwrap();
            assert_eq!(Checkpoint::read(written(&there)).unwrap().format(), old);
        }
    }
}

#[test]
fn elements_are_those_that_torch_reads() {
    let known: Value = serde_json::from_str(&fs::read_to_string(file("elements.json")).unwrap()).unwrap();
    let known = known.as_object().unwrap();
    assert!(known.len() > 20);
    for (name, known) in known {
        let (stem, key) = name.split_once('.').unwrap();
        for kind in ["pth", "legacy.pth", "protocol4.pth"] {
            let checkpoint = Checkpoint::open(&file(&format!("{stem}.{kind}"))).unwrap();
            let tensor = checkpoint
                .tensor(checkpoint.graph.lookup(checkpoint.root, key).unwrap())
                .unwrap();
            let numbers = |key: &str| -> Vec<usize> {
                known[key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|n| n.as_u64().unwrap() as usize)
                    .collect()
            };
            assert_eq!(
                (&tensor.shape, &tensor.strides),
                (&numbers("shape"), &numbers("strides")),
                "{name}"
            );
            let elements: Vec<f64> = known["elements"]
                .as_array()
                .unwrap()
                .iter()
                .map(|x| x.as_str().unwrap().parse().unwrap())
                .collect();
            assert_eq!(tensor.read_f64().unwrap(), elements, "{name}");
            if let Some(dense) = tensor.dense() {
                let (mut sorted, mut there) = (elements.clone(), dense.read_f64().unwrap());
                sorted.sort_by(f64::total_cmp);
                there.sort_by(f64::total_cmp);
                assert_eq!(there, sorted, "{name}");
            }
        }
    }
}

#[test]
fn tensors_know_what_they_are() {
    let checkpoint = Checkpoint::open(&file("views.pth")).unwrap();
    let tensor = |key| {
        checkpoint
            .tensor(checkpoint.graph.lookup(checkpoint.root, key).unwrap())
            .unwrap()
    };
    let rows = [
        // (name, contiguous, dense, gradient)
        ("whole", true, true, false),
        ("slice", true, true, false),
        ("matrix", true, true, false),
        ("transposed", false, true, false),
        ("every_second", false, false, false),
        ("column", false, false, false),
        ("block", false, false, false),
        ("expanded", false, false, false),
        ("channels_last", false, true, false),
        ("permuted", false, true, false),
        ("parameter", true, true, true),
    ];
    for (name, contiguous, dense, gradient) in rows {
        let tensor = tensor(name);
        let is = (
            tensor.is_contiguous(),
            tensor.dense().is_some(),
            tensor.requires_grad,
        );
        assert_eq!(is, (contiguous, dense, gradient), "{name}");
    }
    let types = Checkpoint::open(&file("types.pth")).unwrap();
    for name in ["qint8", "sparse"] {
        assert!(
            !types.is_tensor(types.graph.lookup(types.root, name).unwrap()),
            "{name}"
        );
    }
    let complex = types
        .tensor(types.graph.lookup(types.root, "complex64").unwrap())
        .unwrap();
    assert!(
        complex
            .read_f64()
            .unwrap_err()
            .to_string()
            .contains("no real numbers")
    );
    assert!(
        complex
            .read_f32()
            .unwrap_err()
            .to_string()
            .contains("not FloatStorage")
    );
}
