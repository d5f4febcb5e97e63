//! What the verbs say with `--json`, read back; and what `run` and `info` say for people.

mod compared;
mod names;
mod written;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::{outcome, quant};

/// What a line prints with `--json -`: JSON and nothing else, the same as into a file, where the text is printed.
#[track_caller]
pub fn json_of(folder: &Path, line: &str, code: i32) -> Value {
    let (found, out, error) = outcome(quant(folder, &format!("{line} --json -")));
    assert_eq!(found, code, "quant {line}\n{error}");
    let printed: Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("quant {line}: {error}\n{out}"));
    let (found, out, _) = outcome(quant(folder, &format!("{line} --json of.json")));
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
        report.remove("written_files");
    }
    assert_eq!(written, same, "quant {line}");
    let verb = line.split(' ').next().unwrap();
    assert_eq!((&printed["verb"], &printed["version"]), (&json!(verb), &json!(1)));
    printed
}

pub fn length(folder: &Path, name: &str) -> Value {
    json!(fs::metadata(folder.join(name)).unwrap().len())
}
