//! Which tensors a stage must have a golden for. Build script, test runner and oracle all ask here.

mod inserted;

use crate::Stage;
use crate::golden::Tensor;
use crate::qconf::Qconf;
use crate::recipe::{Operand, Recipe};
use crate::row::{Row, RowKind};

use crate::{onnx, operators};
use inserted::inserted;
pub use inserted::quantize_name;

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
        Stage::Quantization if kind == RowKind::Onnx => "float tensor and float constant of the float model",
        Stage::Quantization if kind.is_tflite() => {
            "float tensor and constant of the float model, and use of one (`tensor@output`) that reads something else"
        }
        Stage::FakeQuantization => {
            "constant filter of Conv2D, DepthwiseConv2D, TransposeConv and FullyConnected"
        }
        Stage::Remedies => "weight and bias of Conv2D, DepthwiseConv2D, TransposeConv and FullyConnected",
        Stage::WoQuantization => "constant filter of Conv2D, DepthwiseConv2D and FullyConnected",
        Stage::RecordMinmax | Stage::Calibration => "graph input and float activation",
        Stage::Quantization => "graph input, activation, constant and inserted Quantize",
        Stage::Own(_) => "golden",
    }
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
    let recipe = &if row.kind.is_foreign() {
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
            .filter(|o| row.kind != RowKind::Onnx || is_calibrated(recipe, &o.name))
            .map(|o| expected(o, RANGE))
            .collect(),
        Stage::Remedies => operands
            .filter(|o| o.is_float_const() && is_of_layer(recipe, &o.name))
            .map(|o| expected(o, &[Key::Weights]))
            .collect(),
        Stage::Own(word) => {
            return Err(format!(
                "the stage `{word}` is a package's own, whose tensors are those of its goldens"
            ));
        }
        Stage::Quantization => {
            let keys = |operand: &Operand| match (&operand.filler, operand.dtype.as_str()) {
                (_, "FLOAT32") if row.kind.is_foreign() => Some(INTEGERS),
                _ if row.kind == RowKind::Onnx => None,
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

/// Whether an operation of an ONNX model that is quantized reads or makes a value.
fn is_calibrated(recipe: &Recipe, name: &str) -> bool {
    let mut taken = recipe
        .operations
        .iter()
        .filter(|operation| onnx::is_calibrated(&operation.kind));
    taken.any(|operation| {
        operation
            .inputs
            .iter()
            .chain(&operation.outputs)
            .any(|other| other == name)
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

/// Whether a layer has a constant as its weights or bias.
fn is_of_layer(recipe: &Recipe, name: &str) -> bool {
    recipe.operations.iter().any(|operation| {
        let operands = match operation.kind.as_str() {
            "Conv2D" | "DepthwiseConv2D" | "FullyConnected" => [1, 2],
            "TransposeConv" => [1, 3],
            _ => return false,
        };
        operands
            .into_iter()
            .any(|at| operation.inputs.get(at).is_some_and(|other| other == name))
    })
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
