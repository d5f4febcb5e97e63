//! The oracle against someone else's numbers: the goldens of Samsung ONE's value tests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use quant_case::compare::{Strictness, compare};
use quant_case::layout::Layout;
use quant_case::list::{self, RowKind};
use quant_case::{Stage, golden, qconf, recipe};

#[test]
fn oracle_agrees_with_the_reference_goldens() {
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let layout = Layout::new(shared.join("reference/one-pota"));
    let Ok(text) = fs::read_to_string(layout.list()) else {
        say(&format!(
            "SKIPPED: there is no {}; set QUANT_REFERENCE to the reference data",
            layout.list().display()
        ));
        return;
    };
    let (mut compared, mut failures) = (0, Vec::new());
    for row in list::parse(&text).0 {
        let recipe = recipe::parse(&fs::read_to_string(layout.recipe(&row)).unwrap()).unwrap();
        let qconf = (row.kind == RowKind::QConf)
            .then(|| qconf::parse(&fs::read_to_string(layout.qconf(&row)).unwrap()).unwrap());
        let files =
            (0..).map_while(|n| fs::read_to_string(layout.inputs(&row).join(format!("{n}.txt"))).ok());
        let number = |word: &str| f64::from(word.trim().parse::<f32>().unwrap());
        let record = |text: String| {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines
                .map(|line| line.split(',').map(number).collect::<Vec<f64>>())
                .collect::<Vec<_>>()
        };
        let inputs: Vec<_> = files.map(record).collect();
        for stage in row.stages(&recipe) {
            for (name, got) in quant_golden::compute(&recipe, &inputs, &row, stage, qconf.as_ref()).unwrap() {
                let Ok(text) = fs::read_to_string(layout.golden(&row, stage, &name)) else {
                    continue;
                };
                let mut wanted = golden::parse(&text).unwrap();
                if stage == Stage::WoQuantization {
                    (wanted.min, wanted.max) = (None, None);
                }
                let report = compare(&wanted, &got, stage, Strictness::Present);
                compared += 1;
                if !report.passes() || report.count() == 0 {
                    failures.push(format!("{row} {stage} `{name}`\n{report}"));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {compared} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!(compared, 271);
}

/// Says it past the test harness, which shows the output of failing tests only.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
