//! Parameters of constants from their values.

use quant_ir::Result;

use super::mark::Mark;
use super::state::Qdq;
use crate::quantize::activations::Quantized;
use crate::quantize::array::{self, Axis};
use crate::quantize::bias;
use crate::quantize::options::Override;
use crate::quantize::params::{Params, Rule};
use crate::quantize::ranges::float;

impl Qdq<'_> {
    /// Parameters of all marked initializers.
    pub(super) fn constants(&mut self) -> Result<()> {
        for (name, mark) in self.marks.all() {
            if self.draft.is_constant(&name) {
                let quantized = self.constant(&name, &mark)?;
                self.constants.insert(name, quantized);
            }
        }
        Ok(())
    }

    fn constant(&self, name: &str, mark: &Mark) -> Result<Quantized> {
        let (shape, values) = self.draft.floats(name)?;
        let data_type = self.draft.tensor(name).map(crate::TensorProto::data_type);
        let float = float(data_type).unwrap_or_default();
        let owns = self.options.overrides.get(name);
        let own = owns.and_then(|own| own.first()).copied().unwrap_or_default();
        let usual = if mark.weight {
            self.options.weight
        } else {
            self.options.activation
        };
        let integer = own.integer.unwrap_or(usual);
        let axis = own.axis.or(mark.axis.map(|axis| axis as i64));
        let axis = axis.and_then(|axis| Axis::of(&shape, axis));
        let symmetric = own.symmetric.unwrap_or_else(|| {
            axis.is_some()
                || if mark.weight {
                    self.options.symmetric_weight(integer)
                } else {
                    self.options.activation_symmetric
                }
        });
        let rule = Rule {
            integer,
            float,
            symmetric,
            reduced: own.reduced.unwrap_or(self.options.reduce_range),
            shortest: self.options.shortest,
        };
        let params = match axis {
            None => vec![with_own(own, rule, array::range(&values), values.is_empty())],
            Some(axis) => {
                let ranges = array::channel_ranges(&values, axis);
                let params = ranges.into_iter().enumerate().map(|(channel, range)| {
                    let own = owns.and_then(|own| own.get(channel)).copied().unwrap_or_default();
                    with_own(own, rule, range, values.is_empty())
                });
                params.collect()
            }
        };
        Ok(Quantized {
            integer,
            float,
            params,
            axis: axis.map(|axis| axis.axis),
        })
    }

    /// Makes scales of weights larger where a bias would not fit into 32 bits.
    pub(super) fn adjust(&mut self) -> Result<()> {
        if self.options.no_adjustment {
            return Ok(());
        }
        for (name, bias) in &self.biases {
            let Some(input) = self.activations.get(&bias.input) else {
                continue;
            };
            if !self.marks.contains(&bias.input) {
                continue;
            }
            let Some(weight) = self.constants.get_mut(&bias.weight) else {
                continue;
            };
            if !weight.integer.signed() || weight.params.iter().any(|params| params.zero_point != 0) {
                continue;
            }
            let Some(step) = input.params.first() else {
                continue;
            };
            let (_, values) = self.draft.floats(name)?;
            let scales: Vec<f32> = weight.params.iter().map(|params| params.scale).collect();
            let channels = weight.axis.is_some();
            if let Some(grown) = bias::adjusted(&values, step.scale, &scales, weight.float, channels) {
                for (params, scale) in weight.params.iter_mut().zip(grown) {
                    params.scale = scale;
                }
            }
        }
        Ok(())
    }
}

fn with_own(own: Override, rule: Rule, range: (f32, f32), empty: bool) -> Params {
    if let Some((scale, zero_point)) = own.params {
        return Params { scale, zero_point };
    }
    if empty {
        return Params {
            scale: 1.0,
            zero_point: 0,
        };
    }
    rule.params(own.low.unwrap_or(range.0), own.high.unwrap_or(range.1))
}
