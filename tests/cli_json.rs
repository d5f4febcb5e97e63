//! What the verbs say with `--json`, read back; and what `run` and `info` say for people.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a line of words; `@NAME` is a recipe of this repository. Exit code, standard output, standard error.
fn quant(folder: &Path, line: &str) -> (i32, String, String) {
    let words = line.split(' ').map(|word| match word.strip_prefix('@') {
        Some(name) => format!("{REPOSITORY}/recipes/{name}/test.recipe"),
        None => word.to_owned(),
    });
    let output = Command::new(env!("CARGO_BIN_EXE_quant"))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[track_caller]
fn passes(folder: &Path, line: &str) -> String {
    let (code, out, error) = quant(folder, line);
    assert_eq!((code, error.as_str()), (0, ""), "quant {line}");
    out
}

/// What a line prints with `--json -`: JSON and nothing else, the same as into a file, where the text is printed.
#[track_caller]
fn json_of(folder: &Path, line: &str, code: i32) -> Value {
    let (found, out, error) = quant(folder, &format!("{line} --json -"));
    assert_eq!(found, code, "quant {line}\n{error}");
    let printed: Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("quant {line}: {error}\n{out}"));
    let (found, out, _) = quant(folder, &format!("{line} --json of.json"));
    assert_eq!(found, code, "quant {line}");
    assert!(!out.starts_with('{') && !out.is_empty(), "quant {line}\n{out}");
    let mut written: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("of.json")).unwrap()).unwrap();
    let mut same = printed.clone();
    for report in [&mut written, &mut same] {
        let report = report.as_object_mut().unwrap();
        report.remove("seconds");
        report.remove("peak_memory");
        // The second time there is nothing to write.
        report.remove("written");
    }
    assert_eq!(written, same, "quant {line}");
    let verb = line.split(' ').next().unwrap();
    assert_eq!((&printed["verb"], &printed["version"]), (&json!(verb), &json!(1)));
    printed
}

fn length(folder: &Path, name: &str) -> Value {
    json!(fs::metadata(folder.join(name)).unwrap().len())
}

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
    assert!(!said.contains("far off"), "{said}");
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
    assert!(!said.contains("outputs  ") && !said.contains("check"), "{said}");
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
    let far =
        "far off      find the layers that should be int16: `quant mpq two.recipe --data in -o qconf.json`\n";
    assert!(
        said.contains("outputs      y: SQNR 0.1 dB, top-1 agrees in 2 of 3 records\n"),
        "{said}"
    );
    assert!(said.contains(far), "{said}");
    assert_eq!(json_of(folder, line, 0)["outputs"][0]["far"], true);
    let said = passes(folder, &format!("{line} --type int16"));
    assert!(
        said.contains(
            "far off      see where it begins: `quant error-report two.recipe q.circle --data in -o report`\n"
        ),
        "{said}"
    );
    // The whole range is good for the largest record, which leaves the others little: that is a warning.
    let line = "run two.recipe --data in -o q.circle --min-percentile 0 --max-percentile 100";
    let (code, said, warned) = quant(folder, line);
    assert_eq!(code, 0, "{warned}");
    assert!(!said.contains("far off"), "{said}");
    assert!(
        warned.starts_with(
            "warning: two.recipe: record 2: `x` reaches 3e2, which leaves the other records 1.7 of"
        ),
        "{warned}"
    );

    for verb in ["run two.recipe", "record two.recipe", "mpq two.recipe"] {
        let line = format!("{verb} --data in -o x.circle --min-percentile 60 --max-percentile 40");
        let (code, _, error) = quant(folder, &line);
        assert_eq!(code, 2, "{line}");
        assert!(
            error.starts_with("error: --min-percentile 60 is above --max-percentile 40; give"),
            "{error}"
        );
        assert!(!folder.join("x.circle").exists());
    }
}

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
    let (code, out, _) = quant(folder, "compare a.circle @ReLU_000 --json -");
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
    let (code, said, _) = quant(folder, &line("mpeir", "0.95"));
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
        quant(
            folder,
            "run m.recipe --data random:1:2 --config qconf.json -o q.circle",
        )
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
    let (code, _, error) = quant(folder, "dump m.recipe --tensor conv1");
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

#[test]
fn results_never_take_the_place_of_what_is_read_or_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, _, error) = quant(folder, "run -o m.circle");
    assert_eq!(code, 0, "{error}");
    let model = fs::read(folder.join("m.circle")).unwrap();
    for line in [
        "info m.circle --json m.circle",
        "info m.circle --json ./m.circle",
        "dump m.circle -o m.circle",
        "run -o new.circle --json new.circle",
    ] {
        let (code, _, error) = quant(folder, line);
        assert_eq!(code, 2, "{line}: {error}");
        assert!(
            error.contains("this command ") && error.contains(" that file; name another one"),
            "{line}: {error}"
        );
    }
    assert!(fs::read(folder.join("m.circle")).unwrap() == model);
    assert_eq!(&fs::read(folder.join("new.circle")).unwrap()[4..8], b"CIR0");
}
