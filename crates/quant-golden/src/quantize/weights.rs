//! Weights: every channel by its own range.

use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::qconf::Qconf;
use quant_case::recipe::{Filler, Operand, Operation, Recipe};
use quant_case::{Granularity, QuantType, operators};

use super::param::{Param, param};
use super::setting::{Setting, setting};

/// Integers of a constant with the parameters of each channel.
pub(super) struct Quantized {
    pub(super) integers: Vec<i64>,
    pub(super) params: Vec<Param>,
    pub(super) axis: Option<usize>,
}

impl Quantized {
    fn channel(&self, shape: &[usize], element: usize) -> Param {
        self.params[channel_of(shape, self.axis, element)]
    }

    pub(super) fn golden(self, shape: Vec<usize>, dtype: &str) -> Golden {
        Golden {
            dtype: Some(dtype.to_owned()),
            shape,
            weights: Some(Numbers::Int(self.integers)),
            scale: Some(self.params.iter().map(|p| p.scale).collect()),
            zero_point: Some(self.params.iter().map(|p| p.zero_point).collect()),
            quantized_dimension: Some(self.axis.unwrap_or(0) as i32),
            ..Golden::default()
        }
    }
}

pub(super) fn channel_of(shape: &[usize], axis: Option<usize>, element: usize) -> usize {
    axis.map_or(0, |axis| {
        element / shape[axis + 1..].iter().product::<usize>() % shape[axis]
    })
}

pub(super) fn shape_of(operand: &Operand) -> Vec<usize> {
    operand.shape.iter().map(|d| *d as usize).collect()
}

pub(super) fn floats(operand: &Operand) -> Vec<f64> {
    match &operand.filler {
        Some(Filler::Float(values)) => values.iter().map(|x| f64::from(*x)).collect(),
        _ => Vec::new(),
    }
}

/// Values quantized by the range of each channel.
pub(super) fn by_range(values: &[f64], shape: &[usize], dtype: QuantType, axis: Option<usize>) -> Quantized {
    let count = axis.map_or(1, |axis| shape[axis]);
    let params: Vec<Param> = (0..count)
        .map(|channel| {
            let own = values
                .iter()
                .enumerate()
                .filter(|(at, _)| channel_of(shape, axis, *at) == channel);
            let (min, max) = own.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), (_, x)| {
                (min.min(*x), max.max(*x))
            });
            param(dtype, min, max)
        })
        .collect();
    let integers = values
        .iter()
        .enumerate()
        .map(|(at, x)| params[channel_of(shape, axis, at)].integer(*x))
        .collect();
    Quantized {
        integers,
        params,
        axis,
    }
}

/// The channel dimension of an operation's filter.
pub(super) fn filter_axis(kind: &str) -> usize {
    if kind == "DepthwiseConv2D" { 3 } else { 0 }
}

/// The filter of an operation, when it has one that is constant.
pub(super) fn filter<'a>(
    recipe: &'a Recipe,
    operation: &Operation,
    weights_only: bool,
) -> Option<&'a Operand> {
    let weights = operators::find(&operation.kind)?.weights?;
    if weights_only && !weights.weights_only {
        return None;
    }
    recipe
        .operand(operation.inputs.get(weights.filter)?)
        .filter(|operand| operand.is_float_const())
}

pub(super) fn quantized_filter(operand: &Operand, kind: &str, setting: Setting) -> Quantized {
    let axis = (setting.granularity == Granularity::Channel).then(|| filter_axis(kind));
    by_range(&floats(operand), &shape_of(operand), setting.dtype, axis)
}

/// Weights after quantization and dequantization, with their parameters.
pub fn fake_weights(recipe: &Recipe, default: Setting, qconf: Option<&Qconf>) -> Vec<(String, Golden)> {
    let mut goldens = Vec::new();
    for operation in &recipe.operations {
        let Some(operand) = filter(recipe, operation, false) else {
            continue;
        };
        let setting = setting(operation, default, qconf);
        if !matches!(setting.dtype, QuantType::Uint8 | QuantType::Int16) {
            continue;
        }
        let shape = shape_of(operand);
        let quantized = quantized_filter(operand, &operation.kind, setting);
        let values = quantized.integers.iter().enumerate();
        let values = values
            .map(|(at, q)| quantized.channel(&shape, at).real(*q))
            .collect();
        let (min, max) = quantized.params.iter().map(|p| p.ends).unzip();
        let mut golden = quantized.golden(shape, "float32");
        golden.weights = Some(Numbers::Float(values));
        (golden.min, golden.max) = (Some(min), Some(max));
        goldens.push((operand.name.clone(), golden));
    }
    goldens
}

/// Weights quantized, symmetric and channel-wise.
pub fn weights_only(recipe: &Recipe, dtype: QuantType) -> Vec<(String, Golden)> {
    let setting = Setting {
        dtype,
        granularity: Granularity::Channel,
    };
    let of = |operation: &Operation| {
        let operand = filter(recipe, operation, true)?;
        let quantized = quantized_filter(operand, &operation.kind, setting);
        Some((
            operand.name.clone(),
            quantized.golden(shape_of(operand), dtype.word()),
        ))
    };
    recipe.operations.iter().filter_map(of).collect()
}
