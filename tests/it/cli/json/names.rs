//! Names in what is said: whole, and near ones are told.

use std::fs;

use serde_json::{Value, json};

use super::{json_of, length};
use crate::common::{outcome, passes, quant};

#[test]
fn names_are_whole_and_near_ones_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let long = format!(
        "net/conv1/Relu;net/conv1/BiasAdd;{}",
        "net/batch_norm/".repeat(20)
    );
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 3 }} }}
        operand {{ name: "{long}" type: FLOAT32 shape {{ dim: 1 dim: 3 }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 1 dim: 3 }} }}
        operation {{ type: "Abs" input: "x" output: "{long}" }}
        operation {{ type: "Tanh" input: "{long}" output: "y" }}
        input: "x" output: "y""#
    );
    fs::write(folder.join("m.recipe"), text).unwrap();
    let said = passes(folder, "info m.recipe");
    assert!(
        said.lines()
            .any(|line| line.starts_with("0         ABS") && line.ends_with(&long)),
        "{said}"
    );
    assert_eq!(
        passes(folder, "dump m.recipe --tensor net/conv1/Relu"),
        passes(folder, &format!("dump m.recipe --tensor {long}"))
    );

    let qconf = |name: &str| {
        let layer = json!({"name": name, "dtype": "int16", "granularity": "channel"});
        fs::write(folder.join("qconf.json"), json!({"layers": [layer]}).to_string()).unwrap();
        let line = "run m.recipe --data random:1:2 --config qconf.json -o q.circle";
        outcome(quant(folder, line))
    };
    assert_eq!(qconf(&long).0, 0);
    let whole = fs::read(folder.join("q.circle")).unwrap();
    assert_eq!(qconf("net/conv1/Relu").0, 0);
    assert!(whole == fs::read(folder.join("q.circle")).unwrap());
    let (code, _, error) = qconf("net/conv1/relu6");
    assert_eq!(code, 1);
    assert!(
        error.contains("No such layer named net/conv1/relu6.")
            && error.ends_with("; is it `net/conv1/Relu`? `quant info` lists all names\n"),
        "{error}"
    );
    // An input is no layer.
    assert_eq!(qconf("x").0, 1);
    let (code, _, error) = outcome(quant(folder, "dump m.recipe --tensor conv1"));
    assert_eq!(code, 1);
    assert!(
        error.contains("tensor `conv1`: the model has none of that name; is it `net/conv1/Relu`?"),
        "{error}"
    );
}

#[test]
fn info_of_a_small_network() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        folder,
        "run @FullyConnected_002 --data random:1:4 -o q.circle --granularity layer",
    );
    let report = json_of(folder, "info q.circle", 0);
    assert_eq!(
        (&report["format"], &report["bytes"]),
        (&json!("circle"), &length(folder, "q.circle"))
    );
    let graph = &report["graphs"][0];
    let operator = &graph["operators"][0];
    assert_eq!(operator["kind"], "FULLY_CONNECTED");
    let tensor = |at: &Value| &graph["tensors"][at.as_u64().unwrap() as usize];
    let weights = tensor(&operator["inputs"][1]);
    assert_eq!(
        (&weights["constant"], &weights["readers"]),
        (&json!(true), &json!([0]))
    );
    let dump: Value = serde_json::from_str(&passes(folder, "dump q.circle")).unwrap();
    let name = weights["label"].as_str().unwrap();
    for (here, there) in [("type", "dtype"), ("zero_point", "zero_point")] {
        assert_eq!(weights[here], dump[name][there], "{here}");
    }
    // A single float, of which JSON has more digits.
    let single = |scale: &Value| scale[0].as_f64().unwrap() as f32;
    assert_eq!(single(&weights["scale"]), single(&dump[name]["scale"]));
    let said = passes(folder, "info q.circle");
    let line = said
        .lines()
        .find(|line| line.ends_with(&format!("  {name}")))
        .unwrap();
    let scale = weights["scale"][0].as_f64().unwrap() as f32;
    for part in [
        "0 FULLY_CONNECTED",
        "uint8",
        &format!("scale {scale}, zero point "),
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}
