//! All of `reference/amct` in one line: every folder has something here that compares it, or stands among those that others
//! compare.

use std::collections::BTreeSet;
use std::path::Path;

use crate::reference::{self, Tally};
use crate::{algorithms, config, fallback, flows, graphs, mobilenet, record, search};

type Compare = fn(&Path) -> Tally;

/// What compares, and the folders that it looks at.
const COMPARED: [(&[&str], Compare); 9] = [
    (&["algo", "ops/fake_quant"], algorithms::all),
    (&["config"], config::all),
    (&["perf"], config::sampler),
    (&["record"], record::all),
    (&["search"], search::all),
    (&["graphs", "qat", "mobilenetv2_160"], graphs::all),
    (&["graphs", "qat"], flows::all),
    (&["mobilenetv2_160", "record"], mobilenet::all),
    (&["fallback"], fallback::all),
];

/// Folders that another crate's test compares.
const ELSEWHERE: [(&str, &str); 2] = [
    ("ops", "quant-tensorflow, tests/it/ascend.rs"),
    ("images", "quant-picture, tests/reference.rs"),
];

/// What is not the reference's, and why; `different` never holds these.
const EXCEPTIONS: [&str; 4] = [
    "algo: where the original's losses are NaN (values around 1e38) it takes the first factor, this one the least loss",
    "graphs/control_flow: net/cond/switch_f, which no output needs, is kept",
    "qat/qat_edge: weights whose range is not symmetric are quantized anew, the reference leaves them float",
    "search: `Fine search finish, automatic calibration succeed!` is not said on failure",
];

#[test]
fn the_reference_is_met() {
    let Some(folder) = reference::folder() else {
        return reference::skipped("everything");
    };
    let known: BTreeSet<&str> = COMPARED
        .iter()
        .flat_map(|(folders, _)| folders.iter().copied())
        .chain(ELSEWHERE.map(|(folder, _)| folder))
        .collect();
    for path in graphs::folders(&folder) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(known.contains(name.as_str()), "nothing compares {name}");
    }
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let running = COMPARED.map(|(_, compare)| {
            let folder = &folder;
            scope.spawn(move || compare(folder))
        });
        for running in running {
            tally.add(running.join().expect("compares"));
        }
    });
    for exception in EXCEPTIONS {
        println!("amct: exception: {exception}");
    }
    println!(
        "amct: {} searches, {} similarities",
        tally.searches, tally.similarities
    );
    println!(
        "amct: {} graphs, {} algorithm cases, {} configurations, {} factors, {} outputs, {} differ",
        tally.graphs,
        tally.algorithms,
        tally.configurations,
        tally.factors,
        tally.outputs,
        tally.different.len()
    );
    assert!(tally.different.is_empty(), "{}", tally.different.join("\n"));
    // Fewer would mean that folders are read no more.
    let least = [
        (tally.graphs, 31),
        (tally.algorithms, 400),
        (tally.configurations, 45),
        (tally.searches, 27),
        (tally.factors, 17_000),
        (tally.outputs, 31),
        (tally.similarities, 13),
    ];
    for (found, least) in least {
        assert!(found >= least, "{found} of {least}: {least:?}");
    }
}
