//! Fake quantization as a file has it: QUANTIZE and a DEQUANTIZE behind it, on values and on constants.

use std::collections::BTreeMap;

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType, Graph, Model, OpId, TensorId};

use super::super::common::constant;
use super::params::Given;

/// The pairs of a graph.
pub struct Pairs {
    /// What each tensor stands for: itself, or the float tensor before the pair that makes it.
    pub of: Vec<TensorId>,
    /// The parameters that pairs give to float tensors.
    pub given: BTreeMap<TensorId, Given>,
    /// The tensor of integers of each of those.
    pub integers: BTreeMap<TensorId, TensorId>,
    /// Which operators belong to pairs.
    pub gone: Vec<bool>,
}

impl Pairs {
    /// Those of a graph. Of several on one tensor the first counts; the others stay operators.
    ///
    /// # Errors
    /// A fake quantization of an activation to less or more than 8 bits.
    pub fn of(model: &Model, number: usize) -> Result<Self> {
        let graph = &model.graphs()[number];
        let mut pairs = Self {
            of: graph.ids().collect(),
            given: BTreeMap::new(),
            integers: BTreeMap::new(),
            gone: vec![false; graph.operators().len()],
        };
        for (index, op) in graph.operators().iter().enumerate() {
            let (Builtin::QUANTIZE, Some(from), &[to]) = (op.code.builtin, op.input(0), &op.outputs[..])
            else {
                continue;
            };
            let root = pairs.of[from.0];
            let known = pairs.given.get(&root);
            // One behind another that says the same is the same.
            let again = known.is_some() && known == Given::of(graph.tensor(to)).as_ref();
            let first = known.is_none() && root == from;
            let Some(behind) = behind(graph, to).filter(|_| is_float(graph, from) && (first || again)) else {
                continue;
            };
            let Some(given) = Given::of(graph.tensor(to)) else {
                return Err(Error::new(
                    quant_ir::place(graph, op),
                    Problem::UnsupportedType(format!(
                        "a fake quantization to {} with these parameters is not known",
                        graph.tensor(to).dtype
                    )),
                    "train with 8 bits for activations, and 8 or 4 for weights",
                ));
            };
            if given.one().is_none() && !constant::is_float(model, number, from) {
                return Err(Error::new(
                    quant_ir::place(graph, op),
                    Problem::UnsupportedType(format!(
                        "activations with {} scales of {} have no kernels",
                        given.scales.len(),
                        given.dtype
                    )),
                    "train with 8 bits and one range for each activation",
                ));
            }
            pairs.gone[index] = true;
            for op in behind {
                pairs.gone[op.0] = true;
                pairs.of[graph.operator(op).outputs[0].0] = root;
            }
            pairs.given.entry(root).or_insert(given);
            pairs.integers.entry(root).or_insert(to);
        }
        Ok(pairs)
    }
}

fn is_float(graph: &Graph, id: TensorId) -> bool {
    graph.tensor(id).dtype == DType::Float32
}

/// The DEQUANTIZE operators that read integers, if nobody else does.
fn behind(graph: &Graph, integers: TensorId) -> Option<Vec<OpId>> {
    let readers = graph.readers(integers);
    let fits = |op: &OpId| {
        let op = graph.operator(*op);
        let float = matches!(&op.outputs[..], [made] if is_float(graph, *made));
        op.code.builtin == Builtin::DEQUANTIZE && float
    };
    let alone = !readers.is_empty() && !graph.is_output(integers) && readers.iter().all(fits);
    alone.then(|| readers.to_vec())
}
