//! A recipe's graph as the quantizers see it, and what they make of its operands.

use std::collections::BTreeMap;

use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::recipe::{Filler, Operation, Recipe};
use quant_case::uses::use_name;

use super::tables::squash;

/// Minimum and maximum of float tensors, by name.
pub type Ranges = BTreeMap<String, (f32, f32)>;

/// What an operand has become.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// `int8`, `float32`, …
    pub dtype: &'static str,
    /// None, one, or one a channel.
    pub scale: Vec<f32>,
    /// As many.
    pub zero_point: Vec<i64>,
    /// The dimension of the channels, of constants.
    pub dimension: i32,
    /// Elements of a constant that is no float.
    pub values: Option<Vec<i64>>,
}

impl View {
    /// What stays float.
    pub fn float() -> Self {
        Self {
            dtype: "float32",
            ..Self::default()
        }
    }

    /// An activation.
    pub fn activation(dtype: &'static str, scale: f32, zero_point: i64) -> Self {
        Self {
            dtype,
            scale: vec![scale],
            zero_point: vec![zero_point],
            ..Self::default()
        }
    }

    /// Whether the parameters are the same.
    pub fn same(&self, other: &Self) -> bool {
        self.dtype == other.dtype && self.scale == other.scale && self.zero_point == other.zero_point
    }

    fn golden(&self, shape: &[i32]) -> Golden {
        let some = !self.scale.is_empty();
        Golden {
            dtype: Some(self.dtype.to_owned()),
            shape: if self.values.is_some() {
                shape.iter().map(|d| *d as usize).collect()
            } else {
                Vec::new()
            },
            weights: self.values.clone().map(Numbers::Int),
            scale: some.then(|| self.scale.clone()),
            zero_point: some.then(|| self.zero_point.clone()),
            quantized_dimension: (some && self.values.is_some()).then_some(self.dimension),
            ..Golden::default()
        }
    }
}

/// What became of a model.
#[derive(Clone, Debug, Default)]
pub struct Views {
    /// Of graph inputs, as they enter: those that a QUANTIZE reads are its result.
    pub inputs: BTreeMap<String, View>,
    /// What each operator reads in each place; `None` for operands that are absent or no floats.
    pub reads: Vec<Vec<Option<View>>>,
    /// What each operator makes; the same.
    pub makes: Vec<Vec<Option<View>>>,
    /// Constants as they are stored, where the first that reads them reads something else: a DEQUANTIZE's result.
    pub stored: BTreeMap<String, View>,
}

/// A graph with its constants and ranges.
pub struct Net<'a> {
    pub recipe: &'a Recipe,
    pub ranges: &'a Ranges,
    places: BTreeMap<&'a str, usize>,
    makers: BTreeMap<&'a str, (usize, usize)>,
    users: BTreeMap<&'a str, Vec<(usize, usize)>>,
    kinds: Vec<String>,
}

impl<'a> Net<'a> {
    pub fn new(recipe: &'a Recipe, ranges: &'a Ranges) -> Result<Self, String> {
        let operands = recipe.operands.iter().enumerate();
        let places = operands
            .map(|(at, operand)| (operand.name.as_str(), at))
            .collect();
        let (mut makers, mut users) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
        for (at, op) in recipe.operations.iter().enumerate() {
            makers.extend(
                op.outputs
                    .iter()
                    .enumerate()
                    .map(|(slot, name)| (name.as_str(), (at, slot))),
            );
            for (slot, name) in op.inputs.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
                users.entry(name.as_str()).or_default().push((at, slot));
            }
        }
        let sparse = recipe.operands.iter().find(|operand| operand.sparsity.is_some());
        if let Some(operand) = sparse {
            return Err(format!(
                "the oracle does not know sparse constants, as `{}`",
                operand.name
            ));
        }
        Ok(Self {
            recipe,
            ranges,
            places,
            makers,
            users,
            kinds: recipe.operations.iter().map(|op| squash(&op.kind)).collect(),
        })
    }

    pub fn len(&self) -> usize {
        self.recipe.operations.len()
    }

    pub fn op(&self, at: usize) -> &'a Operation {
        &self.recipe.operations[at]
    }

    /// Whether an operator is one of a table's.
    pub fn is(&self, at: usize, table: &[&str]) -> bool {
        table.iter().any(|kind| squash(kind) == self.kinds[at])
    }

    pub fn is_float(&self, name: &str) -> bool {
        self.places
            .get(name)
            .is_some_and(|at| self.recipe.operands[*at].dtype == "FLOAT32")
    }

    /// The elements of a float constant.
    pub fn floats(&self, name: &str) -> Option<&'a [f32]> {
        let operand = &self.recipe.operands[*self.places.get(name)?];
        match &operand.filler {
            Some(Filler::Float(values)) if operand.dtype == "FLOAT32" => Some(values),
            _ => None,
        }
    }

    pub fn is_activation(&self, name: &str) -> bool {
        self.is_float(name) && self.floats(name).is_none()
    }

    pub fn shape(&self, name: &str) -> &'a [i32] {
        self.places
            .get(name)
            .map_or(&[], |at| &self.recipe.operands[*at].shape)
    }

    pub fn size(&self, name: &str) -> usize {
        self.shape(name).iter().map(|d| *d as usize).product()
    }

    pub fn maker(&self, name: &str) -> Option<usize> {
        self.makers.get(name).map(|(at, _)| *at)
    }

    /// The operators that read a tensor, with the place where they do.
    pub fn users(&self, name: &str) -> &[(usize, usize)] {
        self.users.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn is_output(&self, name: &str) -> bool {
        self.recipe.outputs.iter().any(|output| output == name)
    }

    pub fn range(&self, name: &str) -> Option<(f32, f32)> {
        self.ranges.get(name).copied()
    }

    /// The float operands of an operator, with their places.
    pub fn float_inputs(&self, at: usize) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        let inputs = self.op(at).inputs.iter().map(String::as_str).enumerate();
        inputs.filter(|(_, name)| self.is_float(name))
    }

    pub fn float_outputs(&self, at: usize) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        let outputs = self.op(at).outputs.iter().map(String::as_str).enumerate();
        outputs.filter(|(_, name)| self.is_float(name))
    }

    /// Views of a model in which everything is float.
    pub fn views(&self) -> Views {
        let of = |names: &[String]| {
            names
                .iter()
                .map(|name| self.is_float(name).then(View::float))
                .collect::<Vec<_>>()
        };
        let inputs = self.recipe.inputs.iter().filter(|name| self.is_float(name));
        Views {
            inputs: inputs.map(|name| (name.clone(), View::float())).collect(),
            reads: self.recipe.operations.iter().map(|op| of(&op.inputs)).collect(),
            makes: self.recipe.operations.iter().map(|op| of(&op.outputs)).collect(),
            stored: BTreeMap::new(),
        }
    }
}

/// Tensors by name, and uses that read something else than the tensor's own golden says.
pub fn goldens(recipe: &Recipe, views: &Views) -> Vec<(String, Golden)> {
    let mut own: BTreeMap<&str, View> = BTreeMap::new();
    own.extend(
        views
            .inputs
            .iter()
            .map(|(name, view)| (name.as_str(), view.clone())),
    );
    own.extend(
        views
            .stored
            .iter()
            .map(|(name, view)| (name.as_str(), view.clone())),
    );
    for (op, makes) in recipe.operations.iter().zip(&views.makes) {
        for (name, view) in op.outputs.iter().zip(makes) {
            own.extend(view.clone().map(|view| (name.as_str(), view)));
        }
    }
    for (op, reads) in recipe.operations.iter().zip(&views.reads) {
        for (name, view) in op.inputs.iter().zip(reads) {
            if let Some(view) = view {
                own.entry(name).or_insert_with(|| view.clone());
            }
        }
    }
    let mut goldens = Vec::new();
    for operand in &recipe.operands {
        let plain = match &operand.filler {
            Some(Filler::Int(values)) => Some(Golden {
                dtype: Some(operand.dtype.to_lowercase()),
                shape: operand.shape.iter().map(|d| *d as usize).collect(),
                weights: Some(Numbers::Int(values.clone())),
                ..Golden::default()
            }),
            _ => own
                .get(operand.name.as_str())
                .map(|view| view.golden(&operand.shape)),
        };
        goldens.extend(plain.map(|golden| (operand.name.clone(), golden)));
    }
    for (op, reads) in recipe.operations.iter().zip(&views.reads) {
        for (name, view) in op.inputs.iter().zip(reads) {
            let Some(view) = view.as_ref().filter(|view| own.get(name.as_str()) != Some(view)) else {
                continue;
            };
            let name = (
                name,
                use_name(name, op.outputs.first().map_or("", String::as_str)),
            );
            let shape = recipe.operand(name.0).map_or(&[][..], |operand| &operand.shape);
            if goldens.iter().all(|(other, _)| *other != name.1) {
                goldens.push((name.1, view.golden(shape)));
            }
        }
    }
    goldens
}

/// Whether an operator computes no activation function behind itself.
pub fn has_no_activation(op: &Operation) -> bool {
    use quant_case::recipe::OptionValue;
    match op.option("activation") {
        Some(OptionValue::Word(word)) => word == "NONE",
        _ => true,
    }
}
