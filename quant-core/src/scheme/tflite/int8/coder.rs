//! The integers of the constants of one operator.

use std::borrow::Cow;

use quant_ir::error::Result;
use quant_ir::{Builtin, Bytes, Content, DType, Float, QuantParam, TensorId};
use quant_numeric::affine::inv_scale;
use quant_numeric::channels::Channels;
use quant_numeric::coding::quantize_with_inverses;
use quant_numeric::divided::{self, Steps};
use quant_types::QuantType;

use super::facts::{Facts, Role};
use super::measure::{Measured, largest, parts};
use super::memory;
use super::params::{self, Params};
use super::plan::Plan;
use crate::scheme::tflite::common::parameters::{per_channel, per_tensor};

/// Integers of a constant.
pub struct Coded {
    /// The constant.
    pub source: TensorId,
    /// What it is to its operators.
    pub role: Role,
    /// Their type.
    pub dtype: DType,
    /// What they mean.
    pub quant: QuantParam,
    /// Their bytes.
    pub content: Content,
}

/// What makes integers for one operator.
pub struct Coder<'a> {
    /// The graph.
    pub facts: &'a Facts<'a>,
    /// The ranges of its constants.
    pub measured: &'a Measured,
    /// What becomes of it.
    pub plan: &'a Plan,
    /// The operator.
    pub op: usize,
}

impl Coder<'_> {
    /// What an operand is.
    pub fn role(&self, at: usize) -> Role {
        self.facts.rules[self.op].map_or(Role::None, |rule| self.facts.role(self.op, &rule, at))
    }

    /// An operand's tensor.
    pub fn operand(&self, at: usize) -> Option<TensorId> {
        self.facts.graph().operators()[self.op].input(at)
    }

    /// Whether an operand is a filter of 4 bits: that of a layer whose kernels take it.
    fn is_narrow(&self, at: usize) -> bool {
        let builtin = self.facts.graph().operators()[self.op].code.builtin;
        let taken = matches!(
            builtin,
            Builtin::CONV_2D | Builtin::DEPTHWISE_CONV_2D | Builtin::FULLY_CONNECTED
        );
        self.facts.options.weights == DType::Int4 && taken && matches!(self.role(at), Role::Filter(_))
    }

    /// The values of a constant.
    pub fn floats(&self, id: TensorId) -> Cow<'_, [Float]> {
        let content = self.facts.model.content(self.facts.graph().tensor(id));
        content.and_then(Content::floats).unwrap_or_default()
    }

    /// The largest magnitude of each channel of a constant.
    fn largest(&self, id: TensorId, role: Role) -> Vec<f32> {
        let ranges = self.measured.get(&(id, role)).and_then(Option::as_ref);
        let ranges = ranges.map_or(&[][..], Vec::as_slice);
        ranges.iter().map(|range| largest(*range)).collect()
    }

    /// The scales of an operand.
    pub fn scales(&self, at: usize) -> Vec<f32> {
        let one = |params: Option<Params>| vec![params.map_or(1.0, |params| params.scale)];
        let Some(id) = self.operand(at) else {
            return one(None);
        };
        let role = self.role(at);
        let scale: fn(f32) -> f32 = match role {
            Role::Filter(_) if self.is_narrow(at) => params::filter_scale_int4,
            Role::Filter(_) => params::filter_scale,
            Role::Short => params::int16_scale,
            Role::Time => params::time_scale,
            Role::Plain => return one(self.plain(id)),
            Role::State => return one(memory::filter_state(self.facts, id)),
            _ => return one(self.plan.reads(self.op, at, id)),
        };
        self.largest(id, role).into_iter().map(scale).collect()
    }

    /// The parameters of a constant with a zero point.
    fn plain(&self, id: TensorId) -> Option<Params> {
        let range = *self.measured.get(&(id, Role::Plain))?.as_ref()?.first()?;
        Some(params::constant(range.0, range.1))
    }

    /// The integers of a bias: one scale for all, or one for each index of its last dimension.
    pub fn bias(&self, id: TensorId, role: Role, scales: Vec<f32>) -> Coded {
        let values = self.floats(id);
        let integers = values.iter().zip(scales.iter().cycle());
        let integers = integers.map(|(x, scale)| params::bias(f32::from_le_bytes(*x), *scale));
        let bytes: Vec<u8> = integers.flat_map(i32::to_le_bytes).collect();
        let last = self.facts.graph().tensor(id).shape.len().saturating_sub(1);
        Coded {
            source: id,
            role,
            dtype: DType::Int32,
            quant: parameters(scales, last),
            content: bytes.into(),
        }
    }

    /// The integers of a constant with these parameters.
    pub fn with(&self, id: TensorId, role: Role, params: Params) -> Coded {
        let content = divide(&self.floats(id), Channels::one(), &[params.steps()]);
        Coded {
            source: id,
            role,
            dtype: params.dtype,
            quant: params.stored(),
            content,
        }
    }

    /// The integers of a constant with parameters of its own.
    ///
    /// # Errors
    /// A filter without the dimension of its output channels.
    pub fn own(&self, id: TensorId, role: Role) -> Result<Coded> {
        let scale: fn(f32) -> f32 = match role {
            Role::Short => params::int16_scale,
            Role::Time => params::time_scale,
            Role::Filter(_) => return self.filter(id, role, None),
            _ => {
                let params = self.plain(id).unwrap_or_else(|| params::constant(0.0, 0.0));
                return Ok(self.with(id, role, params));
            }
        };
        let scale = scale(self.largest(id, role).into_iter().fold(0.0, f32::max));
        let inverses = [inv_scale(scale)];
        Ok(Coded {
            source: id,
            role,
            dtype: DType::Int16,
            quant: per_tensor(scale, 0),
            content: multiply(QuantType::Int16, &self.floats(id), Channels::one(), &inverses),
        })
    }

    /// The integers of a filter, with its own scales or with raised ones.
    ///
    /// # Errors
    /// As [`Coder::own`].
    pub fn filter(&self, id: TensorId, role: Role, raised: Option<&[f32]>) -> Result<Coded> {
        let channels = parts(self.facts, id, role)?;
        let largest = self.largest(id, role);
        if self.is_narrow(1) {
            return Ok(self.narrow(id, role, channels, raised));
        }
        let own = || largest.iter().copied().map(params::filter_scale).collect();
        let scales: Vec<f32> = raised.map_or_else(own, <[f32]>::to_vec);
        let values = self.floats(id);
        if let Role::Filter(Some(axis)) = role {
            let inverses: Vec<f32> = scales.iter().copied().map(inv_scale).collect();
            return Ok(Coded {
                source: id,
                role,
                dtype: DType::Int8,
                content: multiply(QuantType::Int8, &values, channels, &inverses),
                quant: parameters(scales, axis),
            });
        }
        let (largest, scale) = (largest.into_iter().fold(0.0, f32::max), scales[0]);
        let content = if params::is_divided(largest, scale, self.facts.options.compat) {
            divide(&values, channels, &[params::divided(scale)])
        } else {
            let inverse = params::tensor_inverse(largest);
            multiply(QuantType::Int8, &values, channels, &[inverse])
        };
        Ok(Coded {
            source: id,
            role,
            dtype: DType::Int8,
            quant: per_tensor(scale, 0),
            content,
        })
    }

    /// The integers of a filter of 4 bits, two in a byte: `clamp(rha(x / scale), ±7)` in f64.
    fn narrow(&self, id: TensorId, role: Role, channels: Channels, raised: Option<&[f32]>) -> Coded {
        let own = || {
            let largest = self.largest(id, role).into_iter();
            largest.map(params::filter_scale_int4).collect()
        };
        let scales: Vec<f32> = raised.map_or_else(own, <[f32]>::to_vec);
        let steps: Vec<Steps> = scales.iter().map(|scale| params::divided_int4(*scale)).collect();
        let integers = divide(&self.floats(id), channels, &steps);
        let integers: Vec<i64> = integers
            .bytes()
            .iter()
            .map(|q| i64::from(q.cast_signed()))
            .collect();
        let axis = if let Role::Filter(Some(axis)) = role {
            axis
        } else {
            0
        };
        Coded {
            source: id,
            role,
            dtype: DType::Int4,
            quant: parameters(scales, axis),
            content: DType::Int4.encode(&integers).into(),
        }
    }
}

/// One scale, or one for each index of a dimension.
fn parameters(scales: Vec<f32>, dimension: usize) -> QuantParam {
    match scales[..] {
        [scale] => per_tensor(scale, 0),
        _ => per_channel(scales, dimension as i32),
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
