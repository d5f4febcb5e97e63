//! Files that want something: what fuzzers found stays found, and what is cut, patched or made too large is refused in
//! time.

mod finds;
mod graphs;
mod measure;
mod models;
mod numbers;
mod recordings;

use std::fs;
use std::path::{Path, PathBuf};

use quant_hostile::{TARGETS, targets};

/// The files that a target is tried on.
fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/hostile")
        .join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_target_has_a_corpus_and_a_fuzz_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in TARGETS {
        assert!(!corpus(name).is_empty(), "tests/hostile/{name} is empty");
        assert!(
            root.join(format!("fuzz/fuzz_targets/{name}.rs")).exists(),
            "{name}"
        );
    }
    let known = |name: &str| TARGETS.iter().any(|(known, _)| *known == name);
    for entry in fs::read_dir(root.join("tests/hostile")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(
            !entry.path().is_dir() || entry.path().join("mod.rs").exists() || known(&name),
            "tests/hostile/{name} belongs to no target"
        );
    }
}

/// A test for each target: all files of its corpus.
macro_rules! corpora {
    ($($target:ident)*) => {
        mod corpora {
            $(
                #[test]
                fn $target() {
                    let _alone = super::measure::alone();
                    for file in super::corpus(stringify!($target)) {
                        // A failure names the file: tests run where nothing is printed otherwise.
                        println!("{}", file.display());
                        super::targets::run(stringify!($target), &std::fs::read(&file).unwrap());
                    }
                }
            )*
        }
    };
}

corpora! { import_circle import_tflite round_trip pipeline recipe test_lst qconf golden_json data statistics aeq_recipe picture tfrecord example graph_def graph_text amct_record amct_config amct_simple amct_graph qstat onnx_model onnx_pipeline onnx_case }
