//! What an operator wants of its tensors, when it is quantized.

use std::rc::Rc;

use quant_ir::error::{Error, Place, Result};
use quant_ir::{Builtin, TensorId};

use super::super::coding::Coding;
use super::super::entry::{Algorithm, Entry, Granularity, Mode};
use super::super::rules::{Rule, Scale};
use super::super::wishes::Action;
use super::values::fixed;
use super::{Answer, Asked, Asker, Cache, Reply, Want};
use crate::scheme::tflite::Why;

impl Asker<'_> {
    /// What it wants; the operator stays float where a range is missing.
    pub(super) fn answer(&self, asked: &Asked<'_>, entry: &Entry, cache: &mut Cache) -> Result<Reply> {
        match entry.algorithm {
            Algorithm::FloatCasting => self.halves(asked),
            Algorithm::DecomposedHadamard => self.rotated(asked, entry, cache),
            Algorithm::Hadamard => Err(Error::unsupported(
                Place::named("algorithm", entry.algorithm.key()),
                "its custom operator `aeq.hadamard_rotation` has no kernel in TensorFlow Lite",
                "use DECOMPOSED_HADAMARD_ROTATION",
            )),
            Algorithm::Oscar => Err(Error::unsupported(
                Place::named("algorithm", entry.algorithm.key()),
                "it is not built",
                "use GPTQ, OCTAV or another algorithm",
            )),
            _ => self.integers(asked, entry, cache),
        }
    }

    /// Constants as integers and, with integer activations, all the rest.
    fn integers(&self, asked: &Asked<'_>, entry: &Entry, cache: &mut Cache) -> Result<Reply> {
        let Some(mode) = entry.config.mode() else {
            return Ok(Err(None));
        };
        let weights = asked.rule.and_then(|rule| rule.weights);
        if mode == Mode::Static {
            if let Some(tensor) = self.without_range(asked) {
                // The caller may give an input that nothing reads.
                return match asked.op {
                    Some(_) => Ok(Err(Some(Why::NoRange(tensor)))),
                    None => self.ends(asked, entry, cache),
                };
            }
        } else if weights.is_none() {
            return Ok(Err(None));
        }
        let mut answer = Answer::nothing(asked);
        let inputs = self.operands(asked, entry);
        let outputs: Vec<usize> = (0..asked.outputs.len())
            .filter(|at| self.is_float(asked.outputs[*at]))
            .collect();
        if inputs.is_empty() && outputs.is_empty() {
            return Ok(Ok(answer));
        }
        match asked.rule.map_or(Scale::Free, |rule| rule.scale) {
            Scale::Input => {
                let [input] = inputs[..] else {
                    return Ok(Err(Some(Why::NoRule)));
                };
                self.as_input(asked, entry, cache, input, &outputs, &mut answer)?;
            }
            Scale::Output => {
                let [output] = outputs[..] else {
                    return Ok(Err(Some(Why::NoRule)));
                };
                self.as_output(asked, entry, &inputs, output, &mut answer)?;
            }
            scale => {
                for at in inputs {
                    answer.inputs[at] = self.input(asked, entry, cache, at)?;
                }
                for at in outputs {
                    answer.outputs[at] = self.output(asked, entry, at)?;
                }
                if let Some(fixed) = entry.config.activations.and_then(|config| fixed(scale, config)) {
                    answer.ranges.push((asked.outputs[0], fixed.range()));
                    answer.outputs[0] = Some((Action::Dequantize, Rc::new(Coding::Uniform(fixed))));
                }
            }
        }
        if let Some(weights) = weights.filter(|_| mode == Mode::Static)
            && let Some(why) = self.bias(asked, weights, &mut answer)?
        {
            return Ok(Err(Some(why)));
        }
        Ok(Ok(answer))
    }

    /// Inputs or outputs of the graph of which some have no range: those stay float.
    fn ends(&self, asked: &Asked<'_>, entry: &Entry, cache: &mut Cache) -> Result<Reply> {
        let able = |id: TensorId| self.is_float(id) && (self.is_const(id) || self.range(id).is_some());
        let mut answer = Answer::nothing(asked);
        for at in 0..asked.inputs.len() {
            if asked.inputs[at].is_some_and(able) {
                answer.inputs[at] = self.input(asked, entry, cache, at)?;
            }
        }
        for at in 0..asked.outputs.len() {
            if able(asked.outputs[at]) {
                answer.outputs[at] = self.output(asked, entry, at)?;
            }
        }
        Ok(Ok(answer))
    }

    /// The first operand that has no range and needs one.
    fn without_range(&self, asked: &Asked<'_>) -> Option<String> {
        let ignored = asked.rule.map_or(&[][..], |rule| rule.ignored);
        let inputs = asked
            .inputs
            .iter()
            .enumerate()
            .filter(|(at, _)| !ignored.contains(at));
        // Outputs of same-scale operators have what their input has.
        let own = asked.rule.is_none_or(|rule| rule.scale != Scale::Input);
        let outputs = asked.outputs.iter().filter(|_| own).copied();
        let mut operands = inputs.filter_map(|(_, id)| *id).chain(outputs);
        let missing = |id: &TensorId| self.is_float(*id) && !self.is_const(*id) && self.range(*id).is_none();
        let tensor = operands
            .find(missing)
            .map(|id| self.graph.tensor(id).name.clone());
        tensor.or_else(|| self.decomposition_without_range(asked.op?))
    }

    /// The inputs that may become integers.
    fn operands(&self, asked: &Asked<'_>, entry: &Entry) -> Vec<usize> {
        let ignored = asked.rule.map_or(&[][..], |rule| rule.ignored);
        let small = asked.rule.and_then(|rule| self.small(asked, rule, entry));
        let takes = |at: &usize| {
            let float = asked.inputs[*at].is_some_and(|id| self.is_float(id));
            float && !ignored.contains(at) && small != Some(*at)
        };
        (0..asked.inputs.len()).filter(takes).collect()
    }

    /// The weights, when they are too small to be worth it. Tables and factors of products are never.
    fn small(&self, asked: &Asked<'_>, rule: &Rule, entry: &Entry) -> Option<usize> {
        let weights = rule.weights.filter(|weights| weights.bias.is_some())?;
        let id = asked.inputs.get(weights.index).copied().flatten()?;
        let elements = self.graph.tensor(id).elements().filter(|_| self.is_const(id))? as u64;
        (elements < entry.config.min_weight_elements).then_some(weights.index)
    }

    /// What is wanted of an input.
    pub(super) fn input(
        &self,
        asked: &Asked<'_>,
        entry: &Entry,
        cache: &mut Cache,
        at: usize,
    ) -> Result<Want> {
        let Some(id) = asked.inputs[at] else {
            return Ok(None);
        };
        let config = &entry.config;
        let mode = config.mode();
        if !self.is_const(id) {
            let activations = config.activations.filter(|_| mode == Some(Mode::Static));
            return activations
                .map(|activations| Ok((Action::Quantize, self.activation(id, activations)?)))
                .transpose();
        }
        let weighs = asked.rule.is_some_and(|rule| rule.weights.is_some());
        let Some(mut constant) = (if weighs {
            config.weights
        } else {
            config.activations
        }) else {
            return Ok(None);
        };
        let product = asked.rule.is_some_and(|rule| rule.code == Builtin::BATCH_MATMUL);
        if product && mode == Some(Mode::Static) && !self.given.options.compat {
            // The kernel for integer activations takes one scale.
            constant.granularity = Granularity::Tensor;
        }
        let action = match mode {
            Some(Mode::WeightOnly) => Action::Dequantize,
            _ => Action::Code,
        };
        Ok(Some((action, self.constant(asked, id, constant, entry, cache)?)))
    }

    /// What an output is made as.
    pub(super) fn output(&self, asked: &Asked<'_>, entry: &Entry, at: usize) -> Result<Want> {
        let activations = entry
            .config
            .activations
            .filter(|_| entry.config.mode() == Some(Mode::Static));
        let Some(activations) = activations else {
            return Ok(None);
        };
        Ok(Some((
            Action::Dequantize,
            self.activation(asked.outputs[at], activations)?,
        )))
    }
}
