//! The float model and the quantized one side by side, operation after operation, on all records.

use std::collections::BTreeMap;

use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::recipe::{Operation, OptionValue, Recipe};

use super::layer_view::{LayerView, active};
use super::layers::{Layer, activation, layers, moments, values};
use super::rounding;
use crate::rounding::round;
use crate::tensor::{Tensor, elements, tensor};
use crate::{eval, kernels};

/// What the scheme makes of a model: goldens by the names of tensors.
pub(super) struct Grids(BTreeMap<String, Golden>);

impl Grids {
    pub fn of(goldens: &[(String, Golden)]) -> Self {
        Self(goldens.iter().cloned().collect())
    }

    /// The scales of a tensor.
    pub fn scales(&self, name: &str) -> Vec<f32> {
        self.0
            .get(name)
            .and_then(|golden| golden.scale.clone())
            .unwrap_or_default()
    }

    /// What a value of an activation becomes: its integer, and back.
    fn fake(&self, name: &str, x: f64) -> f64 {
        let Some(golden) = self.0.get(name).filter(|golden| golden.weights.is_none()) else {
            return x;
        };
        let (Some([scale]), Some([zero])) = (golden.scale.as_deref(), golden.zero_point.as_deref()) else {
            return x;
        };
        let (low, high) = match golden.dtype.as_deref() {
            Some("int8") => (-128, 127),
            Some("uint8") => (0, 255),
            _ => (-32768, 32767),
        };
        let q = round(f64::from(x as f32 / scale) + *zero as f64, low, high) - zero;
        f64::from(q as f32 * scale)
    }

    /// What the integers of a layer's weights mean.
    pub fn reals(&self, layer: &Layer) -> Vec<f64> {
        let scales = self.scales(&layer.weights);
        let scale = |at: usize| scales[if scales.len() == 1 { 0 } else { layer.output(at) }];
        match self
            .0
            .get(&layer.weights)
            .and_then(|golden| golden.weights.as_ref())
        {
            Some(Numbers::Int(whole)) => {
                let whole = whole.iter().enumerate();
                whole.map(|(at, q)| f64::from(*q as f32 * scale(at))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A model, what it came from, and what becomes of it.
pub(super) struct Layerwise<'a> {
    pub reference: &'a Recipe,
    pub work: &'a Recipe,
    pub grids: &'a Grids,
    pub inputs: &'a [Vec<Vec<f64>>],
}

type Values = Vec<BTreeMap<String, Tensor>>;

impl Layerwise<'_> {
    /// The new elements of the constants that a remedy changes.
    pub fn run(&self, remedy: &str) -> Result<Vec<(String, Vec<f64>)>, String> {
        let layers = layers(self.reference)?;
        let (mut float, mut quantized) = (
            start(self.reference, self.inputs)?,
            start(self.work, self.inputs)?,
        );
        for values in &mut quantized {
            for name in &self.work.inputs {
                self.fake(values, name);
            }
        }
        let mut known: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut found = Vec::new();
        for (op, operation) in self.reference.operations.iter().enumerate() {
            let made = &operation.outputs[0];
            let Some(layer) = layers.iter().find(|layer| layer.op == op) else {
                for values in float.iter_mut().chain(&mut quantized) {
                    run(operation, values, self.reference)?;
                }
                quantized.iter_mut().for_each(|values| self.fake(values, made));
                continue;
            };
            let fused = activation(operation);
            let linear = without_activation(operation);
            for values in &mut float {
                run(&linear, values, self.reference)?;
            }
            let channels = layer.outputs();
            let wanted: Vec<Vec<f64>> = float.iter().map(|values| elements(&values[made])).collect();
            let of_wanted = moments(&wanted, channels);
            let expected = of_wanted
                .iter()
                .map(|(mean, deviation)| clipped(fused, *mean, *deviation));
            known.insert(made.clone(), expected.collect());
            let mut reals = self.grids.reals(layer);
            let (weights, bias) = (values(self.work, &layer.weights), values(self.work, &layer.bias));
            let reads: Vec<Tensor> = quantized
                .iter()
                .map(|values| values[&layer.data].clone())
                .collect();
            let seen = LayerView {
                layer,
                operation: &linear,
                activation: fused,
                scales: &self.grids.scales(&layer.weights),
                weights: &weights,
                bias: &bias,
                reads: &reads,
                wanted: &wanted,
            };
            let rounded = match remedy {
                "gptq" if layer.shape.len() == 2 => Some(rounding::gptq(&seen)),
                "adaround" => Some(rounding::adaround(&seen)),
                _ => None,
            };
            if let Some(rounded) = rounded {
                reals.clone_from(&rounded);
                found.push((layer.weights.clone(), rounded));
            }
            for values in &mut quantized {
                if let Some(tensor) = values.get_mut(&layer.weights) {
                    tensor.iter_mut().zip(&reals).for_each(|(x, real)| *x = *real);
                }
                run(&linear, values, self.work)?;
            }
            let shift: Vec<f64> = match remedy {
                "bias-correction" => {
                    let is: Vec<Vec<f64>> = quantized.iter().map(|values| elements(&values[made])).collect();
                    let is = moments(&is, channels);
                    of_wanted
                        .iter()
                        .zip(is)
                        .map(|(wanted, is)| wanted.0 - is.0)
                        .collect()
                }
                "bias-correction-analytic" => {
                    let reads: Vec<Vec<f64>> = float
                        .iter()
                        .map(|values| elements(&values[&layer.data]))
                        .collect();
                    let count = float[0][&layer.data].shape().last().copied().unwrap_or(1);
                    let measured = || moments(&reads, count).into_iter().map(|(mean, _)| mean).collect();
                    let expected: Vec<f64> = known.get(&layer.data).cloned().unwrap_or_else(measured);
                    let mut shift = vec![0.0; channels];
                    for (at, (w, real)) in weights.iter().zip(&reals).enumerate() {
                        shift[layer.output(at)] += (w - real) * expected[layer.input(at, count)];
                    }
                    shift
                }
                _ => vec![0.0; channels],
            };
            if remedy.starts_with("bias") {
                let moved = bias
                    .iter()
                    .zip(&shift)
                    .map(|(bias, by)| bias + f64::from(*by as f32));
                found.push((layer.bias.clone(), moved.collect()));
            }
            for (values, shift) in float
                .iter_mut()
                .map(|values| (values, None))
                .chain(quantized.iter_mut().map(|values| (values, Some(&shift))))
            {
                if let Some(tensor) = values.get_mut(made) {
                    for (at, x) in tensor.iter_mut().enumerate() {
                        *x = active(fused, *x + shift.map_or(0.0, |shift| shift[at % channels]));
                    }
                }
            }
            quantized.iter_mut().for_each(|values| self.fake(values, made));
        }
        Ok(found)
    }

    fn fake(&self, values: &mut BTreeMap<String, Tensor>, name: &str) {
        if let Some(tensor) = values.get_mut(name) {
            tensor.mapv_inplace(|x| self.grids.fake(name, x));
        }
    }
}

/// What each layer makes of the records in the float model, before its activation.
pub(super) fn plain(recipe: &Recipe, inputs: &[Vec<Vec<f64>>]) -> Result<Vec<Vec<Vec<f64>>>, String> {
    let layers = layers(recipe)?;
    let mut made = vec![Vec::new(); layers.len()];
    for mut values in start(recipe, inputs)? {
        for (op, operation) in recipe.operations.iter().enumerate() {
            if let Some(layer) = layers.iter().position(|layer| layer.op == op) {
                let mut linear = values.clone();
                run(&without_activation(operation), &mut linear, recipe)?;
                made[layer].push(elements(&linear[&operation.outputs[0]]));
            }
            run(operation, &mut values, recipe)?;
        }
    }
    Ok(made)
}

/// Inputs and constants of each record.
fn start(recipe: &Recipe, inputs: &[Vec<Vec<f64>>]) -> Result<Values, String> {
    let constants = eval::constants(recipe).unwrap_or_default();
    let one = |record: &Vec<Vec<f64>>| {
        let mut values = constants.clone();
        for (name, data) in recipe.inputs.iter().zip(record) {
            let operand = recipe.operand(name);
            let shape = operand.map_or_else(Vec::new, |operand| {
                operand.shape.iter().map(|d| *d as usize).collect()
            });
            values.insert(name.clone(), tensor(&shape, data.clone())?);
        }
        Ok(values)
    };
    inputs.iter().map(one).collect()
}

fn run(operation: &Operation, values: &mut BTreeMap<String, Tensor>, recipe: &Recipe) -> Result<(), String> {
    let inputs: Vec<Option<&Tensor>> = operation.inputs.iter().map(|name| values.get(name)).collect();
    let mut made = kernels::run(operation, &inputs, recipe)?;
    let made = made.pop().ok_or("an operation makes nothing")?;
    values.insert(operation.outputs[0].clone(), made);
    Ok(())
}

fn without_activation(operation: &Operation) -> Operation {
    let mut linear = operation.clone();
    for (name, value) in &mut linear.options {
        if name == "activation" {
            *value = OptionValue::Word("NONE".to_owned());
        }
    }
    linear
}

/// The mean of a normal distribution behind an activation, by a sum of a million parts.
fn clipped(activation: &str, mean: f64, deviation: f64) -> f64 {
    if activation == "NONE" || deviation == 0.0 {
        return active(activation, mean);
    }
    let (mut sum, mut whole) = (0.0, 0.0);
    for part in 0..1_000_000 {
        let z = -8.0 + 16.0 * (f64::from(part) + 0.5) / 1_000_000.0;
        let density = (-z * z / 2.0).exp();
        sum += density * active(activation, mean + deviation * z);
        whole += density;
    }
    sum / whole
}
