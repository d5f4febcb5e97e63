//! `quant amct convert-qat`, `auto-accuracy` and `predict`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{calibrated, count, put};
use crate::cli::{fails_with, files, read_json};
use crate::common::{outcome, quant, succeeds};

#[test]
fn trained_graphs_become_quantized_ones_with_their_own_factors() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let graph = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/Amct_003/graph.pbtxt");
    fs::copy(graph, folder.join("t.pbtxt")).unwrap();
    let said = succeeds("quant", folder, "amct convert-qat t.pbtxt --record r.txt -o t");
    assert!(said.contains("The record is saved in r.txt"), "{said}");
    let model = folder.join("t_quantized.pb");
    for (op, times) in [
        ("AscendQuant", 4),
        ("AscendWeightQuant", 3),
        ("AscendDequant", 4),
        ("FakeQuantWithMinMaxVars", 0),
    ] {
        assert_eq!(count(&model, op), times, "{op}");
    }
    let record = fs::read_to_string(folder.join("r.txt")).unwrap();
    assert_eq!(record.matches("scale_d").count(), 4);
    assert_eq!(record.matches("scale_w").count(), 4 + 1 + 1);
    put(folder);
    fails_with(
        folder,
        "amct convert-qat g.pbtxt -o n",
        1,
        "no layer has FakeQuant nodes before its activation and its weights",
    );
    assert!(!folder.join("n_quantized.pb").exists());
}

#[test]
fn a_search_goes_on_where_it_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder);
    // Good enough are models with at most one quantized layer, whose node is named twice; each measurement leaves a line, and
    // the third fails at first.
    let script = "#!/bin/sh\necho x >> asked\n[ -e go ] || [ $(wc -l < asked) -lt 3 ] || exit 7\n\
                  n=$(grep -a -o act_quant/AscendQuant \"$1\" | wc -l)\n[ $n -le 3 ] && echo 90 || echo 50\n";
    let evaluator = folder.join("e.sh");
    fs::write(&evaluator, script).unwrap();
    fs::set_permissions(&evaluator, fs::Permissions::from_mode(0o755)).unwrap();
    let line = "amct auto-accuracy g.pbtxt --data x.npy --evaluator ./e.sh --loss 1 -o s/net";
    let run = |line: &str| outcome(quant(folder, line));
    let first = run(line);
    assert_ne!(first.0, 0, "{first:?}");
    assert!(!folder.join("s/net_quantized.pb").exists());
    let asked = || fs::read_to_string(folder.join("asked")).unwrap().lines().count();
    let before = asked();
    fs::write(folder.join("go"), "").unwrap();
    let second = run(&format!("{line} --resume"));
    assert_eq!(second.0, 0, "{second:?}");
    let more = asked() - before;
    assert_eq!(
        (before, more),
        (3, 2),
        "the float graph, all layers; then two probes"
    );
    fs::remove_dir_all(folder.join("s")).unwrap();
    // What was measured with other inputs or outputs, or of another graph, is not gone on with.
    fs::remove_file(folder.join("go")).unwrap();
    fs::write(folder.join("asked"), "").unwrap();
    assert_ne!(run(line).0, 0);
    fs::write(folder.join("go"), "").unwrap();
    for other in ["--batch-size 1", "--scale 0.5", "--outputs y"] {
        fails_with(
            folder,
            &format!("{line} --resume {other}"),
            1,
            "not the measurements of this search",
        );
    }
    // From the beginning it takes what both took together, less the one that failed.
    let all = asked();
    let whole = run(line);
    assert_eq!(whole.0, 0, "{whole:?}");
    assert_eq!(asked() - all, before - 1 + more);
    let ranking = read_json(&folder.join("s/accuracy_based_auto_calibration_ranking_information.json"));
    assert_eq!(ranking.as_array().unwrap().len(), 3);
    assert!(files(&folder.join("s")).contains(&"net_quantized.pb".to_owned()));
}

#[test]
fn predictions_are_printed_for_both_graphs() {
    let folder = calibrated();
    let said = succeeds(
        "quant",
        folder.path(),
        "amct predict g.pbtxt all/net_quantized.pb --data x.npy",
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2 * (1 + 2 * 4), "{said}");
    assert_eq!(
        (lines[0], lines[9]),
        ("Origin Model Prediction:", "Quantized Model Prediction:")
    );
    assert!(lines[1].starts_with(" \tcategory index: "), "{said}");
    assert!(lines[2].starts_with(" \tcategory prob: "), "{said}");
    // The classes of the float graph.
    let classes = |lines: &[&str]| {
        lines
            .iter()
            .filter(|line| line.contains("index"))
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(classes(&lines[..9]), classes(&lines[9..]));
}
