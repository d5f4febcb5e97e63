//! `quant mpq`: what it writes, its ends, and a real network.

use std::fs;

use serde_json::json;

use super::{fails_with, read_json};
use crate::common::{passes, shared};

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
    fails_with(
        folder,
        &format!("{mpq} --target-error 0"),
        3,
        "the target error was not reached",
    );
    assert!(folder.join("q.json").exists());
    fails_with(folder, &format!("{mpq} --ratio 1.5"), 2, "give --ratio in 0…1");
    fails_with(folder, &format!("{mpq} --target-error -1"), 2, "-1");
    fails_with(
        folder,
        &format!("{mpq} --ratio 0.5 --target-error 1"),
        2,
        "cannot be used with",
    );
    fails_with(
        folder,
        &format!("{mpq} --metric top1"),
        2,
        "possible values: mae, mape, mpeir, mse",
    );
    fails_with(
        folder,
        &format!("{mpq} --model x.bin"),
        2,
        "let it end in .circle",
    );
    fails_with(
        folder,
        "mpq @Net_000 --data random:3:5 -o no/q.json",
        5,
        "no: No such file",
    );
    passes(folder, "run @Net_000 --data random:3:5 -o q.circle");
    fails_with(
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
    fails_with(
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
    if !shared().join("models").join("resnet8_float32.tflite").exists() {
        eprintln!("skipped: {} is not there", shared().join("models").display());
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
