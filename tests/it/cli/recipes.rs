//! ai-edge-quantizer's recipes, by name and by file.

use std::fs;
use std::path::Path;

use super::fails_with;
use crate::common::passes;

/// The element type of a tensor in a model.
fn dtype(folder: &Path, model: &str, tensor: &str) -> String {
    let dump = passes(folder, &format!("dump {model} --tensor {tensor}"));
    let json: serde_json::Value = serde_json::from_str(&dump).unwrap();
    json[tensor]["dtype"].as_str().unwrap_or_default().to_owned()
}

const MODEL: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 64 } }
    operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 64 } filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
    operand { name: "b" type: FLOAT32 shape { dim: 2 } filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 } }
    operation { type: "FullyConnected" input: "x" input: "w" input: "b" output: "y" fullyconnected_options { activation: NONE } }
    input: "x" output: "y""#;

#[test]
fn a_recipe_says_what_becomes_of_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("m.recipe"), MODEL).unwrap();
    for (recipe, data, types) in [
        (
            "static_wi8_ai8",
            "--data random:1:4",
            ["int8", "int8", "int32", "int8"],
        ),
        (
            "static_wi8_ai16",
            "--data random:1:4",
            ["int16", "int8", "int64", "int16"],
        ),
        ("dynamic_wi8_afp32", "", ["float32", "int8", "float32", "float32"]),
        (
            "dynamic_wi2c_afp32",
            "",
            ["float32", "int2", "float32", "float32"],
        ),
        (
            "weight_only_wi4_afp32",
            "",
            ["float32", "int4", "float32", "float32"],
        ),
    ] {
        passes(
            folder,
            &format!("run m.recipe --recipe {recipe} {data} -o {recipe}.tflite"),
        );
        let found = ["x", "w", "b", "y"].map(|tensor| dtype(folder, &format!("{recipe}.tflite"), tensor));
        assert_eq!(found, types, "{recipe}");
    }
    // GPTQ looks at data.
    let gptq = r#"[{"regex": ".*", "operation": "*", "algorithm_key": "GPTQ", "op_config": {"weight_tensor_config":
        {"num_bits": 4, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}}]"#;
    fs::write(folder.join("mine.json"), gptq).unwrap();
    fails_with(
        folder,
        "run m.recipe --recipe mine.json",
        2,
        "a model needs calibration data; add --data",
    );
    passes(
        folder,
        "run m.recipe --recipe mine.json --data random:1:4 --no-check",
    );
    assert_eq!(dtype(folder, "m.mine.circle", "w"), "int4");
}

#[test]
fn what_is_wrong_with_a_recipe_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("m.recipe"), MODEL).unwrap();
    fs::write(
        folder.join("r.json"),
        r#"[{"regex": "(?!a)", "operation": "*", "algorithm_key": "no_quantize"}]"#,
    )
    .unwrap();
    for (options, code, what) in [
        (
            "--recipe r.json",
            1,
            "error: r.json: [0].regex: `(?!a)` is no expression: ",
        ),
        ("--recipe none.json", 5, "none.json"),
        (
            "--recipe static",
            2,
            "error: --recipe: recipe `static`: no recipe has this name; use one of ",
        ),
        (
            "--recipe gemma4_mixed48",
            2,
            "it gives recipes to the models of a LiteRT-LM file",
        ),
        (
            "--recipe static_wi8_ai8 --type int8",
            2,
            "error: --type: the scheme `tflite-recipe` has no such option; write it into the recipe",
        ),
        (
            "--recipe static_wi8_ai8 --input-type float32",
            2,
            "error: --input-type: the scheme `tflite-recipe` has no such option; write it into the recipe",
        ),
        ("--recipe static_wi8_ai8 --scheme one", 2, "cannot be used with"),
        ("--recipe static_wi8_ai8", 2, "a model needs calibration data"),
    ] {
        fails_with(folder, &format!("run m.recipe -o y.tflite {options}"), code, what);
    }
}
