//! Constants in half precision: what TensorFlow Lite's converter makes with `supported_types = [tf.float16]`.
//!
//! Every float constant that an operator reads, of any size, is stored as halves (clamped to ±65504, rounded to the
//! nearest, ties to even: [`quant_numeric::half`]), and one DEQUANTIZE at the beginning of the graph makes floats of it for
//! all its readers. NaN stays NaN and infinity becomes ±65504, as in the original. Constants that are graph outputs, and
//! those of operators that are asked to stay float, are floats there. Halves and integers of the model stay as they are.
//!
//! The original takes the states of recurrent operators for constants, so that each run begins with zeros and forgets
//! what came of it. Here states stay variables, unless `compat` asks for the original's file.

#[cfg(test)]
mod tests;

use quant_ir::error::Result;
use quant_ir::limits::{MAX_LIVE_ELEMENTS, at_most};
use quant_ir::{Builtin, Bytes, Content, DType, FreeNames, Model, Operator, TensorId};
use quant_numeric::half::halves;

use super::common::{cast, constant, interface, shared_constants::SharedConstants};
use super::{Kept, Options, Why};
use crate::profile;
use crate::quantize::constant::floats_in;

/// The version of DEQUANTIZE that takes halves.
const DEQUANTIZE: i32 = 3;

/// Stores the float constants of all graphs as halves. Returns the operators that were asked to keep theirs.
///
/// # Errors
/// Integer inputs or outputs are asked for; a constant that does not fit its shape. The model is then unchanged.
pub fn quantize(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    interface::float_only(options, "float16")?;
    let mut work = model.clone();
    let mut kept = Vec::new();
    profile::keeping(&mut work, |work| {
        let mut made = SharedConstants::new(work);
        (0..work.graphs().len()).try_for_each(|graph| {
            let plan = Plan::of(work, graph, options, &mut kept);
            plan.rewrite(work, graph, &mut made)
        })
    })?;
    *model = work;
    Ok(kept)
}

/// What is done with the tensors of a graph.
struct Plan {
    /// Those that become halves, in the order of their first readers.
    halves: Vec<TensorId>,
    /// Whether somebody reads a tensor as floats all the same.
    floats: Vec<bool>,
    /// Variables that become constants.
    states: Vec<TensorId>,
    /// For each operator, whether it was asked to stay float.
    asked: Vec<bool>,
}

impl Plan {
    fn of(model: &Model, number: usize, options: &Options, kept: &mut Vec<Kept>) -> Self {
        let graph = &model.graphs()[number];
        let dense = |id: TensorId| {
            let tensor = graph.tensor(id);
            tensor.sparsity.is_none() && tensor.compression == 0
        };
        let state = |id: TensorId| {
            let tensor = graph.tensor(id);
            let made = graph.producer(id).is_some() || graph.is_input(id) || model.is_const(tensor);
            options.compat && tensor.is_variable && tensor.dtype == DType::Float32 && !made
        };
        let mut plan = Self {
            halves: Vec::new(),
            floats: graph.ids().map(|id| graph.is_output(id)).collect(),
            states: Vec::new(),
            asked: Vec::new(),
        };
        let mut seen = vec![false; graph.tensors().len()];
        for (index, op) in graph.operators().iter().enumerate() {
            let names: Vec<&str> = op
                .outputs
                .iter()
                .map(|id| graph.tensor(*id).name.as_str())
                .collect();
            let asked = options.stays_float(op.code.builtin, &names);
            plan.asked.push(asked);
            let mut reads = false;
            for id in op.inputs.iter().flatten().copied() {
                if constant::is_float(model, number, id) && dense(id) {
                    reads = true;
                    if asked {
                        plan.floats[id.0] = true;
                    } else if !std::mem::replace(&mut seen[id.0], true) {
                        plan.halves.push(id);
                    }
                } else if !asked && state(id) && !std::mem::replace(&mut seen[id.0], true) {
                    plan.states.push(id);
                }
            }
            if asked && reads {
                let output = names.first().copied().unwrap_or_default();
                kept.push(Kept::new(number, index, op.code.builtin, output, Why::Asked));
            }
        }
        plan
    }

    fn rewrite(self, model: &mut Model, number: usize, made: &mut SharedConstants<(), ()>) -> Result<()> {
        let mut names = FreeNames::of(&model.graphs()[number]);
        let mut first: Vec<Operator> = Vec::new();
        let mut read_as: Vec<Option<TensorId>> = vec![None; self.floats.len()];
        for id in self.halves {
            let graph = &mut model.graphs_mut()[number];
            let name = graph.tensor(id).name.clone();
            let half = if self.floats[id.0] {
                let mut copy = graph.tensor(id).clone();
                copy.name = names.take(&format!("{name}_float16"));
                made.add(copy.buffer);
                graph.add_tensor(copy)
            } else {
                id
            };
            made.store(model, (number, half), ((), DType::Float16), |model| {
                Ok((halved(model, number, half)?, ()))
            })?;
            let graph = &mut model.graphs_mut()[number];
            graph.tensor_mut(half).quant = None;
            let name = format!("{name}_dequantize");
            let float = cast::tensor(graph, &mut names, half, &name, DType::Float32, None);
            first.push(cast::operator(Builtin::DEQUANTIZE, DEQUANTIZE, half, float));
            read_as[id.0] = Some(float);
        }
        for id in self.states {
            let graph = &mut model.graphs_mut()[number];
            let name = format!("{}_float16", graph.tensor(id).name);
            let zeros = cast::tensor(graph, &mut names, id, &name, DType::Float16, None);
            let count = graph.tensor(id).elements().unwrap_or(usize::MAX);
            at_most(MAX_LIVE_ELEMENTS, count, "states", "elements")?;
            let bytes = Content::Plain(Bytes::new(quant_schema::zeros(2 * count)));
            let buffer = model.add_content(bytes);
            let graph = &mut model.graphs_mut()[number];
            graph.tensor_mut(zeros).buffer = buffer;
            first.push(cast::operator(Builtin::DEQUANTIZE, DEQUANTIZE, zeros, id));
        }
        let graph = &mut model.graphs_mut()[number];
        let operators = graph.take_operators();
        first.into_iter().try_for_each(|op| graph.push(op).map(drop))?;
        for (mut op, asked) in operators.into_iter().zip(self.asked) {
            if !asked {
                for id in op.inputs.iter_mut().flatten() {
                    *id = read_as[id.0].unwrap_or(*id);
                }
            }
            graph.push(op)?;
        }
        Ok(())
    }
}

/// The halves of a float constant.
fn halved(model: &Model, graph: usize, id: TensorId) -> Result<Content> {
    let floats = floats_in(model, graph, id)?;
    let mut bytes = quant_schema::zeros(2 * floats.len());
    halves(&floats, bytes.as_chunks_mut().0);
    Ok(Content::Plain(Bytes::new(bytes)))
}
