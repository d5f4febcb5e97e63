//! The originals' files of statistics: all are read, and written as they were.

use std::fs;

use quant_core::scheme::tflite::statistics::Statistics;

use super::cases::{float, folders, json};
use crate::common::{say, shared};

#[test]
fn files_of_statistics_come_in_and_go_out() {
    let root = shared().join("reference/tflite");
    let (mut files, mut entries) = (0, 0);
    for folder in folders(&root) {
        for name in ["calibration.json", "aeq_calibration.json"] {
            let path = folder.join(name);
            // A refusal of the original is no statistics.
            if !path.is_file() || json(&path).get("error").is_some() {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let place = path.display();
            let read = Statistics::parse(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
            let mut model = float(&folder);
            read.write(&mut model)
                .unwrap_or_else(|error| panic!("{place}: {error}"));
            let floats = Statistics::of(&model);
            if name == "calibration.json" {
                assert_eq!(floats, read, "{place}");
                assert_eq!(Statistics::parse(&floats.to_list()).unwrap(), read, "{place}");
            } else {
                let mut again = float(&folder);
                let written = Statistics::parse(&floats.to_object()).unwrap();
                written.write(&mut again).unwrap();
                assert_eq!(again, model, "{place}");
            }
            files += 1;
            entries += read.entries.len();
        }
    }
    if files == 0 {
        say("tflite statistics: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    } else {
        say(&format!(
            "tflite statistics: {files} files, {entries} ranges in and out"
        ));
    }
}
