//! The oracle and the quantizers on every model of the reference data, with and without the originals' flaws, with a scale a
//! channel and a scale a tensor: what no original has written is held against a second pair of eyes.

use std::fs;
use std::path::{Path, PathBuf};

use quant_case::golden::Tensor as Golden;
use quant_case::recipe::{Filler, Operand, Operation, Pos, Recipe};
use quant_case::tflite::{BuiltIn, Flavour};
use quant_core::ir::{DType, Graph, Model, QuantParam, TensorId};
use quant_core::scheme::tflite::statistics::Statistics;
use quant_core::scheme::tflite::{Options, dynamic, float16, int8, recipe, steps};
use quant_golden::tflite::{Ranges, Views, flavour_of, goldens, recipe_of};
use quant_testgen::run::pairs;

use crate::common::{load, say, shared};

/// Models with operators that the oracle does not know.
const OTHERS: &[&str] = &["lstm", "svdf", "custom_op", "embedding"];

/// Models in which an activation is never above 0: what its range becomes by default (steps of 1/255) is a decision of the
/// quantizers about which the sheet of facts says nothing.
const BEGINNINGS: &[&str] = &["net_dead_relu", "net_zero_activation"];

const FLAVOURS: &[Flavour] = &[
    Flavour::Int8,
    Flavour::Int8Legacy,
    Flavour::Int16x8,
    Flavour::Dynamic,
    Flavour::Float16,
];

#[test]
fn oracle_and_quantizers_agree() {
    let folder = shared().join("reference/tflite/models");
    let Ok(entries) = fs::read_dir(&folder) else {
        say(&format!(
            "oracle: SKIPPED, there is no {}; set QUANT_REFERENCE to the reference data",
            folder.display()
        ));
        return;
    };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let (mut cases, mut refused, mut failures) = (0, 0, Vec::new());
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        if OTHERS.iter().any(|other| name.contains(other)) {
            continue;
        }
        let model = numbered(load(&folder.join("model.tflite")));
        let recipe = of_model(&model);
        let mut agree = |what: String, made: quant_core::Result<Model>, views: Result<Views, String>| {
            cases += 1;
            match made {
                Err(_) => refused += 1,
                Ok(made) => {
                    let found = difference(&model, &made, &goldens(&recipe, &views.unwrap()));
                    failures.extend(found.map(|found| format!("{name} {what}: {found}")));
                }
            }
        };
        if let Some(calibrated) = calibrated(&folder.join("calibration.json"), &model) {
            for (compat, per_tensor) in [(false, false), (false, true), (true, false), (true, true)] {
                for flavour in FLAVOURS {
                    if flavour.is_calibrated() && !compat && BEGINNINGS.contains(&name.as_str()) {
                        continue;
                    }
                    let options = Options {
                        per_tensor,
                        compat,
                        ..Options::default()
                    };
                    let views = flavour_of(&recipe, &ranges(&calibrated), *flavour, per_tensor, compat);
                    let made = quantized(&model, &calibrated, *flavour, &options);
                    agree(
                        format!("{flavour}, compat {compat}, per tensor {per_tensor}"),
                        made,
                        views,
                    );
                }
            }
        }
        if let Some(calibrated) = calibrated(&folder.join("aeq_calibration.json"), &model) {
            for built_in in BuiltIn::ALL {
                if built_in.is_calibrated() && BEGINNINGS.contains(&name.as_str()) {
                    continue;
                }
                let recipe_of_name = recipe::Recipe::builtin(built_in.word()).unwrap();
                let mut made = if built_in.is_calibrated() {
                    calibrated.clone()
                } else {
                    model.clone()
                };
                let done = recipe::quantize(&mut made, &recipe_of_name, &Options::default());
                let views = recipe_of(&recipe, &ranges(&calibrated), *built_in, false);
                agree(built_in.to_string(), done.map(|_| made), views);
            }
        }
    }
    say(&format!(
        "oracle: {cases} models of the quantizers, {refused} refused, {} differ",
        failures.len()
    ));
    assert!(failures.is_empty() && cases > refused, "{}", failures.join("\n"));
}

fn quantized(
    float: &Model,
    calibrated: &Model,
    flavour: Flavour,
    options: &Options,
) -> quant_core::Result<Model> {
    let quantize = match flavour {
        Flavour::Int8 => int8::quantize,
        Flavour::Int8Legacy => steps::quantize_int8,
        Flavour::Int16x8 => steps::quantize_int16x8,
        Flavour::Dynamic => dynamic::quantize,
        _ => float16::quantize,
    };
    let mut model = if flavour.is_calibrated() {
        calibrated.clone()
    } else {
        float.clone()
    };
    quantize(&mut model, options).map(|_| model)
}

/// The first tensor or use that the two have otherwise.
fn difference(float: &Model, made: &Model, wanted: &[(String, Golden)]) -> Option<String> {
    let made = match pairs::tensors(float, made) {
        Ok(made) => made
            .into_iter()
            .map(Into::into)
            .collect::<Vec<(String, Golden)>>(),
        Err(what) => return Some(what),
    };
    for (name, got) in &made {
        // Integers that no quantizer touches are no part of the oracle's recipe here.
        if got.scale.is_none() && got.dtype.as_deref() != Some("float16") && got.weights.is_some() {
            continue;
        }
        let Some((_, wanted)) = wanted.iter().find(|(other, _)| other == name) else {
            return Some(format!("`{name}` is the quantizer's alone"));
        };
        let parts = |tensor: &Golden| {
            let Golden {
                dtype,
                scale,
                zero_point,
                weights,
                ..
            } = tensor.clone();
            (dtype, scale, zero_point, weights)
        };
        if parts(got) != parts(wanted) {
            return Some(format!(
                "`{name}` is {:?}, the oracle says {:?}",
                short(got),
                short(wanted)
            ));
        }
    }
    let alone = wanted
        .iter()
        .find(|(name, tensor)| tensor.scale.is_some() && made.iter().all(|(other, _)| other != name));
    alone.map(|(name, _)| format!("`{name}` is the oracle's alone"))
}

fn short(tensor: &Golden) -> (Option<&str>, Option<f32>, Option<i64>) {
    let first = |list: &Option<Vec<f32>>| list.as_ref().and_then(|list| list.first().copied());
    let zero_point = tensor.zero_point.as_ref().and_then(|list| list.first().copied());
    (tensor.dtype.as_deref(), first(&tensor.scale), zero_point)
}

/// Names that tell tensors from each other.
fn numbered(mut model: Model) -> Model {
    for (at, tensor) in model.main_mut().tensors_mut().iter_mut().enumerate() {
        tensor.name = format!("{at}:{}", tensor.name);
    }
    model
}

/// The model with the ranges that an original has recorded.
fn calibrated(path: &Path, model: &Model) -> Option<Model> {
    let statistics = Statistics::parse(&fs::read_to_string(path).ok()?).unwrap();
    let mut plain = model.clone();
    for tensor in plain.main_mut().tensors_mut() {
        let (_, name) = tensor.name.split_once(':').unwrap();
        tensor.name = name.to_owned();
    }
    statistics.write(&mut plain).unwrap();
    Some(numbered(plain))
}

fn ranges(model: &Model) -> Ranges {
    let tensors = model.main().tensors().iter();
    let range = |quant: &QuantParam| Some((*quant.min.first()?, *quant.max.first()?));
    tensors
        .filter_map(|tensor| Some((tensor.name.clone(), range(tensor.quant.as_ref()?)?)))
        .collect()
}

/// A recipe of a model's main graph, in the schema's names.
fn of_model(model: &Model) -> Recipe {
    let graph: &Graph = model.main();
    let label = |id: TensorId| graph.tensor(id).name.clone();
    let pos = Pos { line: 0, column: 0 };
    let operands = graph.tensors().iter().map(|tensor| {
        let floats = model.f32_data(tensor).map(Filler::Float);
        let is_float = tensor.dtype == DType::Float32;
        Operand {
            name: tensor.name.clone(),
            dtype: if is_float {
                "FLOAT32".into()
            } else {
                "INT32".into()
            },
            shape: tensor.shape.clone(),
            shape_signature: None,
            filler: floats.or_else(|| model.is_const(tensor).then(|| Filler::Int(Vec::new()))),
            quant: None,
            mx_axis: None,
            sparsity: None,
            is_variable: false,
            pos,
        }
    });
    let operations = graph.operators().iter().map(|op| Operation {
        kind: op.code.builtin.to_string(),
        custom_code: None,
        version: None,
        inputs: op
            .inputs
            .iter()
            .map(|id| id.map_or_else(String::new, label))
            .collect(),
        outputs: op.outputs.iter().map(|id| label(*id)).collect(),
        options: Vec::new(),
        pos,
    });
    Recipe {
        operands: operands.collect(),
        operations: operations.collect(),
        inputs: graph.inputs().iter().map(|id| label(*id)).collect(),
        outputs: graph.outputs().iter().map(|id| label(*id)).collect(),
        version: 1,
        name: None,
        channels_first: false,
        graphs: Vec::new(),
        signatures: Vec::new(),
        external: false,
    }
}
