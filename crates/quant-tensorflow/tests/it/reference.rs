//! Every graph of the reference data, read and written. It lies in the folder that `QUANT_REFERENCE` names, else in `shared`
//! beside this repository; without it the tests say that they were skipped.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use quant_tensorflow::Graph;

/// Prints past the capture of the test harness, so that a skipped test is seen.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The reference data, where it is.
pub fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("QUANT_REFERENCE").map_or_else(beside, PathBuf::from)
}

/// Every file below a folder with that ending, by name.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The same bytes come out, of the binary form and of the way through the text form.
#[test]
fn every_graph_is_written_as_it_was_read() {
    let files = files(&folder(), "pb");
    if files.is_empty() {
        return say("graphs, round trip: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    }
    let (mut total, mut nodes, mut texts) = (0, 0, 0);
    for file in &files {
        let bytes = fs::read(file).unwrap();
        let graph =
            Graph::from_bytes(bytes.clone()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(graph.to_bytes().unwrap() == bytes, "{}", file.display());
        // The text of a large graph is large, and this is no optimized build.
        if bytes.len() < 1 << 20 {
            let text = graph.to_text().unwrap();
            let again = Graph::from_text(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let same = again.to_bytes().unwrap() == bytes;
            assert!(same, "{}, by its text", file.display());
            texts += 1;
        }
        for node in &graph.nodes {
            node.inputs().unwrap();
            for name in node.attribute_names() {
                node.get(name).unwrap();
            }
        }
        graph.names().unwrap();
        total += bytes.len();
        nodes += graph.nodes.len();
    }
    let count = files.len();
    say(&format!(
        "graphs, round trip: {count} files, {texts} of them by their texts, {nodes} nodes, {total} bytes, 0 differ"
    ));
}

/// TensorFlow's own text is read as the same graph, and printed as the same text; it sorts attributes by name.
#[test]
fn every_text_is_the_graph_beside_it() {
    let files = files(&folder(), "pbtxt");
    if files.is_empty() {
        return say("graphs, texts: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    }
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let read = Graph::from_text(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(read.to_text().unwrap() == text, "{}", file.display());
        let binary = Graph::from_bytes(fs::read(file.with_extension("pb")).unwrap()).unwrap();
        assert_eq!(read.nodes.len(), binary.nodes.len());
        for (a, b) in read.nodes.iter().zip(&binary.nodes) {
            assert_eq!(
                (a.name(), a.op(), a.inputs().unwrap()),
                (b.name(), b.op(), b.inputs().unwrap())
            );
            let names = |node: &quant_tensorflow::Node| {
                let mut names: Vec<String> = node.attribute_names().map(str::to_owned).collect();
                names.sort();
                names
            };
            assert_eq!(names(a), names(b));
            for name in a.attribute_names() {
                assert_eq!(a.get(name).unwrap(), b.get(name).unwrap(), "{} {name}", a.name());
            }
        }
    }
    say(&format!("graphs, texts: {} files, 0 differ", files.len()));
}
