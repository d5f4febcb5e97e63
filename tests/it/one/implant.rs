//! `q-implant`: computes integers and forwards.

use std::fs;

use quant_core::ir::DType;
use serde_json::{Value, json};

use super::{content, entry};
use crate::common::{load, refuses, succeeds, write_npy};

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
        succeeds("q-implant", folder, "m.recipe q.json q.circle");
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
    succeeds("quant", folder, "implant m.recipe q.json -o v.circle");
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
    refuses(
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
    refuses(
        "q-implant",
        folder,
        "m.recipe q.json z.circle",
        "tensor `sum`: it gets no parameters and remains float32",
    );
    refuses("q-implant", folder, "m.recipe q.json", "<OUTPUT>");
    refuses(
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
        succeeds("q-implant", folder, "m.recipe q.json q.circle");
        let (bytes, dtype, scale, zero_point) = content(&load(&folder.join("q.circle")), "c");
        assert_eq!(
            (bytes.unwrap_or_default(), dtype, scale, zero_point),
            (vec![], DType::Uint8, vec![0.25], vec![10])
        );
    }
}
