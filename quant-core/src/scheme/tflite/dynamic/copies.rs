//! Operators that copy integers, and where the DEQUANTIZE behind them stands.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Graph, Model, Operator, QuantParam, TensorId};

use super::super::common::cast;
use super::super::common::twins::named;
use super::super::common::versions::Versions;
use super::rules;

/// The versions of DEQUANTIZE that take int8: with one scale, and with one for each channel.
const DEQUANTIZE: (i32, i32) = (2, 5);

/// What an operator does with the integers that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hands {
    /// It has none.
    Nothing,
    /// Its result is integers, which the next operator reads.
    On,
    /// Its result is integers, and a DEQUANTIZE stands behind it.
    Out,
}

/// The operators of a graph through which integers go: the DEQUANTIZE behind a table stands behind the operator that reads
/// it, and behind those that read that one's result, as long as each is the only reader, copies, has one result, and that
/// has fewer elements. For each operator what it does.
pub struct Copying(Vec<Hands>);

impl Copying {
    /// Those behind the constants of some operators.
    pub fn of(model: &Model, graph: usize, tables: impl Iterator<Item = (usize, TensorId)>) -> Self {
        let named = named(&model.graphs()[graph]);
        let graph = &model.graphs()[graph];
        let mut hands = vec![Hands::Nothing; graph.operators().len()];
        let tables: Vec<(usize, TensorId)> = tables.collect();
        let mut users = vec![0; graph.tensors().len()];
        tables.iter().for_each(|(_, id)| users[id.0] += 1);
        for (number, table) in tables {
            if users[table.0] > 1 || !shrinks(graph, number, table) {
                continue;
            }
            let mut last = number;
            loop {
                let made = graph.operators()[last].outputs[0];
                let next = graph.readers(made).first().filter(|_| named[made.0] == 1);
                match next.filter(|next| shrinks(graph, next.0, made)) {
                    Some(next) if hands[next.0] == Hands::Nothing => {
                        hands[last] = Hands::On;
                        last = next.0;
                    }
                    _ => break,
                }
            }
            hands[last] = Hands::Out;
        }
        Self(hands)
    }

    /// Whether an operator reads integers and hands them on.
    pub fn from(&self, op: usize) -> bool {
        self.0[op] != Hands::Nothing
    }

    /// Puts an operator back into its graph, with what it hands on, and a DEQUANTIZE behind it if one stands there.
    pub fn push(
        &self,
        graph: &mut Graph,
        names: &mut FreeNames,
        number: usize,
        mut op: Operator,
        versions: &mut Versions,
    ) -> Result<()> {
        let hands = self.0[number];
        if hands == Hands::Nothing {
            return graph.push(op).map(drop);
        }
        if let Some(version) = rules::smaller(op.code.builtin) {
            versions.raise(op.code.builtin, version);
        }
        let made = op.outputs[0];
        let quant = parameters(graph, &op);
        if hands == Hands::On {
            let tensor = graph.tensor_mut(made);
            (tensor.dtype, tensor.quant) = (DType::Int8, quant);
            return graph.push(op).map(drop);
        }
        let name = format!("{}_int8", graph.tensor(made).name);
        let integers = cast::tensor(graph, names, made, &name, DType::Int8, quant);
        op.outputs[0] = integers;
        graph.push(op)?;
        graph
            .push(cast::operator(Builtin::DEQUANTIZE, DEQUANTIZE.0, integers, made))
            .map(drop)
    }
}

/// Parameters of the integers that an operator reads.
fn parameters(graph: &Graph, op: &Operator) -> Option<QuantParam> {
    let read = op.inputs.iter().flatten().map(|id| graph.tensor(*id));
    let mut read = read.filter(|tensor| tensor.dtype == DType::Int8);
    read.find_map(|tensor| tensor.quant.clone())
}

/// Whether an operator copies that operand, and makes one result with fewer elements of it.
fn shrinks(graph: &Graph, op: usize, operand: TensorId) -> bool {
    let op = &graph.operators()[op];
    let elements = |id: TensorId| graph.tensor(id).elements();
    let fewer = match op.outputs.as_slice() {
        [made] => elements(*made) < elements(operand) && elements(*made).is_some(),
        _ => false,
    };
    fewer && rules::smaller(op.code.builtin).is_some()
}

/// The floats that DEQUANTIZE operators have made of integers.
#[derive(Debug, Default)]
pub struct Dequantized(BTreeMap<TensorId, TensorId>);

impl Dequantized {
    /// The floats of integers; a DEQUANTIZE is appended where there is none yet. `channels`: they have a scale each.
    ///
    /// # Errors
    /// None that a sound graph could have.
    pub fn of(
        &mut self,
        graph: &mut Graph,
        names: &mut FreeNames,
        integers: TensorId,
        channels: bool,
    ) -> Result<TensorId> {
        if let Some(float) = self.0.get(&integers) {
            return Ok(*float);
        }
        let name = format!("{}_dequantize", graph.tensor(integers).name);
        let float = cast::tensor(graph, names, integers, &name, DType::Float32, None);
        let version = if channels { DEQUANTIZE.1 } else { DEQUANTIZE.0 };
        graph.push(cast::operator(Builtin::DEQUANTIZE, version, integers, float))?;
        self.0.insert(integers, float);
        Ok(float)
    }
}
