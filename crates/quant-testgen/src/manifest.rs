//! The manifest: what the build script tells the macro. One line an entry, fields between tabs.
//!
//! ```text
//! quant-testgen 2
//! seen     FINGERPRINT, unless goldens are missing and the tests will make them
//! case     MODULE  MODEL  test|config  GRANULARITY  TYPE  STAGE
//! checkpoint  MODULE  NAME  DEVICE  METHOD
//! error    TEXT
//! ```

use std::fmt::Write;

use quant_case::list::RowKind;

use crate::scan::Scan;

/// The manifest's file name in `OUT_DIR`.
pub const FILE: &str = "value_tests.manifest";

/// Its first line: format and version.
pub const HEADER: &str = "quant-testgen 2";

pub(crate) fn write(scan: &Scan) -> String {
    let mut text = format!("{HEADER}\n");
    if !scan.missing_goldens {
        let _ = writeln!(text, "seen\t{}", scan.seen);
    }
    for (row, stage) in &scan.cases {
        let kind = if row.kind == RowKind::QConf {
            "config"
        } else {
            "test"
        };
        let _ = writeln!(
            text,
            "case\t{}\t{}\t{kind}\t{}\t{}\t{stage}",
            row.module(),
            row.model,
            row.granularity,
            row.dtype
        );
    }
    for row in &scan.checkpoints {
        let (module, name) = (row.module(), &row.name);
        let _ = writeln!(
            text,
            "checkpoint\t{module}\t{name}\t{}\t{}",
            row.device, row.method
        );
    }
    for error in &scan.errors {
        // Errors are one line; a tab or line break in one would be read as structure.
        let _ = writeln!(text, "error\t{}", error.replace(['\t', '\n', '\r'], " "));
    }
    text
}
