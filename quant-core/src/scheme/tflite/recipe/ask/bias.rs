//! The bias beside integer activations.

use std::rc::Rc;

use quant_ir::error::{Error, Place, Problem, Result};

use super::super::bias;
use super::super::coding::{Coding, Scales, Uniform};
use super::super::params;
use super::super::rules::Weights;
use super::super::slices::Slices;
use super::super::wishes::Action;
use super::{Answer, Asked, Asker, Want};
use crate::scheme::tflite::Why;

impl Asker<'_> {
    /// The bias beside integer activations; why there can be none.
    pub(super) fn bias(
        &self,
        asked: &Asked<'_>,
        weights: Weights,
        answer: &mut Answer,
    ) -> Result<Option<Why>> {
        let uniform = |want: &Want| match want.as_ref().map(|(_, coding)| &**coding) {
            Some(Coding::Uniform(uniform)) => Some(uniform.clone()),
            _ => None,
        };
        let wanted = |at: usize| answer.inputs.get(at).and_then(uniform);
        let (Some(input), Some(filter)) = (wanted(weights.input), wanted(weights.index)) else {
            return Ok(Some(Why::Unsafe(
                "its input or weights are no floats that can be quantized",
            )));
        };
        let Some(at) = weights
            .bias
            .filter(|at| asked.inputs.get(*at).copied().flatten().is_some())
        else {
            return Ok(None);
        };
        let Some(id) = asked.inputs[at] else {
            return Ok(None);
        };
        if !self.is_float(id) || !self.is_const(id) || input.zero_point.len() != 1 {
            return Ok(Some(Why::Unsafe("its bias is no float constant")));
        }
        let values = self.floats(id)?;
        let mut scales = filter.scale.singles();
        if scales.len() > 1 && scales.len() != values.len() {
            let problem = Problem::BiasShape {
                found: vec![values.len()],
                channels: scales.len(),
            };
            let bias = Place::tensor("bias", &self.graph.tensor(id).name).numbered(id.0);
            return Err(Error::new(
                bias,
                problem,
                "give one value for each output channel",
            ));
        }
        let compat = self.given.options.compat;
        let grows = !compat && filter.data.is_some();
        if grows && let Some(roomy) = bias::roomy(&values, &input, &scales) {
            // With larger steps of the weights, the bias fits.
            let Some(filter_id) = asked.inputs[weights.index] else {
                return Ok(None);
            };
            let floats = self.floats(filter_id)?;
            let shape = self.graph.tensor(filter_id).shape.iter();
            let shape: Vec<usize> = shape.map(|d| usize::try_from(*d).unwrap_or(0)).collect();
            let slices = filter.axis.and_then(|axis| Slices::along(&shape, axis));
            let mut grown = Uniform {
                scale: Scales::Single(roomy.clone()),
                ..filter
            };
            let slices = slices.unwrap_or_else(|| Slices::one(floats.len()));
            let integers = params::integers(&floats, slices, &grown);
            grown.data = Some(Rc::new(params::pack(grown.dtype(), &integers)));
            answer.inputs[weights.index] = Some((Action::Code, Rc::new(Coding::Uniform(grown))));
            scales = roomy;
        }
        let bias_coding = bias::coding(&values, &input, &scales, compat);
        answer.inputs[at] = Some((Action::Code, Rc::new(Coding::Uniform(bias_coding))));
        Ok(None)
    }
}
