//! The scale of a bias, and what a bias does to its filter's that is too large for it (`SetBiasParamsWithAdjustments`).

use quant_ir::TensorId;
use quant_ir::error::{Error, Place, Problem, Result};

use super::coder::Coder;
use super::facts::{Product, Role};
use super::memory;
use super::params;

/// Scales of a bias.
pub struct Scales {
    /// Its own: one, or one for each output channel.
    pub bias: Vec<f32>,
    /// Those that the filter has then in place of its own, with the filter's operand.
    pub filter: Option<(usize, Vec<f32>)>,
}

impl Coder<'_> {
    /// The scales of a bias.
    ///
    /// # Errors
    /// A bias that does not have one element for each output channel.
    pub fn bias_scales(&self, id: TensorId, product: Product) -> Result<Scales> {
        let (input, filter) = match product {
            Product::LayerNorm(weights) => {
                let scales = self.scales(weights).into_iter();
                return Ok(Scales {
                    bias: scales.map(params::layer_norm_bias).collect(),
                    filter: None,
                });
            }
            Product::Projection(weights) => {
                let hidden = memory::hidden(self.facts, self.op, None);
                (hidden.map_or(1.0, |hidden| hidden.scale), weights)
            }
            Product::Of(input, filter) => (self.scales(input).first().copied().unwrap_or(1.0), filter),
        };
        let filters = self.scales(filter);
        let bias: Vec<f32> = filters.iter().map(|scale| input * scale).collect();
        let values = self.floats(id);
        if bias.len() > 1 && values.len() != bias.len() {
            let tensor = self.facts.graph().tensor(id);
            let dimensions = tensor.shape.iter();
            let found = dimensions.map(|d| usize::try_from(*d).unwrap_or(0)).collect();
            let channels = bias.len();
            return Err(Error::new(
                Place::tensor("bias", &tensor.name).numbered(id.0),
                Problem::BiasShape { found, channels },
                "give the bias one element for each output channel",
            ));
        }
        let magnitudes = values.iter().map(|x| f32::from_le_bytes(*x).abs());
        let scales = Scales { bias, filter: None };
        let adjusts = self.facts.rules[self.op].is_some_and(|rule| rule.bias.is_some());
        Ok(match self.role(filter) {
            Role::Filter(Some(_)) if adjusts => raised(scales, (filter, filters), input, magnitudes, true),
            Role::Filter(None) if adjusts => {
                let largest = magnitudes.fold(0.0, f32::max);
                raised(scales, (filter, filters), input, [largest], false)
            }
            _ => scales,
        })
    }
}

/// The scales, raised where the bias is too large for them.
fn raised(
    mut scales: Scales,
    (operand, mut filters): (usize, Vec<f32>),
    input: f32,
    magnitudes: impl IntoIterator<Item = f32>,
    channels: bool,
) -> Scales {
    let mut changed = false;
    for ((largest, bias), filter) in magnitudes.into_iter().zip(&mut scales.bias).zip(&mut filters) {
        if let Some(raised) = params::raised(largest, *bias, input, channels) {
            (*bias, *filter) = raised;
            changed = true;
        }
    }
    scales.filter = changed.then_some((operand, filters));
    scales
}
