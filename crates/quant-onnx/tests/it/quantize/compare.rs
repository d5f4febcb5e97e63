//! Whole models.

use std::collections::BTreeMap;
use std::path::Path;

use quant_onnx::Model;
use quant_onnx::quantize::calibrate::Calibration;
use quant_onnx::quantize::quantize;
use serde_json::{Value, json};

use super::{calibrators, exceptions, graph, recorded, reference, root};

#[derive(Default)]
struct Sums {
    sets: usize,
    tensors: usize,
    integers: usize,
    differ: usize,
    /// Sets that are compared with ranges of our own run.
    near: usize,
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
        "onnx: {} models, {} option sets ({} from ranges of our own), {} tensors, {} integers, {} differ ({left} sets not \
         compared)",
        folders.len(),
        sums.sets,
        sums.near,
        sums.tensors,
        sums.integers,
        sums.differ
    );
    assert_eq!(sums.differ, 0);
}

/// Whether what was made from ranges of our own is what onnxruntime made from its own: floats in their last bits, and integers
/// that come of these (a zero point, a bias) within a step of their rounding.
fn near(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| near(a, b)))
        }
        (Value::Number(a), Value::Number(b)) => {
            let step = f64::from(u8::from(a.is_i64() && b.is_i64()));
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-5 * a.abs().max(b.abs()) + step
        }
        _ => ours == theirs,
    }
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
    let (mut options, mut calibration) = reference::options(config);
    if config.get("error").is_some() {
        // Where onnxruntime fails, there is a model: what it is worth, tools/check_onnx.py says.
        (options.faithful, calibration.faithful) = (false, false);
        let ranges = recorded::own_ranges(folder, model, &options, &calibration);
        let made = ranges.and_then(|ranges| {
            let made = quantize(model, &ranges, &options).map_err(|error| error.to_string())?;
            made.to_bytes().map_err(|error| error.to_string())
        });
        if let Err(error) = made {
            println!("{name} {set}: {error}");
            sums.differ += 1;
        }
        return left("onnxruntime raised an error; ours makes a model");
    }
    // What `quant_pre_process` made: shapes inferred, and onnxruntime's optimizations.
    let prepared;
    let (model, recorded) = if set == "qdq_prep" {
        prepared = reference::model(folder, "model.prep.onnx");
        (&prepared, None)
    } else {
        let found = method(&calibration).map(|method| reference::ranges(calib, method).unwrap_or_default());
        let made = || Some(calibrators::ranges(&calibration, &calibrators::kept(folder)?));
        (model, found.or_else(made))
    };
    sums.sets += 1;
    let own = recorded.is_none();
    let ranges =
        match recorded.map_or_else(|| recorded::own_ranges(folder, model, &options, &calibration), Ok) {
            Ok(ranges) => ranges,
            Err(error) => {
                println!("{name} {set}: {error}");
                sums.differ += 1;
                return;
            }
        };
    let equal = |ours: &Value, theirs: &Value| {
        if own { near(ours, theirs) } else { ours == theirs }
    };
    sums.near += usize::from(own);
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
    if !equal(&ours, &theirs) {
        let (ours, theirs) = (ours.as_array().unwrap(), theirs.as_array().unwrap());
        let at = ours.iter().zip(theirs).position(|(a, b)| !equal(a, b));
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
        if !equal(&ours, &theirs) {
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
