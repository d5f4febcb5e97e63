//! The oracle against what TensorFlow Lite's tools wrote, from their own statistics: every operand of every operator.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use quant_case::recipe::{Filler, Operand, Operation, Pos, Recipe};
use quant_case::tflite::{BuiltIn, Flavour};
use quant_golden::tflite::{Ranges, View, Views, flavour_of, recipe_of};
use quant_ir::{DType, Graph, Model, TensorId, format};
use serde_json::Value;

/// A scheme of the reference data: type, whether one scale is for a whole tensor.
const SCHEMES: &[(&str, Flavour, bool)] = &[
    ("int8", Flavour::Int8, false),
    ("int8_per_tensor", Flavour::Int8, true),
    ("int8_legacy", Flavour::Int8Legacy, false),
    ("int8_legacy_per_tensor", Flavour::Int8Legacy, true),
    ("int16x8", Flavour::Int16x8, false),
    ("dynamic", Flavour::Dynamic, false),
    ("dynamic_per_tensor", Flavour::Dynamic, true),
    ("float16", Flavour::Float16, false),
];

/// Schemes of ai-edge-quantizer.
const RECIPES: &[(&str, BuiltIn)] = &[
    ("aeq_static_wi8_ai8", BuiltIn::StaticWi8Ai8),
    ("aeq_static_wi8_ai16", BuiltIn::StaticWi8Ai16),
    ("aeq_dynamic_wi8", BuiltIn::DynamicWi8Afp32),
    ("aeq_dynamic_wi4", BuiltIn::DynamicWi4Afp32),
    ("aeq_weight_only_wi8", BuiltIn::WeightOnlyWi8Afp32),
    ("aeq_weight_only_wi4", BuiltIn::WeightOnlyWi4Afp32),
];

/// Models whose biases ai-edge-quantizer lets wrap around, which the oracle never does.
const WRAPS: &[&str] = &["conv2d_bias_overflow", "conv2d_edge_channels", "fc_bias_overflow"];

/// Models with operators that recipes of the test bench do not have.
const OTHERS: &[&str] = &["lstm", "svdf", "custom_op", "embedding"];

#[test]
fn oracle_agrees_with_tensorflow_lite() {
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("reference/tflite/models");
    let Ok(entries) = fs::read_dir(&folder) else {
        super::check::say(&format!(
            "SKIPPED: there is no {}; set QUANT_REFERENCE to the reference data",
            folder.display()
        ));
        return;
    };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let (mut models, mut operands, mut failures) = (0, 0, Vec::new());
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        if OTHERS.iter().any(|other| name.contains(other)) {
            continue;
        }
        let model = format::import(&fs::read(folder.join("model.tflite")).unwrap()).unwrap();
        let recipe = recipe(&model);
        let ranges = ranges(&folder.join("calibration.json"));
        let mut check = |scheme: &str, views: &dyn Fn() -> Views| {
            let Ok(text) = fs::read_to_string(folder.join(format!("{scheme}.json"))) else {
                return;
            };
            let wanted: Value = serde_json::from_str(&text).unwrap();
            let wraps = scheme.starts_with("aeq_static") && WRAPS.contains(&name.as_str());
            if wraps || wanted.get("error").is_some() {
                return;
            }
            models += 1;
            match compare(&recipe, &views(), &wanted) {
                Ok(count) => operands += count,
                Err(what) => failures.push(format!("{name} {scheme}: {what}")),
            }
        };
        for (scheme, flavour, per_tensor) in SCHEMES {
            check(scheme, &|| {
                flavour_of(&recipe, &ranges, *flavour, *per_tensor, true).unwrap()
            });
        }
        let averages = averages(&folder.join("aeq_calibration.json"), &model);
        for (scheme, built_in) in RECIPES {
            check(scheme, &|| {
                recipe_of(&recipe, &averages, *built_in, true).unwrap()
            });
        }
    }
    super::check::say(&format!(
        "oracle: {models} models of TensorFlow Lite, {operands} operands, {} models differ",
        failures.len()
    ));
    assert!(failures.is_empty() && operands > 0, "{}", failures.join("\n"));
}

fn label(id: TensorId) -> String {
    format!("t{}", id.0)
}

fn recipe(model: &Model) -> Recipe {
    let graph: &Graph = model.main();
    let names = |ids: &[TensorId]| ids.iter().map(|id| label(*id)).collect::<Vec<_>>();
    let pos = Pos { line: 0, column: 0 };
    let operands = graph.ids().map(|id| {
        let tensor = graph.tensor(id);
        let filler = model.f32_data(tensor).map(Filler::Float);
        let is_const = model.is_const(tensor);
        Operand {
            name: label(id),
            dtype: if tensor.dtype == DType::Float32 {
                "FLOAT32".into()
            } else {
                "INT32".into()
            },
            shape: tensor.shape.clone(),
            shape_signature: None,
            filler: filler.or_else(|| is_const.then(|| Filler::Int(Vec::new()))),
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
        outputs: names(&op.outputs),
        options: Vec::new(),
        pos,
    });
    Recipe {
        operands: operands.collect(),
        operations: operations.collect(),
        inputs: names(graph.inputs()),
        outputs: names(graph.outputs()),
        version: 1,
        name: None,
        channels_first: false,
        graphs: Vec::new(),
        signatures: Vec::new(),
        external: false,
    }
}

fn ranges(path: &Path) -> Ranges {
    let entries: Vec<(usize, String, f64, f64)> =
        fs::read_to_string(path).map_or_else(|_| Vec::new(), |text| serde_json::from_str(&text).unwrap());
    let entry =
        |(index, _, min, max): (usize, String, f64, f64)| (label(TensorId(index)), (min as f32, max as f32));
    entries.into_iter().map(entry).collect()
}

/// ai-edge-quantizer's statistics, which go by name.
fn averages(path: &Path, model: &Model) -> Ranges {
    let Ok(text) = fs::read_to_string(path) else {
        return Ranges::new();
    };
    let entries: Value = serde_json::from_str(&text).unwrap();
    let graph = model.main();
    let range = |id| {
        let entry = entries.get(&graph.tensor(id).name)?;
        let number = |key: &str| {
            let value = &entry[key];
            let mut value = value;
            while let Some(inner) = value.get(0) {
                value = inner;
            }
            value.as_f64().map(|x| x as f32)
        };
        Some((label(id), (number("min")?, number("max")?)))
    };
    graph.ids().filter_map(range).collect()
}

/// Walks the operators of both; how many operands were compared.
fn compare(recipe: &Recipe, views: &Views, wanted: &Value) -> Result<usize, String> {
    let graph = &wanted["subgraphs"][0];
    let tensors = graph["tensors"].as_array().unwrap();
    let operators = graph["operators"].as_array().unwrap();
    let casts = ["QUANTIZE", "DEQUANTIZE"];
    let mut theirs = operators
        .iter()
        .filter(|op| !casts.contains(&op["op"].as_str().unwrap()));
    let mut count = 0;
    for (at, op) in recipe.operations.iter().enumerate() {
        let Some(their) = theirs.next() else {
            return Err(format!("operator {at} {} is missing", op.kind));
        };
        if their["op"].as_str() != Some(&op.kind) {
            return Err(format!("operator {at} is {}, not {}", their["op"], op.kind));
        }
        for (side, views, names) in [
            ("inputs", &views.reads[at], &op.inputs),
            ("outputs", &views.makes[at], &op.outputs),
        ] {
            for (slot, (view, name)) in views.iter().zip(names).enumerate() {
                let Some(view) = view else { continue };
                let index = their[side][slot].as_i64().unwrap();
                let tensor = &tensors[usize::try_from(index).unwrap()];
                count += 1;
                let what = difference(view, tensor);
                if let Some(what) = what {
                    return Err(format!("operator {at} {} {side} {slot} {name}: {what}", op.kind));
                }
            }
        }
    }
    let stored = views.stored.iter();
    let sources: BTreeMap<i64, i64> = operators
        .iter()
        .filter(|op| op["op"] == "DEQUANTIZE")
        .map(|op| {
            (
                op["outputs"][0].as_i64().unwrap(),
                op["inputs"][0].as_i64().unwrap(),
            )
        })
        .collect();
    let others = operators
        .iter()
        .filter(|op| !casts.contains(&op["op"].as_str().unwrap()));
    for (name, view) in stored {
        let mut uses = recipe.operations.iter().zip(others.clone());
        let read = uses.find_map(|(op, their)| {
            let slot = op.inputs.iter().position(|input| input == name)?;
            let index = their["inputs"][slot].as_i64()?;
            sources.get(&index)
        });
        count += 1;
        let Some(source) = read else { continue };
        if let Some(what) = difference(view, &tensors[usize::try_from(*source).unwrap()]) {
            return Err(format!("stored {name}: {what}"));
        }
    }
    Ok(count)
}

fn numbers(value: &Value) -> Vec<i64> {
    value
        .as_array()
        .map_or_else(Vec::new, |list| list.iter().filter_map(Value::as_i64).collect())
}

fn difference(view: &View, tensor: &Value) -> Option<String> {
    let dtype = tensor["type"].as_str().unwrap().to_lowercase();
    if dtype != view.dtype {
        return Some(format!("{}, not {dtype}", view.dtype));
    }
    let scale: Vec<f32> = tensor["scale"].as_array().map_or_else(Vec::new, |list| {
        list.iter().map(|x| x.as_f64().unwrap() as f32).collect()
    });
    if scale != view.scale {
        return Some(format!("scale {:?}, not {scale:?}", view.scale));
    }
    let mut zero_point = numbers(&tensor["zero_point"]);
    if let Some(times) = tensor["zero_point_count"].as_u64() {
        zero_point = vec![zero_point[0]; usize::try_from(times).unwrap()];
    }
    if zero_point != view.zero_point {
        return Some(format!("zero point {:?}, not {zero_point:?}", view.zero_point));
    }
    let values = view.values.as_ref()?;
    let dimension = tensor["quantized_dimension"].as_i64().unwrap_or(0);
    if view.scale.len() > 1 && dimension != i64::from(view.dimension) {
        return Some(format!("dimension {}, not {dimension}", view.dimension));
    }
    let field = ["values", "values_u16", "head"]
        .into_iter()
        .find(|key| tensor.get(key).is_some());
    let Some(field) = field else {
        return Some("no values".to_owned());
    };
    let theirs = numbers(&tensor[field]);
    let same = |at: &usize| values.get(*at) == theirs.get(*at);
    let at = (0..theirs.len()).find(|at| !same(at))?;
    Some(format!("value {at} is {:?}, not {}", values.get(at), theirs[at]))
}
