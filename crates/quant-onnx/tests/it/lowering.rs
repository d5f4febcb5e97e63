//! Every model of the reference data as a model of ours, run beside what onnxruntime computed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use quant_interp::{Interpreter, Workspace};
use quant_ir::value::{Data, Value};
use quant_onnx::{Lowering, Model};

use crate::round_trip::{files, read, say};

/// How far a value may be from onnxruntime's, as a part of its largest.
const NEAR: f64 = 1e-5;
/// The same for models of float16, which onnxruntime rounds after every operator, and we never.
const NEAR_HALF: f64 = 2e-3;

/// Models that are refused, each with the words that say why.
const REFUSED: &[(&str, &str)] = &[];

fn each<const N: usize, T>(bytes: &[u8], of: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|chunk| of(*chunk)).collect()
}

/// An array; floats of 16 and 64 bits as floats of 32.
pub fn npy(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header = quant_types::npy::header(bytes.as_slice()).unwrap();
    let bytes = &bytes[header.start as usize..];
    let kind = header.descr.trim_matches('\'').to_owned();
    let data = match kind.as_str() {
        "<f4" => Data::F32(each(bytes, f32::from_le_bytes).into()),
        "<f2" => Data::F32(each(bytes, |x| half::f16::from_le_bytes(x).to_f32()).into()),
        "<f8" => Data::F32(each(bytes, |x| f64::from_le_bytes(x) as f32).into()),
        "<i8" => Data::I64(each(bytes, i64::from_le_bytes)),
        "<i4" => Data::I32(each(bytes, i32::from_le_bytes)),
        "|u1" => Data::U8(bytes.to_vec()),
        "|i1" => Data::I8(each(bytes, i8::from_le_bytes)),
        "|b1" => Data::Bool(bytes.iter().map(|x| *x != 0).collect()),
        other => panic!("{}: {other}", path.display()),
    };
    Value {
        shape: header.shape,
        data,
    }
}

/// Record `number` of an array of several.
fn record(all: &Value, number: usize) -> Value {
    let shape = all.shape[1..].to_vec();
    let count: usize = shape.iter().product();
    let part = number * count..(number + 1) * count;
    let data = match &all.data {
        Data::F32(data) => Data::F32(data[part].to_vec().into()),
        Data::I64(data) => Data::I64(data[part].to_vec()),
        Data::I32(data) => Data::I32(data[part].to_vec()),
        Data::U8(data) => Data::U8(data[part].to_vec()),
        Data::I8(data) => Data::I8(data[part].to_vec()),
        Data::Bool(data) => Data::Bool(data[part].to_vec()),
        other => panic!("{other:?}"),
    };
    Value { shape, data }
}

/// `<kind>_<name>.npy`, a record of it, or that record's own file.
pub fn array(folder: &Path, kind: &str, name: &str, number: usize) -> Value {
    let whole = folder.join(format!("{kind}_{name}.npy"));
    if whole.exists() {
        return record(&npy(&whole), number);
    }
    npy(&folder.join(format!("{kind}_{name}.{number}.npy")))
}

/// The largest difference, as a part of the largest value.
fn difference(found: &Value, expected: &Value) -> Result<f64, String> {
    if found.shape != expected.shape {
        return Err(format!("shape {:?} for {:?}", found.shape, expected.shape));
    }
    let (Data::F32(a), Data::F32(b)) = (&found.data, &expected.data) else {
        if found == expected {
            return Ok(0.0);
        }
        return Err(format!("{:?} for {:?}", found.data, expected.data));
    };
    let largest = b.iter().fold(0f64, |most, y| most.max(f64::from(y.abs())));
    let apart = a.iter().zip(b).map(|(a, b)| {
        if a == b {
            0.0
        } else {
            (f64::from(*a) - f64::from(*b)).abs()
        }
    });
    // NaN is far from everything.
    let most = apart.fold(0.0, |most, d| if d <= most { most } else { d });
    Ok(most / largest.max(f64::MIN_POSITIVE))
}

/// Names of a model's inputs that are no initializers, and of its outputs.
pub fn interface(model: &Model) -> (Vec<String>, Vec<String>) {
    let graph = &model.graph;
    let inputs = graph.inputs.iter().map(|info| info.name().to_owned());
    let inputs = inputs.filter(|name| graph.initializer(name).is_none());
    let outputs = graph.outputs.iter().map(|info| info.name().to_owned());
    (inputs.collect(), outputs.collect())
}

/// The largest difference of each output, over four records.
fn compare(file: &Path) -> Result<Vec<(String, f64)>, String> {
    let folder = file.parent().unwrap();
    let model = read(file);
    let (inputs, outputs) = interface(&model);
    let mut worst: BTreeMap<String, f64> = BTreeMap::new();
    for number in 0..4 {
        let data: Vec<Value> = inputs
            .iter()
            .map(|name| array(folder, "in", name, number))
            .collect();
        let shapes = inputs
            .iter()
            .cloned()
            .zip(data.iter().map(|value| value.shape.clone()));
        for whole in [true, false] {
            let lowering = Lowering {
                shapes: shapes.clone().collect(),
                whole,
                ..Lowering::default()
            };
            let lowered = model.lower(&lowering).map_err(|error| error.to_string())?;
            let graph = lowered.model.main();
            let names = |ids: &[quant_ir::TensorId]| -> Vec<String> {
                ids.iter().map(|id| graph.tensor(*id).name.clone()).collect()
            };
            if names(graph.inputs()) != inputs || names(graph.outputs()) != outputs {
                return Err(format!(
                    "{:?} {:?}",
                    names(graph.inputs()),
                    names(graph.outputs())
                ));
            }
            let interpreter = Interpreter::new(&lowered.model).map_err(|error| error.to_string())?;
            let made = interpreter
                .run_with(data.clone(), &mut Workspace::new(1), &mut |_, _, _| Ok(()))
                .map_err(|error| error.to_string())?;
            for (name, found) in outputs.iter().zip(&made) {
                let expected = array(folder, "out", name, number);
                let apart = difference(found, &expected).map_err(|what| format!("{name}: {what}"))?;
                let slot = worst.entry(name.clone()).or_default();
                *slot = if apart <= *slot { *slot } else { apart };
            }
        }
    }
    Ok(worst.into_iter().collect())
}

#[test]
fn models_compute_what_onnxruntime_computes() {
    let mut files: Vec<PathBuf> = files();
    files.retain(|file| file.file_name().is_some_and(|name| name == "model.onnx"));
    if files.is_empty() {
        return say("onnx in: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    }
    let (mut models, mut outputs, mut refused) = (0, 0, 0);
    let mut worst = (0.0, String::new());
    let mut wrong = Vec::new();
    for file in &files {
        let shown = file
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let near = if shown.starts_with("float16") {
            NEAR_HALF
        } else {
            NEAR
        };
        let known = REFUSED.iter().find(|(name, _)| *name == shown);
        match (compare(file), known) {
            (Ok(all), None) => {
                models += 1;
                for (name, apart) in all {
                    outputs += 1;
                    if apart.is_nan() || apart > near {
                        wrong.push(format!("{shown} {name}: {apart:.1e}"));
                    } else if apart > worst.0 && near == NEAR {
                        worst = (apart, format!("{shown} {name}"));
                    }
                }
            }
            (Err(error), Some((_, why))) if error.contains(why) => refused += 1,
            (Err(error), _) => wrong.push(format!("{shown}: {error}")),
            (Ok(_), Some(_)) => wrong.push(format!("{shown}: it is not refused")),
        }
    }
    say(&format!(
        "onnx in: {models} models, {outputs} outputs, worst {:.1e} ({}); {refused} refused (named)",
        worst.0, worst.1
    ));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
