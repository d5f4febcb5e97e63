//! `quant amct auto-perf`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{calibrated, count};
use crate::cli::{fails_with, files, read_json};
use crate::common::{QUANT, outcome, quant, succeeds};

/// What stands in the files that a search for the fastest model leaves beside it.
fn results(folder: &Path) -> [Value; 2] {
    ["comparison", "history"]
        .map(|name| read_json(&folder.join(format!("perf_based_auto_calibration_{name}.json"))))
}

const PERF: &str = "amct auto-perf g.pbtxt --record all/record.txt -o fast/net";

#[test]
fn layers_that_are_slower_quantized_become_float() {
    let folder = calibrated();
    let folder = folder.path();
    // `a` and `c` read one tensor and share its node: without `c`, `a` has to bear it alone.
    let table = "layer,float_us,quant_us,quant_node_us,dequant_node_us\n\
                 a/MatMul,6,3,4,0.5\nb/MatMul,20,2,1,1\nc/MatMul,5,5,4,0.5\n";
    fs::write(folder.join("t.csv"), table).unwrap();
    let sampler = "ascend_sampler_config: { soc_version: Some1 input_shape: \"x:4,2\" log: null }";
    fs::write(folder.join("s.cfg"), sampler).unwrap();
    let said = succeeds(
        "quant",
        folder,
        &format!("{PERF} --times t.csv --sampler-config s.cfg"),
    );
    for line in [
        "Round 1: c/MatMul float, 2 layers quantized, 16.5 us",
        "Round 2: a/MatMul float, 1 layers quantized, 15.0 us",
        "Time of original model is 31.0 us",
        "Time of global quantized model is 17.0 us",
        "Time of chosen model is 15.0 us",
        "1 of 3 layers stay quantized",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let fast = folder.join("fast");
    assert_eq!(
        files(&fast),
        [
            "net_quant.json",
            "net_quantized.pb",
            "perf_based_auto_calibration_comparison.json",
            "perf_based_auto_calibration_final_config.json",
            "perf_based_auto_calibration_final_record.txt",
            "perf_based_auto_calibration_history.json",
        ]
    );
    assert_eq!(count(&fast.join("net_quantized.pb"), "AscendQuant"), 1);
    let [comparison, history] = results(&fast);
    let layers = comparison["layers"].as_array().unwrap();
    let found: Vec<[&Value; 4]> = layers
        .iter()
        .map(|row| ["layer", "float_us", "quant_us", "decision"].map(|key| &row[key]))
        .collect();
    assert_eq!(
        serde_json::json!(found),
        serde_json::json!([
            ["a/MatMul", 6.0, 7.5, "float"],
            ["b/MatMul", 20.0, 4.0, "quantized"],
            ["c/MatMul", 5.0, 7.5, "float"]
        ])
    );
    assert_eq!(comparison["total"]["chosen_us"], 15.0);
    assert_eq!(comparison["sampler"]["soc_version"], "Some1");
    assert_eq!(history[2]["rolled_back"][0], "a/MatMul");
    assert_eq!(history[2]["end"], "no layer changes");
    let config = read_json(&fast.join("perf_based_auto_calibration_final_config.json"));
    assert_eq!(config["a/MatMul"]["quant_enable"], false);
    assert_eq!(config["b/MatMul"]["quant_enable"], true);
    // The record that was written makes the model that was written.
    succeeds(
        "quant",
        folder,
        "amct convert g.pbtxt --record fast/perf_based_auto_calibration_final_record.txt -o again",
    );
    let [one, other] =
        ["fast/net", "again"].map(|prefix| fs::read(folder.join(format!("{prefix}_quantized.pb"))).unwrap());
    assert!(one == other);
}

#[test]
fn where_nothing_is_faster_no_model_is_written() {
    let folder = calibrated();
    let folder = folder.path();
    let row = |layer: &str| format!("{{\"layer\": \"{layer}/MatMul\", \"float_us\": 2, \"quant_us\": 2}}");
    let table = ["a", "b", "c"].map(row).join(", ");
    fs::write(folder.join("t.json"), format!("[{table}]")).unwrap();
    fails_with(
        folder,
        &format!("{PERF} --times t.json"),
        3,
        "no set of quantized layers is faster than the float model; no model is written",
    );
    assert_eq!(
        files(&folder.join("fast")),
        [
            "perf_based_auto_calibration_comparison.json",
            "perf_based_auto_calibration_history.json"
        ]
    );
}

#[test]
fn what_auto_perf_refuses_leaves_no_file() {
    let folder = calibrated();
    let folder = folder.path();
    fs::write(folder.join("t.csv"), "layer,float_us,quant_us\na/MatMul,2,1\n").unwrap();
    fs::write(
        folder.join("s.cfg"),
        "ascend_sampler_config { soc_version: A input_shape: 'z:1,2' }",
    )
    .unwrap();
    for (options, code, what) in [
        ("--times t.csv", 1, "t.csv: no times of layer `b/MatMul`"),
        ("", 2, "--times <TABLE>|--measure <CMD>"),
        (
            "--times t.csv --sampler-config s.cfg",
            1,
            "s.cfg: input_shape: `z` is no input",
        ),
        ("--measure false", 1, "--measure false: it failed"),
        (
            "--measure basename",
            1,
            "its last line is `measured.pb`; print lines of a node and its time",
        ),
    ] {
        fails_with(folder, &format!("{PERF} {options}"), code, what);
    }
    assert!(!folder.join("fast").exists());
}

/// Runs the search with a command of the shell.
#[cfg(unix)]
fn measured(folder: &Path, script: &str) -> String {
    fs::write(folder.join("clock.sh"), script).unwrap();
    let (code, out, error) = outcome(quant(folder, &format!("{PERF} --measure ./clock.sh")));
    assert_eq!(code, 0, "{error}");
    out
}

#[cfg(unix)]
#[test]
fn a_command_tells_times_of_nodes_or_totals() {
    use std::os::unix::fs::PermissionsExt;
    let folder = calibrated();
    let folder = folder.path();
    fs::write(folder.join("clock.sh"), "").unwrap();
    fs::set_permissions(folder.join("clock.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    // A node that dequantizes `b` makes it slow.
    let nodes = "#!/bin/sh\nhas() { grep -q \"$1\" \"$2\"; }\necho starting 5\n\
        for l in a b c; do if has $l/dequant/AscendDequant $1; then echo $l/MatMul 2; else echo $l/MatMul 6; fi; done\n\
        if has b/dequant/AscendDequant $1; then echo b/dequant/AscendDequant 4; fi\n";
    let said = measured(folder, nodes);
    assert!(
        said.contains("Round 1: b/MatMul float, 2 layers quantized, 10.0 us"),
        "{said}"
    );
    let [comparison, _] = results(&folder.join("fast"));
    assert_eq!(comparison["layers"][1]["quant_us"], 6.0);
    assert_eq!(comparison["total"]["float_us"], 18.0);
    // The model alone: 10, less 3 for `a` and `c`, more 2 for `b`.
    let total = "#!/bin/sh\nt=10\nhas() { grep -q $1/dequant/AscendDequant \"$2\"; }\n\
        has a $1 && t=$((t-3))\nhas c $1 && t=$((t-3))\nhas b $1 && t=$((t+2))\necho $t\n";
    let said = measured(folder, total);
    assert!(
        said.contains("Round 1: b/MatMul float, 2 layers quantized, 4.0 us"),
        "{said}"
    );
    let [comparison, _] = results(&folder.join("fast"));
    assert_eq!(comparison["layers"][1]["float_us"], 4.0);
    assert_eq!(comparison["total"]["all_quantized_us"], 6.0);
}

/// A clock that is one: how long models take to run. Whichever is faster, what is chosen was never slower than either whole model.
#[cfg(unix)]
#[test]
fn a_command_that_really_measures_decides() {
    use std::os::unix::fs::PermissionsExt;
    let folder = calibrated();
    let folder = folder.path();
    let script = format!(
        "#!/bin/sh\nset -e\nstart=$(date +%s%N)\nfor i in 1 2 3; do {QUANT} infer \"$1\" --data x.npy -o ran > said 2>&1; done\n\
         end=$(date +%s%N)\necho $(((end - start) / 3000))\n"
    );
    fs::write(folder.join("clock.sh"), script).unwrap();
    fs::set_permissions(folder.join("clock.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let (code, _, error) = outcome(quant(folder, &format!("{PERF} --measure ./clock.sh --rounds 2")));
    assert!(matches!(code, 0 | 3), "{code}: {error}");
    assert_eq!(folder.join("fast/net_quantized.pb").exists(), code == 0);
    let [comparison, history] = results(&folder.join("fast"));
    let time = |key: &str| comparison["total"][key].as_f64().unwrap();
    assert!(time("float_us") > 100.0, "a process takes longer: {comparison}");
    assert!(
        time("chosen_us") <= time("float_us").min(time("all_quantized_us")),
        "{comparison}"
    );
    assert!((1..=3).contains(&history.as_array().unwrap().len()), "{history}");
}
