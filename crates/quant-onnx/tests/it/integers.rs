//! Models that onnxruntime's quantizer wrote, run beside onnxruntime: float operators between pairs, as the file says it.

use std::path::{Path, PathBuf};

use quant_interp::{FloatProfile, Interpreter, Profile, Workspace};
use quant_ir::value::{Data, Value};
use quant_onnx::Lowering;

use crate::lowering::{array, interface, npy};
use crate::round_trip::{files, read, say};

/// How far an output may be that no integers end with, as a part of its largest.
const FAR: f64 = 0.02;

/// Models that are further away than a step, in steps, and why.
const FURTHER: &[(&str, f64)] = &[
    // Sixteen bits have steps as small as the float kernels' last bits.
    ("layernorm/qdq_s16s8", 2.0),
    // onnxruntime's Resize of integers cuts off what it interpolates, ours rounds.
    ("net_unet/qop_u8s8", 2.0),
];

/// A step of the integers that an output ends with: sums of floats differ in their last bits.
fn step(file: &Path, index: usize) -> Option<f64> {
    let graph = read(file).graph;
    let output = graph.outputs[index].name();
    let last = graph.nodes.iter().find(|node| node.outputs().contains(&output))?;
    let scale = graph.initializer(last.inputs().get(1)?)?;
    let scale = scale.tensor().ok()?.to_floats()?;
    (last.op() == "DequantizeLinear").then(|| f64::from(scale[0]))
}

/// What a model makes of record 3.
fn outputs(file: &Path) -> Result<Vec<Value>, String> {
    let folder = file.parent().unwrap().parent().unwrap();
    let model = read(file);
    let (inputs, _) = interface(&model);
    let data: Vec<Value> = inputs.iter().map(|name| array(folder, "in", name, 3)).collect();
    let lowering = Lowering {
        shapes: inputs
            .iter()
            .cloned()
            .zip(data.iter().map(|value| value.shape.clone()))
            .collect(),
        ..Lowering::default()
    };
    let lowered = model.lower(&lowering).map_err(|error| error.to_string())?;
    let interpreter = Interpreter::with(&lowered.model, Profile::Onnxruntime, FloatProfile::Onnxruntime)
        .map_err(|error| error.to_string())?;
    let run = interpreter.run_with(data, &mut Workspace::new(1), &mut |_, _, _| Ok(()));
    run.map_err(|error| error.to_string())
}

/// Elements that are equal, all of them, and the largest difference as a part of the largest value.
fn compare(found: &Value, expected: &Value) -> (usize, usize, [f64; 2]) {
    assert_eq!(found.shape, expected.shape);
    let (Data::F32(a), Data::F32(b)) = (&found.data, &expected.data) else {
        let equal = found == expected;
        let apart = if equal { 0.0 } else { f64::NAN };
        return (usize::from(equal), 1, [apart; 2]);
    };
    let largest = b.iter().fold(0f64, |most, y| most.max(f64::from(y.abs())));
    let apart = a
        .iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    let most = apart.fold(0.0, |most, d| if d <= most { most } else { d });
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    (equal, b.len(), [most, most / largest.max(f64::MIN_POSITIVE)])
}

#[test]
fn quantized_models_are_read() {
    let mut files: Vec<PathBuf> = files();
    files.retain(|file| file.parent().is_some_and(|folder| folder.ends_with("qmodel")));
    if files.is_empty() {
        return say("onnx quantized in: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    }
    let (mut models, mut equal, mut elements) = (0, 0, 0);
    let (mut worst, mut wrong) = (0f64, Vec::new());
    for file in &files {
        let folder = file.parent().unwrap().parent().unwrap();
        let config = file.file_stem().unwrap().to_string_lossy().into_owned();
        let shown = format!("{}/{config}", folder.file_name().unwrap().to_string_lossy());
        let made = match outputs(file) {
            Ok(made) => made,
            Err(error) => {
                wrong.push(format!("{shown}: {error}"));
                continue;
            }
        };
        models += 1;
        for (index, found) in made.iter().enumerate() {
            let expected = folder.join(format!("run/{config}.off.{index}.npy"));
            if !expected.exists() {
                continue;
            }
            let (same, all, [apart, part]) = compare(found, &npy(&expected));
            let further = FURTHER.iter().find(|(name, _)| *name == shown);
            let steps = further.map_or(1.0, |(_, steps)| *steps) * 1.001;
            let far = step(file, index).map_or(part > FAR, |step| apart > step * steps);
            (equal, elements) = (equal + same, elements + all);
            if far || part.is_nan() {
                wrong.push(format!(
                    "{shown}: output {index} is {part:.1e} away, {same} of {all} are equal"
                ));
            }
            worst = worst.max(part);
        }
    }
    say(&format!(
        "onnx quantized in: {models} models, {equal} of {elements} values equal, worst {worst:.1e}"
    ));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
