//! Models that onnxruntime's quantizers wrote, run in integers as onnxruntime computes them: every value equal, or named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_interp::{Interpreter, Profile, Workspace, joined};
use quant_ir::value::{Data, Value};
use quant_onnx::Lowering;

use crate::lowering::{array, interface, npy};
use crate::round_trip::{files, read, say};

/// What a model makes of record 3.
fn outputs(file: &Path) -> Result<Vec<Value>, String> {
    let folder = file.parent().unwrap().parent().unwrap();
    let model = read(file);
    let (inputs, _) = interface(&model);
    let data: Vec<Value> = inputs.iter().map(|name| array(folder, "in", name, 3)).collect();
    let shapes = inputs
        .iter()
        .cloned()
        .zip(data.iter().map(|value| value.shape.clone()));
    let lowering = Lowering {
        shapes: shapes.collect(),
        ..Lowering::default()
    };
    let lowered = model.lower(&lowering).map_err(|error| error.to_string())?;
    let whole = joined(&lowered.model).map_err(|error| error.to_string())?.model;
    let interpreter =
        Interpreter::with_profile(&whole, Profile::Onnxruntime).map_err(|error| error.to_string())?;
    let run = interpreter.run_with(data, &mut Workspace::new(1), &mut |_, _, _| Ok(()));
    run.map_err(|error| error.to_string())
}

/// Outputs that differ, and why: what makes them is computed in float there, too.
const NAMED: &[(&str, &str)] = &[
    (
        "avgpool/qdq_u8s8 1",
        "AveragePool whose padding does not count: a mean times a factor here",
    ),
    ("avgpool/qdq_u8s8 2", "the same"),
    ("conv_bn_relu/qop_u8s8 0", "BatchNormalization in float"),
    ("convtranspose/qop_u8s8 0", "ConvTranspose in float"),
    ("globalpool/qop_u8s8 0", "GlobalAveragePool in float"),
    ("instancenorm/qop_u8s8 0", "InstanceNormalization in float"),
    ("layernorm/qop_u8s8 0", "LayerNormalization in float"),
    ("softmax_opset13/qdq_s8s8_pc 1", "LogSoftmax in float"),
    ("softmax_opset13/qdq_u8s8 1", "the same"),
    ("softmax_opset13/qop_u8s8 1", "the same"),
    (
        "concat_shared_branch/qdq_s16s8 1",
        "activations of 16 bits: sums in float",
    ),
    (
        "gemm_basic/qdq_s16s8 0",
        "the same, by MatMulNBits, which the optimizer makes: it takes its input in 8 bits",
    ),
    ("layernorm/qdq_s16s8 0", "the same"),
    ("matmul_2d/qdq_s16s8 0", "the same"),
    ("net_transformer/qdq_s16s8 0", "the same"),
    (
        "float16_net19/qdq_s8s8_pc 0",
        "float16: rounded after every operator there",
    ),
    ("float16_net19/qdq_u8s8 0", "the same"),
];

/// How far one of those may be, as a part of its largest.
const FAR: f64 = 0.03;

/// Elements that differ, all of them, and the largest difference as a part of the largest value.
pub fn compare(found: &Value, expected: &Value) -> (usize, usize, f64) {
    assert_eq!(found.shape, expected.shape);
    let (Data::F32(a), Data::F32(b)) = (&found.data, &expected.data) else {
        return (
            usize::from(found != expected),
            1,
            f64::from(u8::from(found != expected)),
        );
    };
    let differ = a.iter().zip(b).filter(|(a, b)| a != b).count();
    let largest = b
        .iter()
        .fold(f64::MIN_POSITIVE, |most, y| most.max(f64::from(y.abs())));
    let apart = a
        .iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    (differ, b.len(), apart.fold(0.0, f64::max) / largest)
}

#[test]
fn quantized_models_run_in_integers() {
    let mut files: Vec<PathBuf> = files();
    files.retain(|file| file.parent().is_some_and(|folder| folder.ends_with("qmodel")));
    if files.is_empty() {
        return say("onnx integers: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    }
    let (mut models, mut values, mut differ) = (0, 0, BTreeMap::new());
    let mut wrong = Vec::new();
    for file in &files {
        let folder = file.parent().unwrap().parent().unwrap();
        let config = file.file_stem().unwrap().to_string_lossy().into_owned();
        let shown = format!("{}/{config}", folder.file_name().unwrap().to_string_lossy());
        let made = outputs(file).unwrap_or_else(|error| panic!("{shown}: {error}"));
        models += 1;
        for (index, found) in made.iter().enumerate() {
            let plain = folder.join(format!("run/{config}.off.{index}.npy"));
            // Where optimizations change nothing there is one file. Operators on integers are compared as the file has them: the
            // optimizer quantizes others beside them.
            let optimized = folder.join(format!("run/{config}.on.{index}.npy"));
            let qdq = config.starts_with("qdq");
            let expected = if qdq && optimized.exists() {
                &optimized
            } else {
                &plain
            };
            if !expected.exists() {
                continue;
            }
            let (other, all, part) = compare(found, &npy(expected));
            values += all;
            if other > 0 {
                let output = format!("{shown} {index}");
                let known = NAMED.iter().any(|(name, _)| *name == output);
                if !known || part > FAR {
                    wrong.push(format!("{output}: {other} of {all} differ, by {part:.1e}"));
                }
                *differ.entry(output).or_insert(0) += other;
            }
        }
    }
    let names: Vec<&str> = differ.keys().map(String::as_str).collect();
    let count: usize = differ.values().sum();
    say(&format!(
        "onnx integers: {models} models, {values} values, {count} differ (named: {})",
        names.join(", ")
    ));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
