//! The committed goldens are what the oracle makes.

use std::io::Write;
use std::path::Path;

#[test]
fn committed_goldens() {
    let report = quant_golden::check(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        &quant_golden::Selection::default(),
    );
    assert!(report.is_clean(), "{report}");
    assert!(report.files > 300, "{report}");
    say(&format!("{report}"));
}

/// Says it past the test harness, which shows the output of failing tests only.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
