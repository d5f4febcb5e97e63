//! The quantized graph: operators with integers for operands; QUANTIZE and DEQUANTIZE where a fake quantization stood or an
//! operator stays float.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Model, Operator, TensorId};

use super::super::common::versions::Versions;
use super::ends;
use super::pairs::Pairs;
use super::writer::{Writer, Writing};

/// Puts the quantized graph in the place of the one with fake quantization.
///
/// # Errors
/// None that a sound graph could have.
pub fn write(
    model: &mut Model,
    number: usize,
    writing: &Writing<'_>,
    names: FreeNames,
    versions: &mut Versions,
) -> Result<()> {
    let graph = &mut model.graphs_mut()[number];
    let operators = graph.take_operators();
    let count = graph.tensors().len();
    let mut writer = Writer {
        raw: vec![None; count],
        integers: vec![None; count],
        floats: vec![None; count],
        others: vec![None; writing.plan.requantized.len()],
        views: views(&operators, writing.pairs),
        read: read(&operators, writing, count),
        graph,
        names,
        writing,
    };
    ends::inputs(&mut writer)?;
    for (number, op) in operators.into_iter().enumerate() {
        if let Some(version) = writing.of.get(&number) {
            versions.raise(op.code.builtin, *version);
        }
        if !writing.pairs.gone[number] {
            writer.operator(number, op)?;
        }
    }
    let moved = ends::outputs(writer)?;
    if !moved.is_empty() {
        model.redirect_signatures_of(number, |id| moved.get(&id).copied().unwrap_or(id));
    }
    Ok(())
}

/// The float tensors that a DEQUANTIZE of a pair makes: the first of each value.
fn views(operators: &[Operator], pairs: &Pairs) -> BTreeMap<TensorId, TensorId> {
    let mut views = BTreeMap::new();
    let gone = operators.iter().zip(&pairs.gone).filter(|(_, gone)| **gone);
    for (op, _) in gone.filter(|(op, _)| op.code.builtin == Builtin::DEQUANTIZE) {
        views.entry(pairs.of[op.outputs[0].0]).or_insert(op.outputs[0]);
    }
    views
}

/// The values whose integers somebody reads: a quantized operator, or whoever reads what a pair makes.
fn read(operators: &[Operator], writing: &Writing<'_>, count: usize) -> Vec<bool> {
    let mut read = vec![false; count];
    for (number, op) in operators
        .iter()
        .enumerate()
        .filter(|(number, _)| !writing.pairs.gone[*number])
    {
        for id in op.inputs.iter().flatten() {
            let value = writing.pairs.of[id.0];
            read[value.0] |= value != *id || writing.plan.quantized[number].is_some();
        }
    }
    read
}

impl Writer<'_> {
    /// The tensor of a value's integers as an operator reads them.
    fn read(&mut self, op: usize, at: usize, id: TensorId) -> Result<Option<TensorId>> {
        let integers = self.integers(id)?;
        let (Some(from), Some(other)) = (integers, self.writing.plan.others.get(&(op, at)).copied()) else {
            return Ok(integers);
        };
        if self.others[other].is_none() {
            let params = self.writing.plan.requantized[other].params;
            let twin = self.twin(id, "requantized", Some(params));
            self.cast(from, twin)?;
            self.others[other] = Some(twin);
        }
        Ok(self.others[other])
    }

    fn operator(&mut self, number: usize, mut op: Operator) -> Result<()> {
        let writing = self.writing;
        let quantized = writing.plan.quantized[number].is_some();
        for at in 0..op.inputs.len() {
            let Some(id) = op.inputs[at] else { continue };
            let value = writing.pairs.of[id.0];
            op.inputs[at] = Some(match writing.uses.get(&(number, at)) {
                Some(constant) => writing.constants.get(constant).copied().unwrap_or(value),
                None if quantized && self.params(value).is_some() => {
                    self.read(number, at, value)?.unwrap_or(id)
                }
                None => self.float(id)?,
            });
        }
        let mut behind = Vec::new();
        for made in &mut op.outputs {
            let id = *made;
            if self.graph.tensor(id).dtype != DType::Float32 {
                continue;
            }
            let Some(params) = self.params(id).filter(|_| quantized) else {
                self.raw[id.0] = Some(id);
                continue;
            };
            let written = writing.plan.written.get(&id).copied();
            let given = if self.graph.is_output(id) {
                writing.interface.1
            } else {
                DType::Int8
            };
            // What the operator writes, and what is made of it.
            let wrote = written.unwrap_or(params);
            if given == DType::Int8 {
                self.become_integers(id, DType::Int8, wrote);
            } else {
                *made = self.twin(id, "int8", Some(wrote));
            }
            let mut last = *made;
            if written.is_some() {
                let requantized = self.quantized(id, params);
                behind.push((last, requantized));
                last = requantized;
            }
            self.integers[id.0] = Some(last);
            if given != DType::Int8 {
                if given == DType::Uint8 {
                    self.become_integers(id, DType::Uint8, params);
                } else {
                    self.raw[id.0] = Some(id);
                }
                behind.push((last, id));
            }
        }
        self.graph.push(op)?;
        behind.into_iter().try_for_each(|(from, to)| self.cast(from, to))
    }
}
