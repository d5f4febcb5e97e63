//! Operators whose kernels take one set of parameters for inputs and outputs.

use std::rc::Rc;

use quant_ir::error::{Error, Place, Result};

use super::super::coding::{Coding, Uniform};
use super::super::entry::Entry;
use super::super::wishes::Action;
use super::{Answer, Asked, Asker, Cache};

impl Asker<'_> {
    /// Outputs with the parameters of the input.
    pub(super) fn as_input(
        &self,
        asked: &Asked<'_>,
        entry: &Entry,
        cache: &mut Cache,
        input: usize,
        outputs: &[usize],
        answer: &mut Answer,
    ) -> Result<()> {
        answer.inputs[input] = self.input(asked, entry, cache, input)?;
        let (Some(id), Some((_, coding))) = (asked.inputs[input], &answer.inputs[input]) else {
            return Ok(());
        };
        let Coding::Uniform(uniform) = &**coding else {
            return Ok(());
        };
        let plain = Rc::new(Coding::Uniform(Uniform {
            data: None,
            ..uniform.clone()
        }));
        let range = self.range(id).unwrap_or_else(|| uniform.range());
        for at in outputs {
            answer.outputs[*at] = Some((Action::Dequantize, plain.clone()));
            answer.ranges.push((asked.outputs[*at], range));
        }
        Ok(())
    }

    /// Inputs with the parameters of the output.
    pub(super) fn as_output(
        &self,
        asked: &Asked<'_>,
        entry: &Entry,
        inputs: &[usize],
        output: usize,
        answer: &mut Answer,
    ) -> Result<()> {
        answer.outputs[output] = self.output(asked, entry, output)?;
        let Some((_, coding)) = answer.outputs[output].clone() else {
            return Ok(());
        };
        let rank = self.graph.tensor(asked.outputs[output]).shape.len();
        for at in inputs {
            let Some(id) = asked.inputs[*at] else { continue };
            let tensor = self.graph.tensor(id);
            answer.inputs[*at] = match &*coding {
                Coding::Uniform(uniform) if self.is_const(id) => {
                    let own = tensor.shape.len();
                    if self.given.options.compat && own != 0 && own != rank {
                        let scales = rank + own;
                        return Err(Error::unsupported(
                            Place::tensor("constant", &tensor.name).numbered(id.0),
                            format!(
                                "Ranks of scales ({scales}) and zps ({scales}) must be the same as the tensor rank \
                                 ({own})."
                            ),
                            "leave out `compat`",
                        ));
                    }
                    let uniform = uniform.of_constant(&self.floats(id)?);
                    Some((Action::Code, Rc::new(Coding::Uniform(uniform))))
                }
                _ => Some((Action::Quantize, coding.clone())),
            };
        }
        Ok(())
    }
}
