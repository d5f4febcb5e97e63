//! Whole models.

use std::collections::BTreeMap;
use std::path::Path;

use quant_onnx::Model;
use quant_onnx::quantize::calibrate::Calibration;
use quant_onnx::quantize::quantize;
use serde_json::{Value, json};

use super::{calibrators, exceptions, graph, reference, root};

#[derive(Default)]
struct Sums {
    sets: usize,
    tensors: usize,
    integers: usize,
    differ: usize,
    left: BTreeMap<String, usize>,
}

#[test]
fn option_sets_are_equal() {
    let Some(root) = root() else {
        return;
    };
    let only = std::env::var("ONNX_ONLY").unwrap_or_default();
    let mut sums = Sums::default();
    let folders = reference::folders(&root, "quant.json");
    for folder in &folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let model = reference::model(folder, "model.onnx");
        let file = reference::json(&folder.join("quant.json"));
        let calib = reference::json(&folder.join("calib.json"));
        for (set, config) in file["configs"].as_object().unwrap() {
            if !only.is_empty() && !only.split(',').any(|one| one == set || one == name) {
                continue;
            }
            one(folder, set, &model, config, &calib, &file, &mut sums);
        }
    }
    let left: usize = sums.left.values().sum();
    for (why, count) in &sums.left {
        println!("  {count} not compared: {why}");
    }
    println!(
        "onnx: {} models, {} option sets, {} tensors, {} integers, {} differ ({left} sets not compared)",
        folders.len(),
        sums.sets,
        sums.tensors,
        sums.integers,
        sums.differ
    );
    assert_eq!(sums.differ, 0);
}

/// The recorded ranges of a calibrator, where they are.
fn method(calibration: &Calibration) -> Option<&'static str> {
    let all = [
        "minmax",
        "minmax_movavg",
        "minmax_symmetric",
        "entropy",
        "percentile",
        "distribution",
    ];
    let plain = Calibration {
        faithful: false,
        ..*calibration
    };
    all.into_iter()
        .find(|name| calibrators::named(name) == Some(plain))
}

fn one(
    folder: &Path,
    set: &str,
    model: &Model,
    config: &Value,
    calib: &Value,
    file: &Value,
    sums: &mut Sums,
) {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let mut left = |why: &str| *sums.left.entry(why.to_owned()).or_default() += 1;
    if let Some(why) = exceptions::reason(name, set) {
        return left(why);
    }
    if set == "qdq_prep" {
        return left("model.prep.onnx has tensors whose ranges are not recorded");
    }
    let (options, calibration) = reference::options(config);
    if let Some(error) = config.get("error") {
        println!("{name} {set}: onnxruntime: {error}");
        return left("onnxruntime made no model");
    }
    let recorded = method(&calibration).map(|method| reference::ranges(calib, method).unwrap_or_default());
    let made = || Some(calibrators::ranges(&calibration, &calibrators::kept(folder)?));
    let Some(ranges) = recorded.or_else(made) else {
        return left("ranges of such a calibration are not recorded, and neither are the tensors");
    };
    sums.sets += 1;
    let made = match quantize(model, &ranges, &options) {
        Ok(made) => made,
        Err(error) => {
            println!("{name} {set}: {error}");
            sums.differ += 1;
            return;
        }
    };
    let arrays = &file["arrays"];
    let mut differs = Vec::new();
    let mut nodes = &config["nodes"];
    while let Some(other) = nodes.as_str() {
        nodes = &file["configs"][other.strip_prefix("=nodes of ").unwrap()]["nodes"];
    }
    let (ours, theirs) = (graph::nodes(&made.graph), graph::plain(nodes, arrays));
    if ours != theirs {
        let (ours, theirs) = (ours.as_array().unwrap(), theirs.as_array().unwrap());
        let at = ours.iter().zip(theirs).position(|(a, b)| a != b);
        let at = at.unwrap_or(ours.len().min(theirs.len()));
        let show = |all: &[Value]| all.get(at).map_or("nothing".to_owned(), Value::to_string);
        differs.push(format!(
            "node {at} of {}, {}: {}\n      not {}",
            ours.len(),
            theirs.len(),
            show(ours),
            show(theirs)
        ));
    }
    let (changed, removed) = graph::changes(model, &made);
    let wanted = config["initializers"].as_object().unwrap();
    for tensor in changed.keys().filter(|tensor| !wanted.contains_key(*tensor)) {
        differs.push(format!("initializer {tensor} is too many"));
    }
    for (tensor, theirs) in wanted {
        sums.tensors += 1;
        let theirs = graph::plain(theirs, arrays);
        let ours = changed.get(tensor).cloned().unwrap_or_default();
        let sizes = theirs["d"].as_array().unwrap().iter();
        sums.integers += sizes
            .map(|size| size.as_u64().unwrap() as usize)
            .product::<usize>();
        if ours != theirs {
            let short = |value: &Value| value.to_string().chars().take(200).collect::<String>();
            differs.push(format!(
                "{tensor}: {}\n      not {}",
                short(&ours),
                short(&theirs)
            ));
        }
    }
    if json!(removed) != config["removed"] {
        differs.push(format!("removed {removed:?}, not {}", config["removed"]));
    }
    let names = |infos: &[quant_onnx::ValueInfo]| -> Vec<String> {
        infos.iter().map(|info| info.name().to_owned()).collect()
    };
    let opsets: BTreeMap<String, i64> = made
        .opsets()
        .into_iter()
        .map(|set| (set.domain, set.version))
        .collect();
    let producer = made.producer();
    let metadata: BTreeMap<&str, &str> = made.metadata().into_iter().collect();
    for (what, ours) in [
        ("inputs", json!(names(&made.graph.inputs))),
        ("outputs", json!(names(&made.graph.outputs))),
        ("opset", json!(opsets)),
        ("ir_version", json!(made.ir_version())),
        ("producer", json!([producer.0, producer.1])),
        ("metadata", json!(metadata)),
    ] {
        if let Some(theirs) = config.get(what)
            && ours != *theirs
        {
            differs.push(format!("{what} {ours}, not {theirs}"));
        }
    }
    if !differs.is_empty() {
        sums.differ += 1;
        println!("{name} {set}:");
        for line in differs.iter().take(3) {
            println!("   {line}");
        }
    }
}
