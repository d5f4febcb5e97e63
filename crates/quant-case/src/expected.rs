//! Which tensors a stage must have a golden for. Build script, test runner and oracle all ask here.

use crate::golden::Tensor;
use crate::operators;
use crate::qconf::Qconf;
use crate::recipe::{Operand, Operation, OptionValue, Recipe};
use crate::row::{Row, RowKind};
use crate::{QuantType, Stage};

/// A tensor that a stage makes, and the keys of its golden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The tensor's name.
    pub name: String,
    /// The keys that its golden has, no more and no fewer.
    pub keys: &'static [Key],
}

/// A key of a golden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Key {
    Dtype,
    QuantizedDimension,
    Scale,
    ZeroPoint,
    Min,
    Max,
    Weights,
}

impl Expected {
    /// A tensor whose golden has whatever the stage makes of it.
    pub fn of_all_keys(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            keys: ALL,
        }
    }

    /// The part of a dumped tensor that its golden holds: only these keys, as far as the tensor has them.
    #[must_use]
    pub fn of(&self, tensor: &Tensor) -> Tensor {
        let has = |key| self.keys.contains(&key);
        Tensor {
            dtype: tensor.dtype.clone().filter(|_| has(Key::Dtype)),
            shape: if has(Key::Weights) && tensor.weights.is_some() {
                tensor.shape.clone()
            } else {
                Vec::new()
            },
            weights: tensor.weights.clone().filter(|_| has(Key::Weights)),
            min: tensor.min.clone().filter(|_| has(Key::Min)),
            max: tensor.max.clone().filter(|_| has(Key::Max)),
            scale: tensor.scale.clone().filter(|_| has(Key::Scale)),
            zero_point: tensor.zero_point.clone().filter(|_| has(Key::ZeroPoint)),
            quantized_dimension: tensor
                .quantized_dimension
                .filter(|_| has(Key::QuantizedDimension)),
        }
    }
}

const RANGE: &[Key] = &[Key::Min, Key::Max];
const ACTIVATION: &[Key] = &[Key::Dtype, Key::Scale, Key::ZeroPoint];
pub(crate) const INTEGERS: &[Key] = &[
    Key::Dtype,
    Key::QuantizedDimension,
    Key::Scale,
    Key::ZeroPoint,
    Key::Weights,
];
const FAKE: &[Key] = &[
    Key::QuantizedDimension,
    Key::Scale,
    Key::ZeroPoint,
    Key::Min,
    Key::Max,
    Key::Weights,
];
const ALL: &[Key] = &[
    Key::Dtype,
    Key::QuantizedDimension,
    Key::Scale,
    Key::ZeroPoint,
    Key::Min,
    Key::Max,
    Key::Weights,
];
const PLAIN: &[Key] = &[Key::Dtype, Key::Weights];

/// Whether the tensors of a stage are those that its goldens name: of a model file, whose graph a quantizer may change
/// as it likes, and of a stage that a package has declared. Else [`tensors`] knows them.
pub fn is_open(is_outline: bool, stage: Stage) -> bool {
    is_outline || matches!(stage, Stage::Own(_))
}

/// What a stage has a tensor for, in words.
pub fn what(kind: RowKind, stage: Stage) -> &'static str {
    match stage {
        Stage::Quantization if kind.is_tflite() => {
            "float tensor and constant of the float model, and use of one (`tensor@output`) that reads something else"
        }
        Stage::FakeQuantization => {
            "constant filter of Conv2D, DepthwiseConv2D, TransposeConv and FullyConnected"
        }
        Stage::WoQuantization => "constant filter of Conv2D, DepthwiseConv2D and FullyConnected",
        Stage::RecordMinmax | Stage::Calibration => "graph input and float activation",
        Stage::Quantization => "graph input, activation, constant and inserted Quantize",
        Stage::Own(_) => "golden",
    }
}

/// The name of the Quantize behind or before a tensor.
pub fn quantize_name(tensor: &str) -> String {
    format!("{tensor}_Quantize")
}

/// The tensors of a stage, in the order of the recipe; copies of shared constants and inserted tensors stand
/// behind.
///
/// # Errors
/// The configuration names a layer that the recipe does not have, or that cannot have a type of its own.
pub fn tensors(
    recipe: &Recipe,
    stage: Stage,
    row: &Row,
    qconf: Option<&Qconf>,
) -> Result<Vec<Expected>, String> {
    let recipe = &if row.kind.is_tflite() {
        recipe.clone()
    } else {
        recipe.separated()
    };
    let expected = |operand: &Operand, keys| Expected {
        name: operand.name.clone(),
        keys,
    };
    let operands = recipe.operands.iter().filter(|operand| is_used(recipe, operand));
    Ok(match stage {
        Stage::FakeQuantization => operands
            .filter(|o| is_weight(recipe, o, false))
            .map(|o| expected(o, FAKE))
            .collect(),
        Stage::WoQuantization => operands
            .filter(|o| is_weight(recipe, o, true))
            .map(|o| expected(o, INTEGERS))
            .collect(),
        Stage::RecordMinmax | Stage::Calibration => operands
            .filter(|o| o.is_float_activation())
            .map(|o| expected(o, RANGE))
            .collect(),
        Stage::Own(word) => {
            return Err(format!(
                "the stage `{word}` is a package's own, whose tensors are those of its goldens"
            ));
        }
        Stage::Quantization => {
            let keys = |operand: &Operand| match (&operand.filler, operand.dtype.as_str()) {
                (_, "FLOAT32") if row.kind.is_tflite() => Some(INTEGERS),
                (Some(_), "FLOAT32") => Some(INTEGERS),
                (Some(_), _) => Some(PLAIN),
                (None, "FLOAT32") => Some(ACTIVATION),
                (None, _) => None,
            };
            let own: Vec<_> = operands
                .filter_map(|o| keys(o).map(|keys| expected(o, keys)))
                .collect();
            let inserted = match (row.kind, qconf) {
                (RowKind::QConf, Some(qconf)) => inserted(recipe, row.setting()?.0, qconf)?,
                _ => Vec::new(),
            };
            own.into_iter()
                .chain(inserted.into_iter().map(|name| Expected {
                    name,
                    keys: ACTIVATION,
                }))
                .collect()
        }
    })
}

/// Whether any operation or the interface names the operand.
fn is_used(recipe: &Recipe, operand: &Operand) -> bool {
    let mut names = recipe
        .operations
        .iter()
        .flat_map(|o| o.inputs.iter().chain(&o.outputs))
        .chain(&recipe.inputs)
        .chain(&recipe.outputs);
    names.any(|name| *name == operand.name)
}

fn is_weight(recipe: &Recipe, operand: &Operand, weights_only: bool) -> bool {
    operand.is_float_const()
        && recipe.operations.iter().any(|operation| {
            let weights = operators::find(&operation.kind).and_then(|operator| operator.weights);
            weights.is_some_and(|weights| {
                (!weights_only || weights.weights_only)
                    && operation
                        .inputs
                        .get(weights.filter)
                        .is_some_and(|name| *name == operand.name)
            })
        })
}

/// Outputs of the Quantize operators that stay in a mixed-precision model.
///
/// An operation whose type is not the default gets one before each activation that is made in the default
/// type (a graph input, or the output of a default operation), and one behind each output that somebody
/// reads in the default type (a default operation, or the graph's interface). Between two operations of the
/// same other type the pair of Quantize operators falls away, unless the first has a fixed range and the
/// second gives its inputs its own: then one stays, with another range on each side.
fn inserted(recipe: &Recipe, default: QuantType, qconf: &Qconf) -> Result<Vec<String>, String> {
    let layers = qconf.names(&|name| recipe.producer(name).is_some())?;
    let differs = |operation: &Operation| {
        layers
            .iter()
            .any(|(name, layer)| layer.dtype != default && operation.outputs.iter().any(|o| o == name))
    };
    let mut names: Vec<String> = Vec::new();
    let mut add = |wanted: String, recipe: &Recipe| {
        let mut name = wanted.clone();
        let mut number = 0;
        while names.contains(&name) || recipe.operand(&name).is_some() {
            number += 1;
            name = format!("{wanted}_{number}");
        }
        names.push(name);
    };
    for operation in recipe.operations.iter().filter(|operation| differs(operation)) {
        let Some(operator) = operators::find(&operation.kind) else {
            continue;
        };
        let mut done: Vec<&str> = Vec::new();
        for (index, input) in operation.inputs.iter().enumerate() {
            let activation = recipe.operand(input).is_some_and(Operand::is_float_activation);
            let made_default = recipe.producer(input).is_none_or(|producer| !differs(producer));
            if !operator.activations.contains(index) || !activation || done.contains(&input.as_str()) {
                continue;
            }
            if made_default {
                add(quantize_name(input), recipe);
                done.push(input);
            } else if has_fixed_range(recipe, input) && gives_inputs_its_range(operation) {
                add(quantize_name(&quantize_name(input)), recipe);
                done.push(input);
            }
        }
        for output in &operation.outputs {
            let readers = recipe
                .operations
                .iter()
                .filter(|reader| reader.inputs.contains(output));
            let read_in_default = readers.into_iter().any(|reader| !differs(reader));
            if read_in_default || recipe.outputs.contains(output) {
                add(quantize_name(output), recipe);
            }
        }
    }
    Ok(names)
}

/// Whether the range of an activation does not come from data: an operation with a fixed range makes it, or
/// one that hands on such a range.
fn has_fixed_range(recipe: &Recipe, name: &str) -> bool {
    let Some(operation) = recipe.producer(name) else {
        return false;
    };
    if matches!(operation.option("activation"), Some(OptionValue::Word(word)) if word == "TANH") {
        return true;
    }
    let handed_on = match operation.kind.as_str() {
        "Logistic" | "Softmax" | "Tanh" => return true,
        "Reshape" | "Transpose" => operation.inputs.first(),
        "Split" => operation.inputs.get(1),
        _ => None,
    };
    handed_on.is_some_and(|input| has_fixed_range(recipe, input))
}

/// Whether the inputs of an operation take the parameters of its output.
fn gives_inputs_its_range(operation: &Operation) -> bool {
    let fused = || {
        let activation = operation.option("activation");
        activation.is_some_and(|activation| *activation != OptionValue::Word("NONE".to_owned()))
    };
    match operation.kind.as_str() {
        "Reshape" | "Transpose" => true,
        "Concatenation" => !fused(),
        _ => false,
    }
}
