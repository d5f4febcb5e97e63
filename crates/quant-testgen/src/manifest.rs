//! The manifest: what the build script tells the macro. One line an entry, fields between tabs.
//!
//! ```text
//! quant-testgen 5
//! seen         FINGERPRINT, unless goldens are missing and the tests will make them
//! granularity  WORD, of the package's own; so with type and stage
//! exists       GRANULARITY  TYPE  STAGE, declared
//! case         MODULE  MODEL  test|config|tflite|onnx  GRANULARITY  TYPE  STAGE  [TAGS  WHY IGNORED  ATTRIBUTES]
//! checkpoint   MODULE  NAME  DEVICE  METHOD  [the same three]
//! error        TEXT
//! ```

use std::fmt::Write;

use quant_case::Words;
use quant_case::attributes::Attributes;

use crate::scan::Scan;

/// The manifest's file name in `OUT_DIR`.
pub const FILE: &str = "value_tests.manifest";

/// Its first line: format and version.
pub const HEADER: &str = "quant-testgen 5";

pub(crate) fn write(scan: &Scan, words: &Words) -> String {
    let mut text = format!("{HEADER}\n");
    if !scan.missing_goldens {
        let _ = writeln!(text, "seen\t{}", scan.seen);
    }
    for (axis, words) in ["granularity", "type", "stage"].iter().zip(words.axes()) {
        for word in words {
            let _ = writeln!(text, "{axis}\t{word}");
        }
    }
    for test in words.tests() {
        for stage in &test.stages {
            let _ = writeln!(text, "exists\t{}\t{}\t{stage}", test.granularity, test.dtype);
        }
    }
    for (row, stage) in &scan.cases {
        let kind = row.kind.word();
        let _ = writeln!(
            text,
            "case\t{}\t{}\t{kind}\t{}\t{}\t{stage}{}",
            row.module(),
            row.model,
            row.granularity,
            row.dtype,
            fields(&row.attributes)
        );
    }
    for row in &scan.checkpoints {
        let (module, name, fields) = (row.module(), &row.name, fields(&row.attributes));
        let _ = writeln!(
            text,
            "checkpoint\t{module}\t{name}\t{}\t{}{fields}",
            row.device, row.method
        );
    }
    for error in &scan.errors {
        // Errors are one line; a tab or line break in one would be read as structure.
        let _ = writeln!(text, "error\t{}", error.replace(['\t', '\n', '\r'], " "));
    }
    text
}

/// The fields of attributes; none where there is none.
fn fields(attributes: &Attributes) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let why = attributes.ignore.as_deref().unwrap_or_default();
    format!("\t{}\t{why}\t{attributes}", attributes.tags.join(","))
}
