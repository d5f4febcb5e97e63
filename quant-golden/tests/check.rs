//! The committed goldens are what the oracle makes.

use std::path::Path;

#[test]
fn committed_goldens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let report = quant_golden::check(&root).unwrap();
    assert!(report.problems.is_empty(), "{report}");
    assert!(report.files > 300, "{report}");
}
