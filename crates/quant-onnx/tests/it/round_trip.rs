//! Every model of the reference data, read and written. It lies in the folder that `QUANT_REFERENCE` names, else in `shared`
//! beside this repository; without it the tests say that they were skipped.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use quant_onnx::Model;

/// Prints past the capture of the test harness, so that a skipped test is seen.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The reference data, where it is.
pub fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("QUANT_REFERENCE").map_or_else(beside, PathBuf::from)
}

/// Every model of the reference data, by name.
pub fn files() -> Vec<PathBuf> {
    let mut folders = vec![folder().join("reference/onnx")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == "onnx") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Reads a model with the files beside it.
pub fn read(path: &Path) -> Model {
    let mut model = Model::from_bytes(fs::read(path).unwrap()).unwrap();
    let files: BTreeMap<_, _> = model
        .external_files()
        .unwrap()
        .into_iter()
        .collect::<Vec<_>>()
        .into_iter()
        .map(|location| {
            let bytes = fs::read(path.with_file_name(&location)).unwrap();
            (location, bytes.into())
        })
        .collect();
    model.attach(&files).unwrap();
    model
}

/// The same bytes come out, and everything within can be read.
#[test]
fn every_model_is_written_as_it_was_read() {
    let files = files();
    if files.is_empty() {
        return say("onnx, round trip: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    }
    let (mut total, mut nodes, mut tensors) = (0, 0, 0);
    for file in &files {
        let bytes = fs::read(file).unwrap();
        let model =
            Model::from_bytes(bytes.clone()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(model.to_bytes().unwrap() == bytes, "{}", file.display());
        let model = read(file);
        for node in &model.graph.nodes {
            for (name, attribute) in node.attributes() {
                let attribute = attribute.unwrap();
                let mut again = node.clone();
                again.set(name, &attribute);
                assert_eq!(again, *node, "{}: attribute {name}", file.display());
            }
        }
        for tensor in &model.graph.initializers {
            tensor
                .tensor()
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            tensors += 1;
        }
        total += bytes.len();
        nodes += model.graph.nodes.len();
    }
    let count = files.len();
    say(&format!(
        "onnx, round trip: {count} files, {nodes} nodes, {tensors} tensors, {total} bytes, 0 differ"
    ));
}
