//! Constants in integers.

use quant_ir::Result;

use super::{Operators, Value};
use crate::quantize::array::{self, Axis};
use crate::quantize::draft::Draft;
use crate::quantize::integer::Integer;
use crate::quantize::number::Float;
use crate::quantize::params::{Params, Rule};
use crate::quantize::ranges::float;
use crate::quantize::tensors::{floats, integers};
use crate::tensor::{Tensor, TensorProto};

/// The float type of a constant.
pub(super) fn float_of(draft: &Draft, name: &str) -> Float {
    float(draft.tensor(name).map(TensorProto::data_type)).unwrap_or_default()
}

impl Operators<'_> {
    /// A constant with one scale. Integers of the weights' type follow the weights' rule, whatever they are for.
    pub(super) fn constant(&mut self, name: &str, integer: Integer, reduced: bool) -> Result<Value> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let (shape, values) = self.draft.floats(name)?;
        let own = self.options.overrides.get(name).and_then(|own| own.first());
        let own = own.copied().unwrap_or_default();
        let integer = own.integer.unwrap_or(integer);
        let symmetric = own.symmetric.unwrap_or_else(|| self.symmetric(integer));
        let rule = self.rule(
            name,
            integer,
            symmetric,
            own.reduced.unwrap_or(self.options.reduce_range && reduced),
        );
        let params = match own.params {
            Some((scale, zero_point)) => Params { scale, zero_point },
            None if values.is_empty() => Params {
                scale: 1.0,
                zero_point: 0,
            },
            None => {
                let (low, high) = array::range(&values);
                rule.params(own.low.unwrap_or(low), own.high.unwrap_or(high))
            }
        };
        let q = array::integers(&values, params, integer.limits());
        Ok(self.add_constant(name, &shape, rule, &[params], &q, None))
    }

    /// A constant with a scale for each channel of an axis.
    pub(super) fn channels(
        &mut self,
        name: &str,
        integer: Integer,
        axis: i64,
        reduced: bool,
    ) -> Result<Value> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let (shape, values) = self.draft.floats(name)?;
        let Some(along) = Axis::of(&shape, axis) else {
            return self.constant(name, integer, reduced);
        };
        let owns = self.options.overrides.get(name);
        let own = owns.and_then(|own| own.first()).copied().unwrap_or_default();
        let integer = own.integer.unwrap_or(integer);
        let symmetric = own
            .symmetric
            .unwrap_or_else(|| self.options.symmetric_weight(integer));
        let reduced = own.reduced.unwrap_or(self.options.reduce_range && reduced);
        let rule = self.rule(name, integer, symmetric, reduced);
        let ranges = array::channel_ranges(&values, along).into_iter().enumerate();
        let params: Vec<Params> = ranges
            .map(|(channel, (low, high))| {
                let own = owns.and_then(|own| own.get(channel).or_else(|| own.first()));
                let own = own.copied().unwrap_or_default();
                match own.params {
                    Some((scale, zero_point)) => Params { scale, zero_point },
                    None => rule.params(own.low.unwrap_or(low), own.high.unwrap_or(high)),
                }
            })
            .collect();
        let q = array::channel_integers(&values, along, &params, integer.limits());
        Ok(self.add_constant(name, &shape, rule, &params, &q, Some(axis)))
    }

    fn symmetric(&self, integer: Integer) -> bool {
        if integer == self.options.weight {
            self.options.symmetric_weight(integer)
        } else {
            self.options.activation_symmetric
        }
    }

    fn rule(&self, name: &str, integer: Integer, symmetric: bool, reduced: bool) -> Rule {
        Rule {
            integer,
            float: float_of(self.draft, name),
            symmetric,
            reduced,
            shortest: self.options.shortest,
        }
    }

    fn add_constant(
        &mut self,
        name: &str,
        shape: &[usize],
        rule: Rule,
        params: &[Params],
        q: &[i32],
        axis: Option<i64>,
    ) -> Value {
        let value = Value {
            quantized: format!("{name}_quantized"),
            scale: self.draft.free(&format!("{name}_scale")),
            zero_point: self.draft.free(&format!("{name}_zero_point")),
            axis,
        };
        let sizes: Vec<usize> = axis.map(|_| params.len()).into_iter().collect();
        let scales: Vec<f32> = params.iter().map(|params| params.scale).collect();
        let zeros: Vec<i32> = params.iter().map(|params| params.zero_point).collect();
        self.tensor(&value.scale, &floats(rule.float, &sizes, &scales));
        self.tensor(&value.zero_point, &integers(rule.integer, &sizes, &zeros));
        self.tensor(&value.quantized, &integers(rule.integer, shape, q));
        self.values.insert(name.to_owned(), value.clone());
        value
    }

    pub(super) fn tensor(&mut self, name: &str, tensor: &Tensor) {
        self.draft.add_tensor(TensorProto::new(name, tensor));
    }
}
