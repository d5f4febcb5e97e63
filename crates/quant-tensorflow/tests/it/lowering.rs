//! Every graph of the reference data as a model, run beside what TensorFlow computed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use quant_interp::{Interpreter, Workspace};
use quant_ir::TensorId;
use quant_ir::value::{Data, Value};
use quant_tensorflow::{Graph, Lowered, Lowering};
use serde_json::Value as Json;

use crate::reference::{folder, say};

/// How far a value may be from TensorFlow's, as a part of its largest.
const NEAR: f64 = 1e-5;

/// An array of floats.
fn npy(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header = quant_types::npy::header(bytes.as_slice()).unwrap();
    let data = bytes[header.start as usize..].as_chunks().0.iter();
    let data = data.map(|x| f32::from_le_bytes(*x)).collect();
    assert!(header.descr.contains("<f4"), "{}", path.display());
    Value::f32(header.shape, data)
}

fn json(path: &Path) -> Option<Json> {
    fs::read(path)
        .ok()
        .map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

/// A graph with its input and the name of its output.
struct Case {
    folder: PathBuf,
    input: String,
    data: Value,
    output: String,
}

fn cases() -> Vec<Case> {
    let root = folder().join("reference/amct");
    let below = |name: &str| {
        fs::read_dir(root.join(name))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
    };
    let folders = below("graphs").chain(below("qat")).chain(below("fallback"));
    let mut folders: Vec<PathBuf> = folders.chain([root.join("mobilenetv2_160")]).collect();
    folders.retain(|folder| folder.join("model.pb").exists());
    folders.sort();
    let case = |folder: PathBuf| {
        let meta = json(&folder.join("meta.json")).unwrap_or_default();
        let inputs = meta["inputs"].as_object();
        let (input, file) = inputs.map_or(("input", "input.npy"), |inputs| {
            let (name, input) = inputs.iter().next().unwrap();
            (name.trim_end_matches(":0"), input["file"].as_str().unwrap())
        });
        Case {
            input: input.to_owned(),
            data: npy(&folder.join(file)),
            output: meta["output"].as_str().unwrap_or("output").to_owned(),
            folder,
        }
    };
    folders.into_iter().map(case).collect()
}

/// The largest difference, as a part of the largest value.
fn difference(found: &Value, expected: &Value) -> f64 {
    assert_eq!(found.shape, expected.shape);
    let (Data::F32(found), Data::F32(expected)) = (&found.data, &expected.data) else {
        panic!("no floats");
    };
    let largest = expected.iter().fold(0f64, |most, y| most.max(f64::from(y.abs())));
    let apart = found
        .iter()
        .zip(expected)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    // NaN is far from everything.
    apart.fold(0.0, |most, d| if d <= most { most } else { d }) / largest.max(f64::MIN_POSITIVE)
}

fn lowered(case: &Case, whole: bool) -> Lowered {
    let graph = Graph::from_bytes(fs::read(case.folder.join("model.pb")).unwrap()).unwrap();
    let lowering = Lowering {
        outputs: vec![case.output.clone()],
        shapes: [(case.input.clone(), case.data.shape.clone())].into(),
        whole,
        ..Lowering::default()
    };
    let lowered = graph.lower(&lowering);
    lowered.unwrap_or_else(|error| panic!("{}: {error}", case.folder.display()))
}

/// The outputs, and the values of those tensors.
fn run(lowered: &Lowered, data: &Value, wanted: &[TensorId]) -> (Vec<Value>, BTreeMap<TensorId, Value>) {
    let interpreter = Interpreter::new(&lowered.model).unwrap();
    let mut seen = BTreeMap::new();
    for id in wanted {
        let constant = quant_interp::constant(&lowered.model, lowered.model.main().tensor(*id)).unwrap();
        seen.extend(constant.map(|value| (*id, value)));
    }
    let outputs = interpreter.run_with(vec![data.clone()], &mut Workspace::new(2), &mut |id, value, _| {
        if wanted.contains(&id) {
            seen.insert(id, value.clone());
        }
        Ok(())
    });
    (outputs.unwrap(), seen)
}

#[test]
fn graphs_compute_what_tensorflow_computes() {
    let cases = cases();
    if cases.is_empty() {
        return say("graphs: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    }
    let (mut outputs, mut inner, mut operators) = (0, 0, (0, 0));
    let mut worst = (0.0, String::new());
    let mut far = Vec::new();
    let mut compare = |name: String, found: &Value, expected: &Value| {
        let apart = difference(found, expected);
        if apart > NEAR || apart.is_nan() {
            far.push(format!("{name}: {apart:.1e}"));
        }
        if apart > worst.0 {
            worst = (apart, name);
        }
    };
    for case in &cases {
        let lowered = lowered(case, true);
        let tensors = json(&case.folder.join("tensors/index.json")).unwrap_or_default();
        let tensors = tensors.as_object().cloned().unwrap_or_default();
        let id = |name: &str| lowered.tensors.get(&format!("{name}:0")).copied();
        let wanted: Vec<(TensorId, PathBuf)> = tensors
            .iter()
            .map(|(name, file)| {
                let id = id(name).unwrap_or_else(|| panic!("{}: no tensor {name}", case.folder.display()));
                (id, case.folder.join("tensors").join(file.as_str().unwrap()))
            })
            .collect();
        let ids: Vec<TensorId> = wanted.iter().map(|(id, _)| *id).collect();
        let (made, seen) = run(&lowered, &case.data, &ids);
        let shown = case.folder.file_name().unwrap().to_string_lossy().into_owned();
        compare(
            format!("{shown} {}", case.output),
            &made[0],
            &npy(&case.folder.join("output.npy")),
        );
        outputs += 1;
        for (id, file) in &wanted {
            let name = format!("{shown} {}", lowered.model.main().tensor(*id).name);
            compare(name, &seen[id], &npy(file));
            inner += 1;
        }
        // What was fused computes the same.
        let fused = self::lowered(case, false);
        let name = format!("{shown} {} fused", case.output);
        let (made, _) = run(&fused, &case.data, &[]);
        compare(name, &made[0], &npy(&case.folder.join("output.npy")));
        operators.0 += lowered.model.main().operators().len();
        operators.1 += fused.model.main().operators().len();
    }
    let count = cases.len();
    say(&format!(
        "graphs: {count} graphs, {outputs} outputs, {inner} intermediate tensors, worst {:.1e} ({}); \
         {} operators, {} when fused",
        worst.0, worst.1, operators.0, operators.1
    ));
    assert!(far.is_empty(), "{}", far.join("\n"));
}
