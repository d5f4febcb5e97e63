//! Changes of a graph. Each keeps the index of uses, and leaves the graph as it was where it fails. What changes many
//! operators is one sweep: [`Graph::take_operators`] and [`Graph::push`], [`Graph::insert`], [`Graph::retain`].

use super::uses::{Use, Uses};
use super::{Graph, OpId, Operator, Options, Tensor, TensorId};
use crate::error::{Error, Place, Problem, Result};

impl Graph {
    /// Appends a tensor.
    pub fn add_tensor(&mut self, tensor: Tensor) -> TensorId {
        self.tensors.push(tensor);
        self.uses.of.push(Use::default());
        TensorId(self.tensors.len() - 1)
    }

    /// Appends an operator.
    ///
    /// # Errors
    /// It names a tensor that is not there, makes one that has a producer or that an operator read before.
    pub fn push(&mut self, op: Operator) -> Result<OpId> {
        let index = OpId(self.operators.len());
        self.uses.check(&self.tensors, index, &op)?;
        self.uses.note(index, &op);
        self.operators.push(op);
        Ok(index)
    }

    /// Takes all operators out, so that they can be put back one after the other ([`Graph::push`]) with others among
    /// them. Until then [`Graph::producer`] and [`Graph::readers`] tell of those that are back.
    pub fn take_operators(&mut self) -> Vec<Operator> {
        self.uses.clear();
        std::mem::take(&mut self.operators)
    }

    /// Puts operators among those of the graph, each before the one of that number (their count: at the end), those of
    /// one number in the order given. The numbers ascend.
    ///
    /// # Errors
    /// As [`Graph::push`].
    pub fn insert(&mut self, operators: Vec<(usize, Operator)>) -> Result<()> {
        let mut new = operators.into_iter().peekable();
        let mut all = Vec::with_capacity(self.operators.len() + new.len());
        let mut old = Vec::with_capacity(all.capacity());
        let ends = self.operators.len();
        for (number, op) in std::mem::take(&mut self.operators).into_iter().enumerate() {
            while let Some((_, inserted)) = new.next_if(|(at, _)| *at <= number) {
                all.push(inserted);
                old.push(false);
            }
            all.push(op);
            old.push(true);
        }
        all.extend(new.map(|(_, inserted)| inserted));
        old.resize(all.len(), false);
        debug_assert_eq!(old.iter().filter(|old| **old).count(), ends);
        match self.uses_of(&all) {
            Ok(uses) => {
                self.uses = uses;
                self.operators = all;
                Ok(())
            }
            Err(error) => {
                let both = all.into_iter().zip(old);
                self.operators = both.filter(|(_, old)| *old).map(|(op, _)| op).collect();
                Err(error)
            }
        }
    }

    /// Removes the operators that are not to be kept. What they made has no producer then.
    pub fn retain(&mut self, mut keep: impl FnMut(OpId, &Operator) -> bool) {
        let mut index = 0;
        self.operators.retain(|op| {
            index += 1;
            keep(OpId(index - 1), op)
        });
        self.uses.clear();
        for (index, op) in self.operators.iter().enumerate() {
            self.uses.note(OpId(index), op);
        }
    }

    /// The options of an operator, to change them.
    pub fn options_mut(&mut self, op: OpId) -> &mut Options {
        &mut self.operators[op.0].options
    }

    /// Changes one operator.
    ///
    /// # Errors
    /// As [`Graph::push`].
    pub fn edit<T>(&mut self, op: OpId, change: impl FnOnce(&mut Operator) -> T) -> Result<T> {
        let operator = &mut self.operators[op.0];
        let before = (
            operator.inputs.clone(),
            operator.outputs.clone(),
            operator.intermediates.clone(),
        );
        let told = change(operator);
        if (&operator.inputs, &operator.outputs, &operator.intermediates) == (&before.0, &before.1, &before.2)
        {
            return Ok(told);
        }
        let after = (
            std::mem::replace(&mut operator.inputs, before.0),
            std::mem::replace(&mut operator.outputs, before.1),
            std::mem::replace(&mut operator.intermediates, before.2),
        );
        self.uses.forget(op, operator);
        let before = (
            std::mem::replace(&mut operator.inputs, after.0),
            std::mem::replace(&mut operator.outputs, after.1),
            std::mem::replace(&mut operator.intermediates, after.2),
        );
        let checked = self.uses.check(&self.tensors, op, operator);
        if checked.is_err() {
            (operator.inputs, operator.outputs, operator.intermediates) = before;
        }
        self.uses.note(op, operator);
        checked.map(|()| told)
    }

    /// Lets operators from number `start` on and the graph outputs read `to` instead of `from`.
    ///
    /// # Errors
    /// One of these operators stands before the one that makes `to`.
    pub fn redirect(&mut self, start: OpId, from: TensorId, to: TensorId) -> Result<()> {
        let readers = &self.uses.of[from.0].readers;
        let kept = readers.partition_point(|reader| *reader < start);
        let late = |reader: &OpId| {
            let made = self.producer(to).is_some_and(|producer| producer >= *reader);
            made && !self.tensor(to).is_variable
        };
        if let Some(reader) = readers.get(kept).filter(|reader| late(reader)) {
            return Err(Error::new(
                Place::number("operator", reader.0),
                Problem::Order(format!(
                    "it would read `{}` before it is made",
                    self.tensor(to).name
                )),
                "list operators in execution order",
            ));
        }
        if from == to {
            return Ok(());
        }
        let moved = self.uses.of[from.0].readers.split_off(kept);
        for reader in &moved {
            let inputs = self.operators[reader.0].inputs.iter_mut().flatten();
            inputs.filter(|id| **id == from).for_each(|id| *id = to);
        }
        let readers = &mut self.uses.of[to.0].readers;
        readers.extend(moved);
        readers.sort_unstable();
        readers.dedup();
        if self.is_output(from) {
            let outputs = self.outputs.iter_mut().filter(|id| **id == from);
            outputs.for_each(|id| *id = to);
            self.uses.of[to.0].outputs += std::mem::take(&mut self.uses.of[from.0].outputs);
        }
        Ok(())
    }

    /// Appends a graph input.
    ///
    /// # Errors
    /// As [`Graph::set_inputs`].
    pub fn add_input(&mut self, id: TensorId) -> Result<()> {
        self.may_be_inputs(&[id])?;
        self.uses.of[id.0].input = true;
        self.inputs.push(id);
        Ok(())
    }

    /// Appends a graph output.
    ///
    /// # Errors
    /// As [`Graph::set_outputs`].
    pub fn add_output(&mut self, id: TensorId) -> Result<()> {
        self.exist("graph output", &[id])?;
        self.uses.of[id.0].outputs += 1;
        self.outputs.push(id);
        Ok(())
    }

    /// Sets the graph inputs.
    ///
    /// # Errors
    /// One is no tensor of the graph, or an operator makes it.
    pub fn set_inputs(&mut self, inputs: Vec<TensorId>) -> Result<()> {
        self.may_be_inputs(&inputs)?;
        self.inputs.iter().for_each(|id| self.uses.of[id.0].input = false);
        inputs.iter().for_each(|id| self.uses.of[id.0].input = true);
        self.inputs = inputs;
        Ok(())
    }

    /// Sets the graph outputs.
    ///
    /// # Errors
    /// One is no tensor of the graph.
    pub fn set_outputs(&mut self, outputs: Vec<TensorId>) -> Result<()> {
        self.exist("graph output", &outputs)?;
        self.outputs.iter().for_each(|id| self.uses.of[id.0].outputs = 0);
        outputs.iter().for_each(|id| self.uses.of[id.0].outputs += 1);
        self.outputs = outputs;
        Ok(())
    }

    fn may_be_inputs(&self, ids: &[TensorId]) -> Result<()> {
        self.exist("graph input", ids)?;
        match ids.iter().find(|id| self.producer(**id).is_some()) {
            Some(id) => {
                let what = format!("`{}` is made twice: an operator makes it", self.tensor(*id).name);
                Err(Error::new(
                    "graph input",
                    Problem::Malformed(what),
                    "remove the operator first",
                ))
            }
            None => Ok(()),
        }
    }

    fn exist(&self, place: &'static str, ids: &[TensorId]) -> Result<()> {
        match ids.iter().find(|id| id.0 >= self.tensors.len()) {
            Some(id) => {
                let what = format!("tensor {} does not exist", id.0);
                Err(Error::new(
                    place,
                    Problem::Malformed(what),
                    "add the tensor first",
                ))
            }
            None => Ok(()),
        }
    }

    fn uses_of(&self, operators: &[Operator]) -> Result<Uses> {
        let mut uses = Uses::of_interface(self.tensors.len(), &self.inputs, &self.outputs);
        for (index, op) in operators.iter().enumerate() {
            uses.check(&self.tensors, OpId(index), op)?;
            uses.note(OpId(index), op);
        }
        Ok(uses)
    }
}
