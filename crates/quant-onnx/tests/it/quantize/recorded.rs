//! Ranges of our own float run beside onnxruntime's.

use std::collections::BTreeMap;
use std::path::Path;

use quant_interp::{Interpreter, Workspace};
use quant_ir::TensorId;
use quant_ir::value::{Data, Value};
use quant_onnx::Model;
use quant_onnx::quantize::calibrate::Calibration;
use quant_onnx::quantize::calibrate::ends::Ends;
use quant_onnx::quantize::number::Float;
use quant_onnx::quantize::{Options, Range, Ranges, observed};

use super::{calibrators, reference, root};

/// How far an end may be from onnxruntime's, as a part of the larger end.
const NEAR: f64 = 1e-5;
/// The same in halves, which onnxruntime rounds behind every operator and we never.
const NEAR_HALF: f64 = 2e-3;
/// What onnxruntime itself computes otherwise from one machine to the next, each with the reason.
const APART: &[(&str, &str)] = &[];

fn each<const N: usize, T>(bytes: &[u8], of: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|chunk| of(*chunk)).collect()
}

/// A record of an input: of the file of all, or its own.
fn input(folder: &Path, name: &str, number: usize) -> Value {
    let whole = folder.join(format!("in_{name}.npy"));
    let all = whole.exists();
    let path = if all {
        whole
    } else {
        folder.join(format!("in_{name}.{number}.npy"))
    };
    let bytes = std::fs::read(&path).unwrap();
    let header = quant_types::npy::header(bytes.as_slice()).unwrap();
    let bytes = &bytes[header.start as usize..];
    let (bytes, shape) = if all {
        let part = bytes.len() / header.shape[0];
        (
            &bytes[number * part..(number + 1) * part],
            header.shape[1..].to_vec(),
        )
    } else {
        (bytes, header.shape.clone())
    };
    let data = match header.descr.trim_matches('\'') {
        "<f4" => Data::F32(each(bytes, f32::from_le_bytes).into()),
        "<f2" => Data::F32(each(bytes, |x| half::f16::from_le_bytes(x).to_f32()).into()),
        "<i8" => Data::I64(each(bytes, i64::from_le_bytes)),
        "<i4" => Data::I32(each(bytes, i32::from_le_bytes)),
        "|b1" => Data::Bool(bytes.iter().map(|x| *x != 0).collect()),
        other => panic!("{}: {other}", path.display()),
    };
    Value { shape, data }
}

/// Values of each tensor in each record, as our own run makes them.
type Seen = BTreeMap<String, (Float, Vec<Vec<f32>>)>;

/// Runs a model of a folder on the records that calibrate.
fn run(folder: &Path, model: &Model, options: &Options) -> Result<Seen, String> {
    let constants: Vec<&str> = model
        .graph
        .initializers
        .iter()
        .map(quant_onnx::TensorProto::name)
        .collect();
    let names = model.graph.inputs.iter().map(quant_onnx::ValueInfo::name);
    let names: Vec<&str> = names.filter(|name| !constants.contains(name)).collect();
    let mut all = Seen::new();
    for record in 0..3 {
        let inputs: Vec<Value> = names.iter().map(|name| input(folder, name, record)).collect();
        let shapes = names
            .iter()
            .zip(&inputs)
            .map(|(name, value)| ((*name).to_owned(), value.shape.clone()));
        let seen = observed(model, options, shapes.collect(), true).map_err(|error| error.to_string())?;
        let interpreter = Interpreter::new(&seen.model).map_err(|error| error.to_string())?;
        let mut workspace = Workspace::new(1);
        let mut values: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
        let mut see = |id: TensorId, value: &Value| {
            if let Data::F32(floats) = &value.data {
                values.insert(id.0, floats.to_vec());
            }
        };
        for (id, value) in seen.model.main().inputs().iter().zip(&inputs) {
            see(*id, value);
        }
        interpreter
            .run_with(inputs, &mut workspace, &mut |id, value, _| {
                see(id, value);
                Ok(())
            })
            .map_err(|error| error.to_string())?;
        let mut keep = |name: &String, float: Float, floats: Vec<f32>| {
            let (_, records) = all.entry(name.clone()).or_insert((float, Vec::new()));
            records.push(floats);
        };
        for (name, range) in &seen.constants {
            keep(name, range.float, vec![range.low, range.high]);
        }
        for (name, id, float) in &seen.tensors {
            let floats = values.get(&id.0).cloned();
            keep(
                name,
                *float,
                floats.ok_or_else(|| format!("{name} was not seen"))?,
            );
        }
    }
    Ok(all)
}

/// Ranges of our own run, for calibrations that the reference has none of.
pub fn own_ranges(
    folder: &Path,
    model: &Model,
    options: &Options,
    calibration: &Calibration,
) -> Result<Ranges, String> {
    let seen = run(folder, model, options)?;
    let all = seen.into_iter().map(|(name, (float, records))| {
        let (low, high) = calibrators::range(calibration, &records, float);
        (name, Range { low, high, float })
    });
    Ok(all.collect())
}

#[test]
fn ranges_of_our_own_run() {
    let Some(root) = root() else {
        return;
    };
    let (mut models, mut count, mut worst, mut far) = (0, 0, 0f64, Vec::new());
    for folder in reference::folders(&root, "calib.json") {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if APART.iter().any(|(model, _)| *model == name) {
            continue;
        }
        let model = reference::model(&folder, "model.onnx");
        let seen = match run(&folder, &model, &Options::default()) {
            Ok(seen) => seen,
            Err(error) => {
                far.push(format!("{name}: {error}"));
                continue;
            }
        };
        models += 1;
        let file = reference::json(&folder.join("calib.json"));
        for method in ["minmax", "minmax_movavg", "minmax_symmetric", "entropy"] {
            let Some(wanted) = reference::ranges(&file, method) else {
                continue;
            };
            let mut calibration = calibrators::named(method).unwrap();
            // With as many bins as are quantized to, entropy cuts nothing.
            calibration.method = quant_onnx::quantize::calibrate::Method::MinMax;
            for (tensor, range) in wanted {
                let Some((float, records)) = seen.get(&tensor) else {
                    far.push(format!("{name} {tensor}: not seen"));
                    continue;
                };
                let ends: Vec<Ends> = records.iter().map(|record| Ends::of(record)).collect();
                let (low, high) = calibration.ends(&ends, Float::F32).unwrap();
                let largest = f64::from(range.low.abs().max(range.high.abs())).max(f64::MIN_POSITIVE);
                let apart = |a: f32, b: f32| (f64::from(a) - f64::from(b)).abs() / largest;
                let apart = apart(low, range.low).max(apart(high, range.high));
                let near = if *float == Float::F16 { NEAR_HALF } else { NEAR };
                if apart > near {
                    far.push(format!(
                        "{name} {method} {tensor}: {low}…{high}, not {}…{}",
                        range.low, range.high
                    ));
                } else if *float == Float::F32 {
                    worst = worst.max(apart);
                }
                count += 1;
            }
        }
    }
    for line in &far {
        println!("  {line}");
    }
    println!(
        "onnx recorded: {models} models, {count} ranges, worst {worst:.1e}, {} apart",
        far.len()
    );
    assert!(far.is_empty());
}
