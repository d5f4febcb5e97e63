//! Weights that are stored as halves, or rotated.

use std::rc::Rc;

use quant_ir::error::{Error, Place, Result};

use super::super::coding::Coding;
use super::super::entry::{Entry, Mode};
use super::super::params;
use super::super::wishes::Action;
use super::{Answer, Asked, Asker, Cache, Reply};

impl Asker<'_> {
    /// Weights as halves.
    pub(super) fn halves(&self, asked: &Asked<'_>) -> Result<Reply> {
        let mut answer = Answer::nothing(asked);
        let Some(weights) = asked.rule.and_then(|rule| rule.weights) else {
            return Ok(Err(None));
        };
        let id = asked.inputs.get(weights.index).copied().flatten();
        if let Some(id) = id.filter(|id| self.is_float(*id) && self.is_const(*id)) {
            let halves = params::halves(&self.floats(id)?, self.given.options.compat);
            answer.inputs[weights.index] = Some((Action::Dequantize, Rc::new(Coding::Half(halves))));
        }
        Ok(Ok(answer))
    }

    /// Weights that are rotated, and the activation too: that before FULLY_CONNECTED, that behind EMBEDDING_LOOKUP.
    pub(super) fn rotated(&self, asked: &Asked<'_>, entry: &Entry, cache: &mut Cache) -> Result<Reply> {
        let (Some(weights), Some(config)) = (asked.rule.and_then(|rule| rule.weights), entry.config.weights)
        else {
            return Ok(Err(None));
        };
        if entry.config.mode() != Some(Mode::Dynamic) {
            return Err(Error::unsupported(
                Place::named("algorithm", entry.algorithm.key()),
                "it leaves activations float, which the runtime makes integers of",
                "set `compute_precision` to INTEGER and leave out `activation_tensor_config`",
            ));
        }
        let id = asked.inputs.get(weights.index).copied().flatten();
        let Some(id) = id.filter(|id| self.is_float(*id) && self.is_const(*id)) else {
            return Ok(Err(None));
        };
        let mut answer = Answer::nothing(asked);
        let coding = self.constant(asked, id, config, entry, cache)?;
        let turned = matches!(&*coding, Coding::Uniform(uniform) if uniform.hadamard.is_some());
        let rotate = turned.then(|| (Action::Rotate, coding.clone()));
        if weights.bias.is_some() {
            answer.inputs[weights.input] = rotate;
        } else if let Some(output) = answer.outputs.first_mut() {
            *output = rotate;
        }
        answer.inputs[weights.index] = Some((Action::Code, coding));
        Ok(Ok(answer))
    }
}
