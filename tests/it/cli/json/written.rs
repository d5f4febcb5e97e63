//! What is said about models that are written.

use std::fs;

use serde_json::{Value, json};

use super::{json_of, length};
use crate::common::{outcome, passes, quant};

#[test]
fn models_that_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let report = json_of(folder, "convert @Net_000 -o float.circle", 0);
    assert_eq!(report["bytes"], length(folder, "float.circle"));
    assert_eq!(report["output"], "float.circle");
    // A recipe has the size of the file that it becomes.
    assert_eq!(report["bytes"], report["model_bytes"]);
    for (line, output) in [
        ("fake-quantize float.circle -o 1.circle", "1.circle"),
        ("record 1.circle --data random:3:5 -o 2.circle", "2.circle"),
        ("quantize 2.circle -o 3.circle", "3.circle"),
    ] {
        let report = json_of(folder, line, 0);
        assert_eq!(report["bytes"], length(folder, output), "{line}");
        let before = line.split(' ').nth(1).unwrap();
        assert_eq!(report["model_bytes"], length(folder, before), "{line}");
    }
    assert_eq!(
        json_of(folder, "record 1.circle --data random:3:5 -o 2.circle", 0)["records"],
        5
    );
    let report = json_of(folder, "weights-only float.circle --type int4 -o w.circle", 0);
    assert_eq!(report["weights"]["tensors"], 3);
    assert_eq!(
        (&report["outputs"], &report["records"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&report["bytes"], &report["float_bytes"]),
        (&length(folder, "w.circle"), &length(folder, "float.circle"))
    );
}

#[test]
fn run_tells_sizes_weights_and_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o float.circle");
    let line = "run float.circle --data random:3:5 -o q.circle";
    let report = json_of(folder, line, 0);
    assert_eq!(report["tensors"]["before"], json!({"float32": 13, "int32": 1}));
    assert_eq!(report["float_bytes"], length(folder, "float.circle"));
    let weights = &report["weights"];
    assert!(weights["worst"].as_f64().unwrap() > weights["mean"].as_f64().unwrap());
    let info = json_of(folder, "info q.circle", 0);
    let tensors = info["graphs"][0]["tensors"].as_array().unwrap();
    let worst = tensors
        .iter()
        .find(|t| t["label"] == weights["worst_tensor"])
        .unwrap();
    assert_eq!(worst["readers"][0], weights["worst_operator"]);

    // The outputs, as eval-diff and error-report find them on the same records.
    let output = &report["outputs"][0];
    assert_eq!(
        (&report["checked_records"], &output["name"]),
        (&json!(5), &json!("prob"))
    );
    let diff = json_of(folder, "eval-diff float.circle q.circle --data random:3:5", 0);
    assert_eq!(output["mae"], diff["outputs"][0]["mae"]);
    let agree = diff["outputs"][0]["top1"].as_f64().unwrap() * 5.0;
    assert_eq!(output["top1_agrees"].as_f64().unwrap(), agree);
    let errors = json_of(
        folder,
        "error-report float.circle q.circle --data random:3:5 -o errors.json",
        0,
    );
    let of_output = errors["tensors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == "prob")
        .unwrap();
    assert_eq!(output["sqnr"], of_output["sqnr"]);

    let sqnr = output["sqnr"].as_f64().unwrap();
    let said = passes(folder, line);
    let found = format!("outputs      prob: SQNR {sqnr:.1} dB, top-1 agrees in {agree} of 5 records\n");
    assert!(said.contains(&found), "{found}\n{said}");
    let verdict = said.lines().last().unwrap();
    assert!(verdict.starts_with("verdict      "), "{said}");
    assert!(
        !verdict.contains("bad") && verdict.ends_with("on the 5 records of random:3:5 that ranges come from"),
        "{said}"
    );
    assert_eq!(
        format!("verdict      {}", report["verdict"]["text"].as_str().unwrap()),
        verdict
    );
    let percent = |name: &str| length(folder, name).as_f64().unwrap();
    let percent = 100.0 * percent("q.circle") / percent("float.circle");
    assert!(
        said.contains(&format!(", {percent:.0} % of the float model's ")),
        "{said}"
    );
    let kind = weights["worst_operator_kind"].as_str().unwrap();
    assert!(
        said.contains(&format!(
            "read by operator {}, {kind} `",
            weights["worst_operator"]
        )),
        "{said}"
    );

    // No more than 32 records are run, from the first to the last.
    let report = json_of(folder, "run float.circle --data random:3:70 -o q.circle", 0);
    assert_eq!(
        (&report["records"], &report["checked_records"]),
        (&json!(70), &json!(32))
    );
    let before = fs::read(folder.join("q.circle")).unwrap();
    let said = passes(
        folder,
        "run float.circle --data random:3:70 -o q.circle --no-check",
    );
    assert!(!said.contains("outputs  ") && !said.contains("check 0"), "{said}");
    assert!(
        said.ends_with("verdict      not known; without --no-check it is compared with the float model\n"),
        "{said}"
    );
    assert!(before == fs::read(folder.join("q.circle")).unwrap());
    let report = json_of(
        folder,
        "run float.circle --data random:3:2 -o q.circle --no-check",
        0,
    );
    assert_eq!(report["outputs"], Value::Null);
}

/// Ranges recorded on small values cut large ones off: percentiles 50 and 50 of records that are one value each.
#[test]
fn run_tells_when_outputs_are_far_off() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Two of the three values. The same values again would be no classes.
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 3 } }
        operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 3 }
                  filler { tag: "explicit" arg: "1" arg: "0" arg: "0" arg: "0" arg: "0" arg: "1" } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 } }
        operation { type: "FullyConnected" input: "x" input: "w" input: "" output: "y" }
        input: "x" output: "y""#;
    fs::write(folder.join("two.recipe"), text).unwrap();
    fs::create_dir(folder.join("in")).unwrap();
    for (record, line) in ["1,2,3", "1,2,3", "100,200,300"].iter().enumerate() {
        fs::write(folder.join(format!("in/{record}.txt")), line).unwrap();
    }
    let line = "run two.recipe --data in -o q.circle --min-percentile 0 --max-percentile 50";
    let said = passes(folder, line);
    assert!(
        said.contains("outputs      y: SQNR 0.1 dB, top-1 agrees in 2 of 3 records\n"),
        "{said}"
    );
    let bad = "verdict      bad: SQNR 0.1 dB, top-1 agrees in 2 of 3 records beside float, on the 3 records of in that ranges come \
         from; most is lost in operator 0, FULLY_CONNECTED `y`; try `quant auto two.recipe --data in -o q.circle --min-percentile 0 \
         --max-percentile 50 --max-drop 1`\n";
    assert!(said.ends_with(bad), "{said}");
    let report = json_of(folder, line, 0);
    assert_eq!(
        (&report["outputs"][0]["far"], &report["verdict"]["grade"]),
        (&json!(true), &json!("bad"))
    );
    // The whole range is good for the largest record, which leaves the others little: that is a warning.
    let line = "run two.recipe --data in -o q.circle --min-percentile 0 --max-percentile 100";
    let (code, said, warned) = outcome(quant(folder, line));
    assert_eq!(code, 0, "{warned}");
    assert!(!said.contains("verdict      bad"), "{said}");
    assert!(
        warned.starts_with(
            "warning: two.recipe: record 2: `x` reaches 3e2, which leaves the other records 1.7 of"
        ),
        "{warned}"
    );

    for verb in ["run two.recipe", "record two.recipe", "mpq two.recipe"] {
        let line = format!("{verb} --data in -o x.circle --min-percentile 60 --max-percentile 40");
        let (code, _, error) = outcome(quant(folder, &line));
        assert_eq!(code, 2, "{line}");
        assert!(
            error.starts_with("error: --min-percentile 60 is above --max-percentile 40; give"),
            "{error}"
        );
        assert!(!folder.join("x.circle").exists());
    }
}

#[test]
fn warnings_are_among_the_results() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let line = "run @AveragePool2D_000 --data random:1:4 --scheme one -o m.tflite";
    let (code, _, warned) = outcome(quant(folder, line));
    assert_eq!(code, 0, "{warned}");
    let messages: Vec<&str> = warned
        .lines()
        .map(|line| line.strip_prefix("warning: ").unwrap())
        .collect();
    assert_eq!(messages.len(), 2, "{warned}");
    assert_eq!(json_of(folder, line, 0)["warnings"], json!(messages));
    assert_eq!(json_of(folder, "info m.tflite", 0)["warnings"], json!([]));
}

#[test]
fn results_never_take_the_place_of_what_is_read_or_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, _, error) = outcome(quant(folder, "run -o m.circle"));
    assert_eq!(code, 0, "{error}");
    let model = fs::read(folder.join("m.circle")).unwrap();
    for line in [
        "info m.circle --json m.circle",
        "info m.circle --json ./m.circle",
        "dump m.circle -o m.circle",
        "run -o new.circle --json new.circle",
        "mpq @Net_000 --data random:1:2 -o found.json --json found.json",
    ] {
        let (code, _, error) = outcome(quant(folder, line));
        assert_eq!(code, 2, "{line}: {error}");
        assert!(
            error.contains("this command ") && error.contains(" that file; name another one"),
            "{line}: {error}"
        );
    }
    assert!(fs::read(folder.join("m.circle")).unwrap() == model);
    assert_eq!(&fs::read(folder.join("new.circle")).unwrap()[4..8], b"CIR0");
}
