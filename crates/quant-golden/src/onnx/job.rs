//! A model and what is asked of it: what quantizers of every format need.

use std::collections::BTreeMap;

use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::recipe::{Filler, Operation, Recipe};

use super::forward::int;
use super::params::{self, Integers, Params, Rule};

/// Ranges of float values by their names.
pub(super) type Ranges = BTreeMap<String, (f32, f32)>;

/// What becomes of a tensor.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub integers: Option<Integers>,
    pub params: Vec<Params>,
    /// The dimension of the channels, where the file says it.
    pub axis: Option<usize>,
    /// Whether the file has the scale.
    pub has_scale: bool,
    /// Of a constant: dimensions and integers.
    pub values: Option<(Vec<usize>, Vec<i64>)>,
}

impl View {
    pub fn activation(integers: Integers, params: Params) -> Self {
        Self {
            integers: Some(integers),
            params: vec![params],
            has_scale: true,
            ..Self::default()
        }
    }

    pub fn golden(&self) -> Golden {
        let Some(integers) = self.integers else {
            return Golden {
                dtype: Some("float32".to_owned()),
                ..Golden::default()
            };
        };
        let scale = self.params.iter().map(|params| params.scale).collect();
        let zero = self.params.iter().map(|params| params.zero).collect();
        let (shape, values) = self.values.clone().unzip();
        Golden {
            dtype: Some(integers.word().to_owned()),
            shape: shape.unwrap_or_default(),
            weights: values.map(Numbers::Int),
            scale: self.has_scale.then_some(scale),
            zero_point: self.has_scale.then_some(zero),
            quantized_dimension: self.axis.map(|axis| axis as i32),
            ..Golden::default()
        }
    }
}

/// A model, and what is asked of it.
pub(super) struct Job<'a> {
    pub recipe: &'a Recipe,
    pub activation: Integers,
    pub weight: Integers,
    pub per_channel: bool,
}

pub(super) fn extremes(values: impl Iterator<Item = f32>) -> (f32, f32) {
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), x| {
        (least.min(x), most.max(x))
    })
}

impl Job<'_> {
    /// How often a value is read.
    pub fn uses(&self, name: &str) -> usize {
        let inputs = self
            .recipe
            .operations
            .iter()
            .flat_map(|operation| &operation.inputs);
        inputs.filter(|input| *input == name).count()
    }

    /// Whether a Relu or Clip alone reads what it cuts, inside the graph.
    pub fn cuts_alone(&self, x: &str) -> bool {
        let interface = self.recipe.inputs.iter().chain(&self.recipe.outputs);
        self.uses(x) == 1 && interface.into_iter().all(|name| name != x)
    }

    /// The ranges that are quantized with: what only a Relu or Clip reads has the range of what that makes, and a softmax is from
    /// 0 to 1.
    pub fn settled(&self, mut ranges: Ranges) -> Ranges {
        for operation in &self.recipe.operations {
            let (x, y) = (&operation.inputs[0], &operation.outputs[0]);
            match operation.kind.as_str() {
                "Relu" | "Clip" if self.uses(x) == 1 && !self.recipe.outputs.contains(x) => {
                    if let Some(range) = ranges.get(y).copied() {
                        ranges.insert(x.clone(), range);
                    }
                }
                "Softmax" => {
                    ranges.insert(y.clone(), (0.0, 1.0));
                }
                _ => {}
            }
        }
        ranges
    }

    /// Dimensions and elements of a float constant.
    pub fn constant(&self, name: &str) -> Option<(Vec<usize>, Vec<f32>)> {
        let operand = self.recipe.operand(name)?;
        match &operand.filler {
            Some(Filler::Float(values)) => Some((
                operand.shape.iter().map(|size| *size as usize).collect(),
                values.clone(),
            )),
            _ => None,
        }
    }

    /// A constant's integers, with a scale for each channel of an axis or one for all.
    pub fn whole(&self, name: &str, rule: Rule, axis: Option<usize>) -> Result<View, String> {
        let (shape, values) = self
            .constant(name)
            .ok_or_else(|| format!("`{name}` is no constant"))?;
        let inner: usize = axis.map_or(1, |axis| shape[axis + 1..].iter().product());
        let count = axis.map_or(1, |axis| shape[axis]);
        let channel = |place: usize| place / inner % count;
        let params = (0..count).map(|wanted| {
            let own = values
                .iter()
                .enumerate()
                .filter(|(place, _)| channel(*place) == wanted);
            let (least, most) = extremes(own.map(|(_, x)| *x));
            rule.params(least, most)
        });
        let params: Vec<Params> = params.collect();
        let values = values.iter().enumerate();
        let integers = values.map(|(place, x)| rule.integers.whole(*x, params[channel(place)]));
        Ok(View {
            integers: Some(rule.integers),
            values: Some((shape, integers.collect())),
            params,
            axis,
            has_scale: true,
        })
    }

    /// Makes a weight's scale larger where the bias would not fit into 32 bits otherwise.
    pub fn adjust(&self, name: &str, weight: &mut View, input: f32, bias: &[f32]) {
        if weight.params.iter().any(|params| params.zero != 0) {
            return;
        }
        let single = weight.params.len() == 1;
        let largest = bias.iter().fold(0.0f32, |most, b| most.max(b.abs()));
        let mut grown = weight.params.clone();
        for (channel, params) in grown.iter_mut().enumerate() {
            // Of one scale all is f64; of channels the share is f32.
            let share = if single {
                1.0001 * (2.0 * f64::from(largest))
            } else {
                f64::from(1.0001f32 * (2.0 * bias[channel % bias.len()].abs()))
            };
            let need = share / 4_294_967_294.0;
            let product = f64::from(input) * f64::from(params.scale);
            if product > 0.0 && product < need {
                params.scale = (f64::from(params.scale) * (need / product)) as f32;
            }
        }
        if grown == weight.params {
            return;
        }
        if let (Some((shape, values)), Some(integers)) = (self.constant(name), weight.integers) {
            let inner: usize = weight.axis.map_or(1, |axis| shape[axis + 1..].iter().product());
            let values = values.iter().enumerate();
            let whole = values.map(|(place, x)| integers.whole(*x, grown[place / inner % grown.len()]));
            weight.values = Some((shape, whole.collect()));
            weight.params = grown;
        }
    }

    /// A bias in the scales of its input and weight.
    pub fn bias(&self, name: &str, factor: f32, input: f32, weight: &View) -> Result<View, String> {
        let (mut shape, values) = self
            .constant(name)
            .ok_or_else(|| format!("`{name}` is no constant"))?;
        let scales: Vec<f32> = weight.params.iter().map(|params| input * params.scale).collect();
        if scales.len() > 1 {
            if values.len() != scales.len() {
                return Err(format!(
                    "the oracle has no bias of {} values for {}",
                    values.len(),
                    scales.len()
                ));
            }
            shape = vec![values.len()];
        }
        let values = values.iter().enumerate();
        let whole = values.map(|(place, b)| params::bias(b * factor, scales[place % scales.len()]));
        let whole = whole.collect();
        Ok(View {
            integers: Some(Integers::Int32),
            axis: (scales.len() > 1).then_some(0),
            params: scales
                .into_iter()
                .map(|scale| Params { scale, zero: 0 })
                .collect(),
            has_scale: true,
            values: Some((shape, whole)),
        })
    }
}

/// The axis of a product's channels in its weight; `None` for a weight with one scale.
pub(super) fn channels(operation: &Operation, per_channel: bool) -> Option<usize> {
    let across = operation.kind == "Gemm" && int(operation, "transB", 0) == 0;
    per_channel.then_some(usize::from(across))
}
