//! Frozen graphs: layers, folding, and the quantized graph, beside the reference's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_amct::config::{Simple, create};
use quant_amct::graph::{Options, convert_qat, fold, layers, quant_json, quantize};
use quant_amct::json::Json;
use quant_amct::record::Record;
use quant_tensorflow::{Attribute, Graph, Input};

use crate::reference::{self, Npy, Tally, f32s};

pub fn read(path: &Path) -> Graph {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Graph::from_bytes(bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders of a folder, sorted.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Output of a graph, from its `meta.json`.
pub fn output(folder: &Path) -> String {
    reference::json(&folder.join("meta.json"))["output"]
        .as_str()
        .expect("output")
        .to_owned()
}

/// Graphs are changed as the reference changes them.
pub fn all(folder: &Path) -> Tally {
    let mut tally = Tally::default();
    let mut all = folders(&folder.join("graphs"));
    all.push(folder.join("mobilenetv2_160"));
    for folder in all {
        tally.graphs += 1;
        let label = folder.file_name().expect("a name").to_string_lossy().into_owned();
        configuration(&folder, &label, &mut tally);
        folded(&folder, &label, &mut tally);
        quantized(&folder, &label, &mut tally);
    }
    for folder in folders(&folder.join("qat")) {
        tally.graphs += 1;
        trained(&folder, &mut tally);
    }
    tally
}

fn configuration(folder: &Path, label: &str, tally: &mut Tally) {
    let Ok(theirs) = std::fs::read_to_string(folder.join("ptq/config.json")) else {
        return;
    };
    let graph = read(&folder.join("model.pb"));
    let mine = create(&Simple::default(), &layers(&graph).expect("layers")).expect("a configuration");
    tally.configurations += 1;
    if mine.to_json() != theirs {
        tally
            .different
            .push(format!("{label}: configuration of {:?}", mine.layers.keys()));
    }
}

fn folded(folder: &Path, label: &str, tally: &mut Tally) {
    let file = folder.join("folded/index.json");
    if !file.exists() {
        return;
    }
    let mut graph = read(&folder.join("model.pb"));
    let found = fold(&mut graph, &|_| false, &[output(folder)]).expect("folds");
    let theirs = reference::json(&file);
    let theirs = theirs.as_object().expect("layers");
    if found.len() != theirs.len() {
        tally
            .different
            .push(format!("{label}: {} folded for {}", found.len(), theirs.len()));
    }
    for (name, files) in theirs {
        let constant = |last: &str| {
            let node = graph.find(&format!("{name}/folded_{last}"));
            node.and_then(|node| node.tensor("value").expect("a tensor")?.to_floats())
        };
        for last in ["weights", "bias"] {
            tally.factors += 1;
            let theirs = Npy::read(&folder.join("folded").join(files[last].as_str().expect("a file"))).f32s();
            if constant(last) != Some(theirs) {
                tally.different.push(format!("{label}: {last} of {name}"));
            }
        }
    }
}

/// Names, operators, inputs and constants of two graphs.
fn compare(label: &str, mine: &Graph, theirs: &Graph, tally: &mut Tally) {
    let of = |graph: &Graph| -> BTreeMap<String, (String, Vec<String>)> {
        let node = |node: &quant_tensorflow::Node| {
            let inputs = node
                .inputs()
                .expect("inputs")
                .iter()
                .map(Input::to_string)
                .collect();
            (node.name().to_owned(), (node.op().to_owned(), inputs))
        };
        graph.nodes.iter().map(node).collect()
    };
    let (a, b) = (of(mine), of(theirs));
    for (name, node) in &a {
        if b.get(name) != Some(node) {
            tally
                .different
                .push(format!("{label}: {name} {node:?} for {:?}", b.get(name)));
        }
    }
    tally.different.extend(
        b.keys()
            .filter(|name| !a.contains_key(*name))
            .map(|name| format!("{label}: {name} is missing")),
    );
    for node in &theirs.nodes {
        let Some(twin) = mine.find(node.name()) else {
            continue;
        };
        for attribute in node.attribute_names() {
            let (x, y) = (
                node.get(attribute).expect("an attribute"),
                twin.get(attribute).expect("an attribute"),
            );
            // Minus 0 is 0.
            let floats = |attribute: &Option<Attribute>| match attribute {
                Some(Attribute::Tensor(tensor)) => tensor.to_floats(),
                _ => None,
            };
            if let (Some(x), Some(y)) = (floats(&x), floats(&y)) {
                let far: Vec<_> = x.iter().zip(&y).filter(|(x, y)| x != y).collect();
                if !far.is_empty() || x.len() != y.len() {
                    tally.different.push(format!("{label}: {} {far:?}", node.name()));
                }
            } else if x != y {
                tally.different.push(format!(
                    "{label}: {attribute} of {}: {y:.100?} for {x:.100?}",
                    node.name()
                ));
            }
        }
    }
}

fn quantized(folder: &Path, label: &str, tally: &mut Tally) {
    let file = folder.join("ptq/model_quantized.pb");
    if !file.exists() {
        return;
    }
    let mut graph = read(&folder.join("model.pb"));
    let outputs = vec![output(folder)];
    let folded = fold(&mut graph, &|_| false, &outputs).expect("folds");
    let text = std::fs::read_to_string(folder.join("ptq/record.txt")).expect("a record");
    let record = Record::read(&text).expect("a record");
    let options = Options {
        outputs,
        folded,
        ..Options::default()
    };
    let found = quantize(&mut graph, &record, &options).unwrap_or_else(|error| panic!("{label}: {error}"));
    tally.factors += record
        .entries
        .iter()
        .map(|(_, entry)| 1 + entry.scale_w.len())
        .sum::<usize>();
    // The reference drops what no output needs; ours copies it.
    let unneeded = ["net/cond/switch_f"];
    let needed = |node: &quant_tensorflow::Node| !unneeded.contains(&node.name());
    graph.nodes.retain(needed);
    compare(label, &graph, &read(&file), tally);
    let theirs = std::fs::read_to_string(folder.join("ptq/quant.json")).expect("a quant.json");
    if Json::read(&quant_json(&graph, &found)).ok() != Json::read(&theirs).ok() {
        tally.different.push(format!("{label}: quant.json"));
    }
}

fn trained(folder: &Path, tally: &mut Tally) {
    let label = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let mut graph = read(&folder.join("model.pb"));
    let options = Options {
        outputs: vec![output(folder)],
        ..Options::default()
    };
    let found = convert_qat(&mut graph, &options).unwrap_or_else(|error| panic!("{label}: {error}"));
    let factors = reference::json(&folder.join("converted/factors.json"));
    for theirs in factors["factors"].as_array().expect("factors") {
        tally.factors += 1;
        let name = theirs["name"].as_str().expect("a name");
        let bits = theirs["wts_bits"].as_u64().unwrap_or(8);
        let Some(mine) = found.record.get(name) else {
            // Weights of four bits are refused.
            if bits == 8 {
                tally.different.push(format!("{label}: {name} is not converted"));
            }
            continue;
        };
        let scale_w = if theirs["scale_w"].is_array() {
            f32s(&theirs["scale_w"])
        } else {
            Vec::new()
        };
        let centred = theirs["zero_points_w"]
            .as_array()
            .is_none_or(|all| all.iter().all(|zero| zero == 128));
        let same = mine.scale_d == theirs["scale_d"].as_f64().map(|x| x as f32)
            && mine.offset_d.map(i64::from) == theirs["offset_d"].as_i64()
            && (mine.scale_w == scale_w || !centred);
        if !same
            || centred
                == found
                    .warnings
                    .iter()
                    .any(|(layer, what)| layer == name && what.contains("anew"))
        {
            tally
                .different
                .push(format!("{label}: {name} {mine:?} for {theirs}"));
        }
    }
    for theirs in factors["not_matched"].as_array().expect("not_matched") {
        let (name, reason) = (
            theirs[0].as_str().expect("a name"),
            theirs[1].as_str().expect("a reason"),
        );
        if !found
            .float
            .iter()
            .any(|(layer, why)| layer == name && why == reason)
        {
            tally
                .different
                .push(format!("{label}: {name} for {reason}: {:?}", found.float));
        }
    }
    // A layer whose weights' range is not symmetric stays float in the reference; ours quantizes it anew.
    if found.warnings.is_empty() {
        compare(
            &label,
            &graph,
            &read(&folder.join("converted/model_quantized.pb")),
            tally,
        );
        let theirs = std::fs::read_to_string(folder.join("converted/record.txt")).expect("a record");
        if found.record.to_text() != theirs {
            tally
                .different
                .push(format!("{label}: record\n{}", found.record.to_text()));
        }
    } else {
        println!("amct: {label}: graph not compared: {:?}", found.warnings);
    }
}
