//! Constants: weights, biases, parameters, and constant activations.

use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::recipe::{Filler, Operand, Operation, Recipe};
use quant_case::{Granularity, QuantType, operators};

use super::graph::Reads;
use super::param::{Param, half_away, q_max, single};
use super::setting::Setting;
use super::weights::{Quantized, by_range, floats, quantized_filter, shape_of};

/// The integer of a value by the parameters of another tensor, in f64 but for the reciprocal of the scale.
fn integer_with(x: f64, param: Param) -> i64 {
    let q = half_away(x * single(1.0 / f64::from(param.scale))) + param.zero_point as f64;
    let low = if param.dtype == QuantType::Uint8 {
        0.0
    } else {
        -q_max(param.dtype)
    };
    q.clamp(low, q_max(param.dtype)) as i64
}

/// The constants of a model on their way.
pub struct Constants<'a> {
    recipe: &'a Recipe,
    fake: &'a [(String, Golden)],
    done: Vec<(String, Golden)>,
}

impl<'a> Constants<'a> {
    pub fn new(recipe: &'a Recipe, fake: &'a [(String, Golden)]) -> Self {
        Self {
            recipe,
            fake,
            done: Vec::new(),
        }
    }

    fn open(&self, name: &str) -> Option<&'a Operand> {
        let done = self.done.iter().any(|(other, _)| other == name);
        self.recipe
            .operand(name)
            .filter(|operand| operand.is_float_const() && !done)
    }

    /// Quantizes a constant by its own range, one scale for all.
    pub fn own_range(&mut self, name: &str, dtype: QuantType) {
        if let Some(operand) = self.open(name) {
            let shape = shape_of(operand);
            let quantized = by_range(&floats(operand), &shape, dtype, None);
            self.done
                .push((name.to_owned(), quantized.golden(shape, dtype.word())));
        }
    }

    /// Quantizes a constant with given parameters.
    pub fn with(&mut self, name: &str, param: Param) {
        if let Some(operand) = self.open(name) {
            let integers = floats(operand).iter().map(|x| integer_with(*x, param)).collect();
            let quantized = Quantized {
                integers,
                params: vec![param],
                axis: None,
            };
            self.done.push((
                name.to_owned(),
                quantized.golden(shape_of(operand), param.dtype.word()),
            ));
        }
    }

    /// Quantizes what is left of an operation's constants.
    pub fn quantize(
        &mut self,
        number: usize,
        op: &Operation,
        setting: Setting,
        reads: &Reads<'_>,
    ) -> Result<(), String> {
        if let Some(weights) = operators::find(&op.kind).and_then(|schema| schema.weights) {
            let input = operators::find(&op.kind).map_or(0, |schema| schema.activations.first());
            let Some(filter) = op.inputs.get(weights.filter).and_then(|name| self.open(name)) else {
                return Ok(());
            };
            let quantized = quantized_filter(filter, &op.kind, setting);
            let input = reads.param(&reads.name(number, input))?;
            let scales: Vec<f32> = quantized
                .params
                .iter()
                .map(|p| (f64::from(input.scale) * f64::from(p.scale)) as f32)
                .collect();
            debug_assert!(self.fake.iter().any(|(name, _)| *name == filter.name));
            self.done.push((
                filter.name.clone(),
                quantized.golden(shape_of(filter), setting.dtype.word()),
            ));
            if let Some(bias) = op.inputs.get(weights.bias).and_then(|name| self.open(name)) {
                self.done
                    .push((bias.name.clone(), bias_golden(bias, &scales, setting)));
            }
            return Ok(());
        }
        let parameters: &[usize] = match op.kind.as_str() {
            "PRelu" | "RmsNorm" => &[1],
            "InstanceNorm" => &[1, 2],
            _ => &[],
        };
        for (at, name) in op.inputs.iter().enumerate() {
            match (parameters.contains(&at), setting.granularity) {
                (true, Granularity::Channel) => {
                    if let Some(operand) = self.open(name) {
                        self.done
                            .push((name.clone(), parameter_golden(operand, setting.dtype)));
                    }
                }
                _ => self.own_range(name, setting.dtype),
            }
        }
        Ok(())
    }

    /// The goldens, with the constants that stay integers.
    pub fn finish(self) -> impl Iterator<Item = (String, Golden)> {
        let plain = self
            .recipe
            .operands
            .iter()
            .filter_map(|operand| match &operand.filler {
                Some(Filler::Int(values)) => Some((
                    operand.name.clone(),
                    Golden {
                        dtype: Some(operand.dtype.to_lowercase()),
                        shape: shape_of(operand),
                        weights: Some(Numbers::Int(values.clone())),
                        ..Golden::default()
                    },
                )),
                _ => None,
            });
        let plain: Vec<_> = plain.collect();
        self.done.into_iter().chain(plain)
    }
}

/// A bias in steps of input scale times filter scale: int32, or int64 for int16 activations. Scale, its
/// reciprocal and the number of steps are single floats in the contract.
fn bias_golden(bias: &Operand, scales: &[f32], setting: Setting) -> Golden {
    let wide = setting.dtype == QuantType::Int16;
    let values = floats(bias);
    let steps = |at: usize| single(1.0 / f64::from(scales[if scales.len() > 1 { at } else { 0 }]));
    let integers = values
        .iter()
        .enumerate()
        .map(|(at, x)| half_away(single(x * steps(at))) as i64)
        .collect();
    Golden {
        dtype: Some(if wide { "int64" } else { "int32" }.to_owned()),
        shape: shape_of(bias),
        weights: Some(Numbers::Int(integers)),
        scale: Some(scales.to_vec()),
        zero_point: Some(vec![0; scales.len()]),
        quantized_dimension: Some(0),
        ..Golden::default()
    }
}

/// gamma, beta, alpha by channel: the value is the scale, the integer its sign.
fn parameter_golden(operand: &Operand, dtype: QuantType) -> Golden {
    let negative: Vec<bool> = floats(operand).iter().map(|x| *x < 0.0).collect();
    let unsigned = dtype == QuantType::Uint8;
    let integer = |negative: &bool| match (*negative, unsigned) {
        (false, _) => 1,
        (true, true) => 0,
        (true, false) => -1,
    };
    Golden {
        dtype: Some(dtype.word().to_owned()),
        shape: shape_of(operand),
        weights: Some(Numbers::Int(negative.iter().map(integer).collect())),
        scale: Some(floats(operand).iter().map(|x| x.abs() as f32).collect()),
        zero_point: Some(negative.iter().map(|n| i64::from(*n && unsigned)).collect()),
        quantized_dimension: Some(operand.shape.len() as i32 - 1),
        ..Golden::default()
    }
}
