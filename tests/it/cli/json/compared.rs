//! What is said about comparisons, reports, searches and checkpoints.

use std::fs;

use serde_json::{Value, json};

use super::{json_of, length};
use crate::common::{REPOSITORY, outcome, passes, quant};

#[test]
fn comparisons() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "run @Conv2D_000 --data random:1:3 -o a.circle");
    passes(folder, "run @Conv2D_000 --data random:2:3 -o b.circle");
    let report = json_of(folder, "compare a.circle a.circle", 0);
    assert_eq!((&report["equal"], &report["differ"]), (&json!(4), &json!([])));
    let report = json_of(folder, "compare a.circle b.circle", 3);
    let differ = report["differ"].as_array().unwrap();
    let ofm = differ.iter().find(|tensor| tensor["name"] == "ofm").unwrap();
    assert_eq!(ofm["status"], "differs");
    let keys = ofm["keys"].as_array().unwrap();
    let scale = keys.iter().find(|key| key["key"] == "scale").unwrap();
    assert_eq!((&scale["values"], &scale["differ"]), (&json!(1), &json!(1)));
    let of = |name: &str| {
        let dump: Value =
            serde_json::from_str(&passes(folder, &format!("dump {name} --tensor ofm"))).unwrap();
        dump["ofm"]["scale"][0].as_f64().unwrap() as f32
    };
    let worst = |side: &str| scale["worst"][side].as_f64().unwrap() as f32;
    assert_eq!(
        (worst("first"), worst("second")),
        (of("a.circle"), of("b.circle"))
    );
    let (code, out, _) = outcome(quant(folder, "compare a.circle @ReLU_000 --json -"));
    assert_eq!(code, 3);
    let report: Value = serde_json::from_str(&out).unwrap();
    let states: Vec<&Value> = report["differ"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["status"])
        .collect();
    assert!(states.contains(&&json!("only in first")), "{report}");
}

#[test]
fn infer_implant_and_reports() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let report = json_of(folder, "infer @Net_000 --data random:1:3 -o out", 0);
    assert_eq!(report["records"], 3);
    assert_eq!(
        report["tensors"],
        json!([{"name": "prob", "type": "float32", "files": ["prob.npy"]}])
    );
    fs::write(folder.join("test.lst"), "addTest(ReLU_000 layer uint8)\n").unwrap();
    for tree in ["recipes/ReLU_000", "test_inputs/ReLU_000/layer/uint8"] {
        fs::create_dir_all(folder.join(tree)).unwrap();
        for entry in fs::read_dir(format!("{REPOSITORY}/{tree}")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.join(tree).join(entry.file_name())).unwrap();
        }
    }
    let report = json_of(folder, "golden check", 3);
    assert_eq!(report["differences"].as_array().unwrap().len(), 4);
    let report = json_of(folder, "golden write", 0);
    assert_eq!((&report["rows"], &report["files"]), (&json!(1), &json!(4)));
    let report = json_of(folder, "report -o page", 0);
    assert_eq!((&report["cases"], &report["differ"]), (&json!(2), &json!(0)));

    fs::write(folder.join("empty.json"), "{}").unwrap();
    let report = json_of(folder, "implant @ReLU_000 empty.json --partial -o i.circle", 0);
    assert_eq!(
        (&report["tensors"], &report["bytes"]),
        (&json!([]), &length(folder, "i.circle"))
    );
}

#[test]
fn mpq_tries_both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let line = |end: &str, ratio: &str| {
        format!("mpq @Net_001 --data random:3:4 -o {end}.json --bisection {end} --ratio {ratio}")
    };
    let cost = |report: &Value| {
        let best = &report["best"];
        (
            best["layers"].as_array().unwrap().len(),
            best["bytes"].as_u64().unwrap(),
        )
    };
    let steps = |report: &Value| report["steps"].as_array().unwrap().clone();
    let mut ends = Vec::new();
    let mut reports = Vec::new();
    for ratio in ["0.4", "0.9", "0.95"] {
        let [both, front, back] = ["auto", "true", "false"].map(|end| json_of(folder, &line(end, ratio), 0));
        let better = if cost(&front) <= cost(&back) {
            &front
        } else {
            &back
        };
        assert_eq!(both["best"], better["best"], "{ratio}");
        assert_eq!(both["best"]["reached"], true);
        assert_eq!(steps(&both), [steps(&front), steps(&back)].concat());
        ends.push(both["best"]["int16_at"].clone());
        reports.push(both);
    }
    assert!(
        ends.contains(&json!("front")) && ends.contains(&json!("back")),
        "{ends:?}"
    );
    let both = reports.pop().unwrap();
    // Sizes are those of the models that `run` writes.
    passes(
        folder,
        "run @Net_001 --data random:3:4 --config auto.json -o q.circle",
    );
    assert_eq!(both["best"]["bytes"], length(folder, "q.circle"));
    passes(folder, "run @Net_001 --data random:3:4 --type int16 -o q.circle");
    let int16 = both["whole"]
        .as_array()
        .unwrap()
        .iter()
        .find(|whole| whole["type"] == "int16")
        .unwrap();
    assert_eq!(int16["bytes"], length(folder, "q.circle"));
    let said = passes(folder, &line("auto", "0.95"));
    for part in [
        "int16 at the front  cut  int16 layers",
        "int16 at the back  cut",
        " at the ",
        "int16 layers, ",
        " kB",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    // The original's rule looks at one end.
    let (code, said, _) = outcome(quant(folder, &line("mpeir", "0.95")));
    assert!(
        code == 0 && said.contains("MPEIR  ") && said.matches("int16 at the").count() == 1,
        "{said}"
    );
}

#[test]
fn checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recipe = fs::read_dir(format!("{REPOSITORY}/recipes")).unwrap();
    let checkpoint = recipe.map(|entry| entry.unwrap().path().join("checkpoint.pth"));
    let checkpoint = checkpoint.filter(|path| path.exists()).min().unwrap();
    let line = format!(
        "ai8x {} q.pth.tar --device MAX78000 --clip-method MAX",
        checkpoint.display()
    );
    let report = json_of(folder, &line, 0);
    let tensors = report["tensors"].as_array().unwrap();
    assert!(
        !tensors.is_empty() && tensors.iter().all(|t| t["bits"].as_i64().is_some()),
        "{report}"
    );
}
