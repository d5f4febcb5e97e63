//! Constants as integers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Bytes, Content, DType, Float, QuantParam, TensorId};
use quant_numeric::affine::inv_scale;
use quant_numeric::channels::Channels;
use quant_numeric::coding::quantize_with_inverses;
use quant_numeric::divided::{self, Steps};
use quant_types::QuantType;

use super::facts::{Facts, Product, Role};
use super::measure::{Measured, largest, parts};
use super::memory;
use super::params::{self, Params};
use super::plan::Plan;
use crate::scheme::tflite::common::parameters::{per_channel, per_tensor};

/// The integers that operators read in place of float constants.
#[derive(Default)]
pub struct Constants {
    /// The integers.
    pub coded: Vec<Coded>,
    /// Which of them an operand is.
    pub of: BTreeMap<(usize, usize), usize>,
    /// Those that do not depend on the operator.
    known: BTreeMap<(TensorId, Role), usize>,
}

/// Integers of a constant.
pub struct Coded {
    /// The constant.
    pub source: TensorId,
    /// Their type.
    pub dtype: DType,
    /// What they mean.
    pub quant: QuantParam,
    /// Their bytes.
    pub content: Content,
}

/// Makes the integers of all constants that quantized operators read.
///
/// # Errors
/// A bias that does not have one element for each output channel.
pub fn constants(facts: &Facts<'_>, measured: &Measured, plan: &Plan) -> Result<Constants> {
    let mut constants = Constants::default();
    for op in (0..facts.rules.len()).filter(|op| plan.quantized[*op]) {
        let coder = Coder {
            facts,
            measured,
            plan,
            op,
        };
        let roles: Vec<(usize, TensorId, Role)> = facts
            .operands(op)
            .map(|(at, id)| (at, id, coder.role(at)))
            .collect();
        // A bias can raise the scales of its filter.
        let mut raised = BTreeMap::new();
        for (at, id, role) in &roles {
            if let Role::Bias(product) = role {
                let (scales, filter) = coder.bias_scales(*at, *id, *product)?;
                constants.add((op, *at), coder.bias(*id, scales));
                raised.extend(filter);
            }
        }
        for (at, id, role) in roles {
            let user = (op, at);
            match role {
                Role::Like => {
                    let Some(params) = plan.like.get(&user) else {
                        continue;
                    };
                    constants.add(user, coder.with(id, *params));
                }
                Role::Filter(_) if raised.contains_key(&at) => {
                    constants.add(user, coder.filter(id, role, raised.get(&at))?);
                }
                Role::Plain | Role::Filter(_) | Role::Short | Role::Time if facts.constants[id.0] => {
                    if let Some(known) = constants.known.get(&(id, role)) {
                        constants.of.insert(user, *known);
                        continue;
                    }
                    constants.known.insert((id, role), constants.coded.len());
                    constants.add(user, coder.own(id, role)?);
                }
                _ => {}
            }
        }
    }
    Ok(constants)
}

impl Constants {
    fn add(&mut self, user: (usize, usize), coded: Coded) {
        self.of.insert(user, self.coded.len());
        self.coded.push(coded);
    }
}

/// What makes integers for one operator.
struct Coder<'a> {
    facts: &'a Facts<'a>,
    measured: &'a Measured,
    plan: &'a Plan,
    op: usize,
}

impl Coder<'_> {
    fn role(&self, at: usize) -> Role {
        self.facts.rules[self.op].map_or(Role::None, |rule| self.facts.role(self.op, &rule, at))
    }

    fn floats(&self, id: TensorId) -> Cow<'_, [Float]> {
        let content = self.facts.model.content(self.facts.graph().tensor(id));
        content.and_then(Content::floats).unwrap_or_default()
    }

    /// The largest magnitude of each channel of a constant.
    fn largest(&self, id: TensorId, role: Role) -> Vec<f32> {
        let ranges = self.measured.get(&(id, role)).and_then(Option::as_ref);
        ranges.map_or_else(Vec::new, |ranges| {
            ranges.iter().map(|range| largest(*range)).collect()
        })
    }

    /// The scales of an operand.
    fn scales(&self, at: usize) -> Vec<f32> {
        let Some(id) = self.facts.graph().operators()[self.op].input(at) else {
            return vec![1.0];
        };
        let role = self.role(at);
        let one = |params: Option<Params>| vec![params.map_or(1.0, |params| params.scale)];
        match role {
            Role::Filter(_) => self
                .largest(id, role)
                .into_iter()
                .map(params::filter_scale)
                .collect(),
            Role::Short => self
                .largest(id, role)
                .into_iter()
                .map(params::int16_scale)
                .collect(),
            Role::Time => self
                .largest(id, role)
                .into_iter()
                .map(params::time_scale)
                .collect(),
            Role::Plain => one(self.plain(id)),
            Role::State => one(memory::filter_state(self.facts, id)),
            _ => one(self.plan.reads(self.op, at, id)),
        }
    }

    fn plain(&self, id: TensorId) -> Option<Params> {
        let range = *self.measured.get(&(id, Role::Plain))?.as_ref()?.first()?;
        Some(params::constant(range.0, range.1))
    }

    /// The scales of a bias, and those that the filter needs then in place of its own, by its operand.
    fn bias_scales(
        &self,
        at: usize,
        id: TensorId,
        product: Product,
    ) -> Result<(Vec<f32>, Option<(usize, Vec<f32>)>)> {
        let (input, filter) = match product {
            Product::LayerNorm(weights) => {
                let scales = self.scales(weights).into_iter();
                return Ok((scales.map(params::layer_norm_bias).collect(), None));
            }
            Product::Projection(weights) => {
                let hidden = memory::hidden_scale(self.facts, self.op).unwrap_or(1.0);
                return Ok((
                    self.scales(weights)
                        .into_iter()
                        .map(|scale| scale * hidden)
                        .collect(),
                    None,
                ));
            }
            Product::Of(input, filter) => (self.scales(input)[0], filter),
        };
        let mut filters = self.scales(filter);
        let mut scales: Vec<f32> = filters.iter().map(|scale| input * scale).collect();
        let values = self.floats(id);
        if scales.len() > 1 && values.len() != scales.len() {
            let tensor = self.facts.graph().tensor(id);
            let found = tensor
                .shape
                .iter()
                .map(|d| usize::try_from(*d).unwrap_or(0))
                .collect();
            return Err(Error::new(
                Place::tensor("bias", &tensor.name).numbered(id.0),
                Problem::BiasShape {
                    found,
                    channels: scales.len(),
                },
                "give the bias one element for each output channel",
            ));
        }
        let _ = at;
        let Role::Filter(channels) = self.role(filter) else {
            return Ok((scales, None));
        };
        let fixed = self.facts.rules[self.op].is_some_and(|rule| rule.bias.is_none());
        let input_filter = self.facts.graph().operators()[self.op].input(filter);
        if fixed || !input_filter.is_some_and(|id| self.facts.constants[id.0]) {
            return Ok((scales, None));
        }
        let magnitudes: Vec<f32> = values.iter().map(|x| f32::from_le_bytes(*x).abs()).collect();
        let magnitudes = match channels {
            Some(_) => magnitudes,
            None => vec![magnitudes.into_iter().fold(0.0, f32::max)],
        };
        let mut changed = false;
        for ((largest, scale), filter) in magnitudes.iter().zip(&mut scales).zip(&mut filters) {
            if let Some(raised) = params::raised(*largest, *scale, input, channels.is_some()) {
                (*scale, *filter) = raised;
                changed = true;
            }
        }
        Ok((scales, changed.then_some((filter, filters))))
    }

    fn bias(&self, id: TensorId, scales: Vec<f32>) -> Coded {
        let values = self.floats(id);
        let integers = values.iter().zip(scales.iter().cycle());
        let integers = integers.map(|(x, scale)| params::bias(f32::from_le_bytes(*x), *scale));
        let bytes: Vec<u8> = integers.flat_map(i32::to_le_bytes).collect();
        let last = self.facts.graph().tensor(id).shape.len().saturating_sub(1);
        Coded {
            source: id,
            dtype: DType::Int32,
            quant: stored(scales, last),
            content: bytes.into(),
        }
    }

    /// The integers of a constant with these parameters.
    fn with(&self, id: TensorId, params: Params) -> Coded {
        let content = divide(&self.floats(id), Channels::one(), &[params.steps()]);
        Coded {
            source: id,
            dtype: params.dtype,
            quant: params.stored(),
            content,
        }
    }

    /// The integers of a constant with parameters of its own.
    fn own(&self, id: TensorId, role: Role) -> Result<Coded> {
        let scale: fn(f32) -> f32 = match role {
            Role::Short => params::int16_scale,
            Role::Time => params::time_scale,
            Role::Filter(_) => return self.filter(id, role, None),
            _ => {
                let params = self.plain(id).unwrap_or_else(|| params::constant(0.0, 0.0));
                return Ok(self.with(id, params));
            }
        };
        let scale = scale(self.largest(id, role)[0]);
        let inverses = [inv_scale(scale)];
        Ok(Coded {
            source: id,
            dtype: DType::Int16,
            quant: per_tensor(scale, 0),
            content: multiply(QuantType::Int16, &self.floats(id), Channels::one(), &inverses),
        })
    }

    /// The integers of a filter, with its own scales or with raised ones.
    fn filter(&self, id: TensorId, role: Role, raised: Option<&Vec<f32>>) -> Result<Coded> {
        let channels = parts(self.facts, id, role)?;
        let largest = self.largest(id, role);
        let own = || largest.iter().copied().map(params::filter_scale).collect();
        let scales: Vec<f32> = raised.cloned().unwrap_or_else(own);
        let values = self.floats(id);
        let content = match role {
            Role::Filter(None) => {
                let (largest, scale) = (largest[0], scales[0]);
                let other = raised.is_some() || scale > largest / 63.5;
                let compat = self.facts.options.compat;
                if params::is_divided(largest, scale) || (other && !compat) {
                    divide(&values, channels, &[params::divided(scale)])
                } else {
                    multiply(
                        QuantType::Int8,
                        &values,
                        channels,
                        &[params::tensor_inverse(largest)],
                    )
                }
            }
            _ => {
                let inverses: Vec<f32> = scales.iter().copied().map(params::channel_inverse).collect();
                multiply(QuantType::Int8, &values, channels, &inverses)
            }
        };
        let quant = match role {
            Role::Filter(Some(axis)) => per_channel(scales, axis as i32),
            _ => per_tensor(scales[0], 0),
        };
        Ok(Coded {
            source: id,
            dtype: DType::Int8,
            quant,
            content,
        })
    }
}

/// The parameters of a bias: one scale, or one for each index of its last dimension.
fn stored(scales: Vec<f32>, last: usize) -> QuantParam {
    match scales[..] {
        [scale] => per_tensor(scale, 0),
        _ => per_channel(scales, last as i32),
    }
}

fn multiply(dtype: QuantType, values: &[Float], channels: Channels, inverses: &[f32]) -> Content {
    let size = if dtype == QuantType::Int16 { 2 } else { 1 };
    let mut integers = quant_schema::zeros(size * values.len());
    quantize_with_inverses(dtype, channels, inverses, values, &mut integers);
    Content::Plain(Bytes::new(integers))
}

fn divide(values: &[Float], channels: Channels, steps: &[Steps]) -> Content {
    let mut integers = quant_schema::zeros(values.len());
    divided::quantize(values, channels, steps, &mut integers);
    Content::Plain(Bytes::new(integers))
}
