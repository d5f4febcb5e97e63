//! The graph as the steps say: tensors that hold integers, copies of constants, operators between.

use std::collections::BTreeMap;
use std::rc::Rc;

use quant_ir::error::Result;
use quant_ir::{
    BufferId, Builtin, DType, Model, OpCode, Operator, Options, QuantDetails, QuantParam, Tensor, TensorId,
};
use quant_schema::{BuiltinOptionsT, DequantizeOptionsT, QuantizeOptionsT};

use super::coding::{Coding, Uniform};
use super::draft::Draft;
use super::plan::{Does, Step};
use super::rotate;
use super::wishes::{Action, User};

/// What constants of a buffer became, with the buffers that hold it.
#[derive(Default)]
pub struct Stored(BTreeMap<usize, Vec<(Rc<Coding>, BufferId)>>);

/// The changes of one graph.
pub struct Editor {
    draft: Draft,
    /// What each operator reads in place of something.
    replaced: Vec<Vec<Replaced>>,
    /// What the graph's outputs are in place of something.
    outputs: BTreeMap<TensorId, TensorId>,
    /// Whether to do as the original does where it is wrong.
    compat: bool,
}

#[derive(Clone, Copy)]
struct Replaced {
    from: TensorId,
    to: TensorId,
    /// The first operand alone.
    once: bool,
}

impl Editor {
    /// No changes of that graph so far.
    pub fn new(model: &Model, number: usize, compat: bool) -> Self {
        let graph = &model.graphs()[number];
        Self {
            draft: Draft::of(model, number),
            replaced: vec![Vec::new(); graph.operators().len()],
            outputs: BTreeMap::new(),
            compat,
        }
    }

    /// Does the steps of a tensor.
    pub fn change(&mut self, model: &mut Model, stored: &mut Stored, tensor: TensorId, steps: &[Step]) {
        // For each user, the tensor that it reads by now, and where what makes that stands.
        let mut read: BTreeMap<User, (TensorId, usize)> = BTreeMap::new();
        let made = self.made(model, tensor);
        for step in steps {
            let first = step.users.first().and_then(|user| read.get(user));
            let (id, at) = first.copied().unwrap_or((tensor, made));
            match step.does {
                Does::Copy => {
                    let copy = self.copy(model, id);
                    for user in &step.users {
                        self.replace(*user, id, copy, true);
                        read.insert(*user, (copy, at));
                    }
                }
                Does::Act(Action::Nothing) => {}
                Does::Act(Action::Code) => self.code(model, stored, id, step.coding.as_ref()),
                Does::Act(action) => {
                    if action == Action::Dequantize {
                        self.code(model, stored, id, step.coding.as_ref());
                    }
                    let users = step.users.iter().filter_map(|user| match user {
                        User::Op(number) => Some(*number),
                        User::Graph => None,
                    });
                    let ends = step.users.contains(&User::Graph);
                    let first = users.min().filter(|_| !ends).unwrap_or(0);
                    let at = at.max(first);
                    let new = self.between(model, id, action, step.coding.as_ref(), at);
                    let mut users = step.users.clone();
                    users.sort_unstable();
                    users.dedup();
                    for user in users {
                        self.replace(user, id, new, false);
                        read.insert(user, (new, at));
                    }
                    if self.compat {
                        self.mistake(model, id, new, &step.users);
                    }
                }
            }
        }
    }

    /// Before which operator of the graph stands what reads a tensor as soon as it is made.
    fn made(&self, model: &Model, tensor: TensorId) -> usize {
        model.graphs()[self.draft.number]
            .producer(tensor)
            .map_or(0, |op| op.0 + 1)
    }

    /// In the original others read the new tensor too: the graph's output goes along with any user, and along with that the
    /// last operator, whose number −1 is to it as well.
    fn mistake(&mut self, model: &Model, id: TensorId, new: TensorId, users: &[User]) {
        let graph = &model.graphs()[self.draft.number];
        let (count, ends) = (graph.operators().len(), users.contains(&User::Graph));
        if !ends && graph.is_output(id) {
            self.replace(User::Graph, id, new, false);
        }
        if ends && count > 0 && !self.draft.appended && !users.contains(&User::Op(count - 1)) {
            self.replace(User::Op(count - 1), id, new, false);
        }
    }

    fn replace(&mut self, user: User, from: TensorId, to: TensorId, once: bool) {
        match user {
            User::Op(number) => self.replaced[number].push(Replaced { from, to, once }),
            User::Graph => {
                self.outputs.entry(from).or_insert(to);
            }
        }
    }

    fn copy(&mut self, model: &mut Model, id: TensorId) -> TensorId {
        let graph = &mut model.graphs_mut()[self.draft.number];
        let mut copy = graph.tensor(id).clone();
        copy.name = self
            .draft
            .names
            .take(&format!("{}_duplicated_{}", copy.name, graph.tensors().len()));
        graph.add_tensor(copy)
    }

    /// Inserts what makes another tensor of one.
    fn between(
        &mut self,
        model: &mut Model,
        id: TensorId,
        action: Action,
        coding: Option<&Rc<Coding>>,
        at: usize,
    ) -> TensorId {
        if action == Action::Rotate
            && let Some(Coding::Uniform(uniform)) = coding.map(|coding| &**coding)
        {
            return rotate::insert(&mut self.draft, model, id, uniform, at);
        }
        let (suffix, code) = match action {
            Action::Quantize => ("_quantized", Builtin::QUANTIZE),
            _ => ("_dequant", Builtin::DEQUANTIZE),
        };
        let graph = &mut model.graphs_mut()[self.draft.number];
        let old = graph.tensor(id);
        let name = self.draft.names.take(&format!("{}{suffix}", old.name));
        let mut tensor = old.of_same_shape(name, DType::Float32);
        let options = match (action, coding.map(|coding| &**coding)) {
            (Action::Quantize, Some(Coding::Uniform(uniform))) => {
                tensor.dtype = uniform.dtype();
                tensor.quant = Some(parameters(uniform));
                BuiltinOptionsT::QuantizeOptions(Box::<QuantizeOptionsT>::default())
            }
            _ => BuiltinOptionsT::DequantizeOptions(Box::<DequantizeOptionsT>::default()),
        };
        let new = graph.add_tensor(tensor);
        let op = Operator::new(
            OpCode::builtin(code),
            vec![Some(id)],
            vec![new],
            Options::new(options),
        );
        self.draft.insert(at, op);
        new
    }

    /// Makes a tensor hold integers or halves.
    fn code(&mut self, model: &mut Model, stored: &mut Stored, id: TensorId, coding: Option<&Rc<Coding>>) {
        // Steps for several users say the same again.
        let float = self.draft.tensor(model, id).dtype == DType::Float32;
        let Some(coding) = coding.filter(|_| float) else {
            return;
        };
        let (dtype, bytes) = match &**coding {
            Coding::Half(bytes) => (DType::Float16, Some(bytes)),
            Coding::Uniform(uniform) => (uniform.dtype(), uniform.data.as_deref()),
        };
        let mut quant = None;
        if let Coding::Uniform(uniform) = &**coding {
            let mut param = parameters(uniform);
            if uniform.block > 0 {
                self.blocks(model, id, uniform, &mut param);
            }
            quant = Some(param);
        }
        let tensor = model.graphs()[self.draft.number].tensor(id);
        let old = tensor.buffer;
        let buffer = bytes.map(|bytes| {
            let known = stored.0.entry(old.index()).or_default();
            let same = known.iter().find(|(other, _)| Rc::ptr_eq(other, coding));
            if let Some((_, buffer)) = same {
                return *buffer;
            }
            let buffer = model.add_buffer(bytes.clone());
            known.push((coding.clone(), buffer));
            buffer
        });
        let tensor = model.graphs_mut()[self.draft.number].tensor_mut(id);
        tensor.dtype = dtype;
        tensor.quant = quant;
        if let Some(buffer) = buffer {
            tensor.buffer = buffer;
        }
    }

    /// Stores the scales of blocks as a tensor of halves.
    fn blocks(&mut self, model: &mut Model, id: TensorId, uniform: &Uniform, quant: &mut QuantParam) {
        let tensor = self.draft.tensor(model, id);
        let mut shape = tensor.shape.clone();
        if let Some(row) = shape.last_mut() {
            *row /= uniform.block as i32;
        }
        let mut scales = Tensor::new(format!("{}_scales", tensor.name), DType::Float16, shape);
        let halves = std::mem::take(&mut quant.scale)
            .into_iter()
            .map(half::f16::from_f32);
        scales.buffer = model.add_buffer(halves.flat_map(half::f16::to_le_bytes).collect());
        let scales = self.draft.add(model, scales);
        quant.zero_point.clear();
        quant.details = Some(QuantDetails::Blockwise {
            scales: scales.0 as i32,
            zero_points: -1,
            block_size: uniform.block as i32,
        });
    }

    /// Puts the changed operators back, with the new ones among them.
    ///
    /// # Errors
    /// None that a sound graph could have.
    pub fn finish(mut self, model: &mut Model) -> Result<()> {
        self.draft.inserted.sort_by_key(|(at, _)| *at);
        let mut inserted = self.draft.inserted.into_iter().peekable();
        let graph = &mut model.graphs_mut()[self.draft.number];
        for (number, mut op) in graph.take_operators().into_iter().enumerate() {
            while let Some((_, new)) = inserted.next_if(|(at, _)| *at <= number) {
                graph.push(new)?;
            }
            for Replaced { from, to, once } in &self.replaced[number] {
                let operands = op.inputs.iter_mut().flatten().filter(|id| *id == from);
                let many = if *once { 1 } else { usize::MAX };
                operands.take(many).for_each(|id| *id = *to);
            }
            graph.push(op)?;
        }
        for (_, new) in inserted {
            graph.push(new)?;
        }
        let outputs = &self.outputs;
        let last = |mut id: TensorId| {
            while let Some(next) = outputs.get(&id) {
                id = *next;
            }
            id
        };
        graph.set_outputs(graph.outputs().iter().map(|id| last(*id)).collect())?;
        let Some(mut signatures) = model.signatures().map(<[_]>::to_vec) else {
            return Ok(());
        };
        let own = |graph: u32| usize::try_from(graph) == Ok(self.draft.number);
        for signature in signatures.iter_mut().filter(|signature| own(signature.subgraph)) {
            for output in &mut signature.outputs {
                output.tensor = last(TensorId(output.tensor as usize)).0 as u32;
            }
        }
        model.set_signatures(Some(signatures))
    }
}

/// The parameters of integers as a file has them.
fn parameters(uniform: &Uniform) -> QuantParam {
    QuantParam {
        scale: uniform.scale.singles(),
        zero_point: uniform.zero_point.clone(),
        quantized_dimension: uniform.axis.map_or(0, |axis| axis as i32),
        ..QuantParam::default()
    }
}
