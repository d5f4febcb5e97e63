//! The quantized graph: integers for floats, QUANTIZE and DEQUANTIZE where operators stay float.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Graph, Model, Operator, TensorId};

use super::super::common::cast;
use super::constants::{State, constants, zeros};
use super::params::Params;
use super::plan::{Form, Plan, Read};
use super::rules;

/// Puts the quantized graph in the place of the float one. `interface`: the types of inputs and outputs.
///
/// # Errors
/// None that a sound graph could have.
pub fn write(
    model: &mut Model,
    number: usize,
    plan: &Plan,
    interface: (DType, DType),
    state: &mut State,
) -> Result<()> {
    let mut names = FreeNames::of(&model.graphs()[number]);
    let constants = constants(model, number, plan, state, &mut names)?;
    let zeros = zeros(model, number, plan, &mut names)?;
    let graph = &mut model.graphs_mut()[number];
    let mut read = vec![false; plan.params.len()];
    for (op, reads) in graph.operators().iter().zip(&plan.reads) {
        let places = reads.iter().flat_map(BTreeMap::keys);
        places
            .filter_map(|at| op.input(*at))
            .for_each(|id| read[id.0] = true);
    }
    let operators = graph.take_operators();
    let mut writer = Writer {
        integers: vec![None; graph.tensors().len()],
        floats: vec![None; graph.tensors().len()],
        others: BTreeMap::new(),
        graph,
        names,
        plan,
        interface,
    };
    writer.inputs(&read)?;
    for (number, op) in operators.into_iter().enumerate() {
        if let Some(version) = rules::version(op.code.builtin).filter(|_| plan.reads[number].is_some()) {
            state.versions.raise(op.code.builtin, version);
        }
        writer.operator(number, op, &constants, &zeros)?;
    }
    let moved = writer.outputs(&read)?;
    if number == 0 {
        model.redirect_signatures(|output| moved.get(&output).copied().unwrap_or(output));
    }
    Ok(())
}

struct Writer<'a> {
    graph: &'a mut Graph,
    names: FreeNames,
    plan: &'a Plan,
    interface: (DType, DType),
    /// The tensor of a value's integers, once it is made.
    integers: Vec<Option<TensorId>>,
    /// The tensor of its floats, once it is made.
    floats: Vec<Option<TensorId>>,
    /// The tensors of its integers with other parameters.
    others: BTreeMap<(TensorId, Form), TensorId>,
}

impl Writer<'_> {
    fn convert(&mut self, builtin: Builtin, from: TensorId, to: TensorId) -> Result<()> {
        self.graph.push(cast::operator(builtin, 1, from, to)).map(drop)
    }

    fn twin(&mut self, id: TensorId, suffix: &str, params: Option<Params>) -> TensorId {
        let name = format!("{}_{suffix}", self.graph.tensor(id).name);
        let dtype = if params.is_some() {
            DType::Uint8
        } else {
            DType::Float32
        };
        let quant = params.map(Params::stored);
        cast::tensor(self.graph, &mut self.names, id, &name, dtype, quant)
    }

    /// Lets a tensor of the interface have that type.
    fn outside(&mut self, id: TensorId, dtype: DType, params: Params) {
        let tensor = self.graph.tensor_mut(id);
        (tensor.dtype, tensor.quant) = (dtype, Some(params.outside(dtype)));
    }

    fn inputs(&mut self, read: &[bool]) -> Result<()> {
        for id in self.graph.inputs().to_vec() {
            let params = self.plan.params[id.0].filter(|_| read[id.0]);
            match (self.interface.0, params) {
                _ if self.graph.tensor(id).dtype != DType::Float32 => {}
                (DType::Float32, _) | (_, None) => self.floats[id.0] = Some(id),
                (DType::Uint8, Some(params)) => {
                    self.outside(id, DType::Uint8, params);
                    self.integers[id.0] = Some(id);
                }
                (dtype, Some(params)) => {
                    let twin = self.twin(id, "uint8", Some(params));
                    self.outside(id, dtype, params);
                    self.convert(Builtin::QUANTIZE, id, twin)?;
                    self.integers[id.0] = Some(twin);
                }
            }
        }
        Ok(())
    }

    /// The tensor of a value's integers.
    fn integers(&mut self, id: TensorId, own: Params) -> Result<TensorId> {
        if let Some(known) = self.integers[id.0] {
            return Ok(known);
        }
        let twin = self.twin(id, "quantized", Some(own));
        self.convert(Builtin::QUANTIZE, self.floats[id.0].unwrap_or(id), twin)?;
        self.integers[id.0] = Some(twin);
        Ok(twin)
    }

    /// The tensor of a value's integers with these parameters.
    fn read(&mut self, id: TensorId, wanted: Params) -> Result<TensorId> {
        let own = self.plan.params[id.0].unwrap_or(wanted);
        let integers = self.integers(id, own)?;
        if own == wanted {
            return Ok(integers);
        }
        let key = (id, Form::of(wanted));
        if let Some(known) = self.others.get(&key) {
            return Ok(*known);
        }
        let twin = self.twin(id, "requantized", Some(wanted));
        self.convert(Builtin::QUANTIZE, integers, twin)?;
        self.others.insert(key, twin);
        Ok(twin)
    }

    /// The tensor of a value's floats.
    fn float(&mut self, id: TensorId) -> Result<TensorId> {
        if let Some(known) = self.floats[id.0] {
            return Ok(known);
        }
        let Some(integers) = self.integers[id.0] else {
            return Ok(id);
        };
        let twin = self.twin(id, "dequantized", None);
        self.convert(Builtin::DEQUANTIZE, integers, twin)?;
        self.floats[id.0] = Some(twin);
        Ok(twin)
    }

    fn operator(
        &mut self,
        number: usize,
        mut op: Operator,
        constants: &BTreeMap<(TensorId, Form), TensorId>,
        zeros: &BTreeMap<usize, TensorId>,
    ) -> Result<()> {
        let Some(reads) = &self.plan.reads[number] else {
            for at in 0..op.inputs.len() {
                op.inputs[at] = op.inputs[at].map(|id| self.float(id)).transpose()?;
            }
            return self.graph.push(op).map(drop);
        };
        for (at, read) in reads {
            let Some(id) = op.input(*at) else { continue };
            op.inputs[*at] = Some(match read {
                Read::Constant(form) => constants.get(&(id, *form)).copied().unwrap_or(id),
                Read::Value(params) => self.read(id, *params)?,
            });
        }
        if let Some(bias) = zeros.get(&number) {
            let at = rules::of(op.code.builtin)
                .and_then(|rule| rule.ok()?.weights)
                .map_or(2, |weights| weights.bias);
            op.inputs.resize(op.inputs.len().max(at + 1), None);
            op.inputs[at] = Some(*bias);
        }
        // What the graph gives as floats or int8 is made of the operator's uint8.
        let mut behind = Vec::new();
        for made in &mut op.outputs {
            let id = *made;
            let Some(params) =
                self.plan.params[id.0].filter(|_| self.graph.tensor(id).dtype == DType::Float32)
            else {
                continue;
            };
            let given = if self.graph.is_output(id) {
                self.interface.1
            } else {
                DType::Uint8
            };
            if given == DType::Uint8 {
                self.outside(id, DType::Uint8, params);
                self.integers[id.0] = Some(id);
                continue;
            }
            let twin = self.twin(id, "uint8", Some(params));
            self.integers[id.0] = Some(twin);
            *made = twin;
            if given == DType::Float32 {
                self.floats[id.0] = Some(id);
                behind.push((Builtin::DEQUANTIZE, twin, id));
            } else {
                self.outside(id, given, params);
                behind.push((Builtin::QUANTIZE, twin, id));
            }
        }
        self.graph.push(op)?;
        behind
            .into_iter()
            .try_for_each(|(builtin, from, to)| self.convert(builtin, from, to))
    }

    /// Inputs that are outputs too have the type of an output there: what becomes of them.
    fn outputs(mut self, read: &[bool]) -> Result<BTreeMap<TensorId, TensorId>> {
        let mut ids = self.graph.outputs().to_vec();
        let mut moved = BTreeMap::new();
        for id in &mut ids {
            let params = self.plan.params[id.0].filter(|_| self.graph.is_input(*id) && read[id.0]);
            let Some(params) = params.filter(|_| self.graph.tensor(*id).dtype != self.interface.1) else {
                continue;
            };
            let to = match (moved.get(id), self.interface.1) {
                (Some(known), _) => *known,
                (None, DType::Float32) => self.float(*id)?,
                (None, DType::Uint8) => self.integers(*id, params)?,
                (None, dtype) => {
                    let (integers, twin) = (self.integers(*id, params)?, self.twin(*id, "out", Some(params)));
                    self.outside(twin, dtype, params);
                    self.convert(Builtin::QUANTIZE, integers, twin)?;
                    twin
                }
            };
            moved.insert(*id, to);
            *id = to;
        }
        self.graph.set_outputs(ids)?;
        Ok(moved)
    }
}
