//! The committed goldens are what the oracle makes.

use std::path::Path;

#[test]
fn committed_goldens() {
    let report = quant_golden::check(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    assert!(report.is_clean(), "{report}");
    assert!(report.files > 300, "{report}");
    println!("{report}");
}
