//! What nothing names goes: tensors, and the bytes of buffers.

use super::uses::Uses;
use super::{Buffer, Graph, Model, QuantDetails, Tensor, TensorId};

impl Model {
    /// Drops the tensors of the main graph from number `from` on that nothing names. Returns what became of each.
    pub fn drop_unused_tensors(&mut self, from: usize) -> Vec<Option<TensorId>> {
        // Callers may know a tensor by a signature alone.
        let signatures = self.signatures.iter().flatten();
        let entries = signatures.filter(|signature| signature.subgraph == 0);
        let named: Vec<usize> = entries
            .flat_map(|signature| signature.inputs.iter().chain(&signature.outputs))
            .map(|entry| entry.tensor as usize)
            .collect();
        let new_index = self.main_mut().drop_unused(from, &named);
        let signatures = self.signatures.iter_mut().flatten();
        for signature in signatures.filter(|signature| signature.subgraph == 0) {
            for entry in signature.inputs.iter_mut().chain(&mut signature.outputs) {
                if let Some(new) = new_index.get(entry.tensor as usize) {
                    entry.tensor = *new as u32;
                }
            }
        }
        // A tensor that went has the number of the next one.
        let behind = new_index
            .iter()
            .skip(1)
            .copied()
            .chain([self.main().tensors().len()]);
        let both = new_index.iter().zip(behind);
        both.map(|(&at, next)| (next > at).then_some(TensorId(at)))
            .collect()
    }

    /// Drops the tensors of the main graph that nothing names, and the bytes of buffers that nothing names. Returns what
    /// became of each tensor.
    pub fn compact(&mut self) -> Vec<Option<TensorId>> {
        let left = self.drop_unused_tensors(0);
        let mut used = vec![false; self.buffers.len()];
        let tensors = self.graphs.iter().flat_map(|graph| &graph.tensors);
        let named = tensors.map(|tensor| tensor.buffer.0);
        let metadata = self.metadata.iter().flatten().map(|entry| entry.buffer.0);
        let old = self.metadata_buffer.iter().flatten();
        let old = old.filter_map(|number| usize::try_from(*number).ok());
        for at in named.chain(metadata).chain(old) {
            if let Some(used) = used.get_mut(at) {
                *used = true;
            }
        }
        for (buffer, _) in self.buffers.iter_mut().zip(used).filter(|(_, used)| !used) {
            *buffer = Buffer::default();
        }
        left
    }
}

impl Graph {
    /// Drops the tensors from number `from` on that no operator, no input and no output names. Returns the new
    /// number of each.
    pub(super) fn drop_unused(&mut self, from: usize, named: &[usize]) -> Vec<usize> {
        let mut used = vec![false; self.tensors.len()];
        used[..from].fill(true);
        for at in named {
            if let Some(used) = used.get_mut(*at) {
                *used = true;
            }
        }
        // Numbers in other places are kept as the file has them, and may name nothing.
        for number in self.numbers() {
            if let Some(used) = usize::try_from(*number).ok().and_then(|at| used.get_mut(at)) {
                *used = true;
            }
        }
        let operands = self
            .operators
            .iter()
            .flat_map(|op| op.inputs.iter().flatten().chain(&op.outputs));
        for id in operands.chain(&self.inputs).chain(&self.outputs) {
            used[id.0] = true;
        }
        let new_index: Vec<usize> = used
            .iter()
            .scan(0, |next, &used| {
                let index = *next;
                *next += usize::from(used);
                Some(index)
            })
            .collect();
        let mut keep = used.into_iter();
        self.tensors.retain(|_| keep.next().unwrap_or(true));
        let renumber = |id: &mut TensorId| *id = TensorId(new_index[id.0]);
        for op in &mut self.operators {
            op.inputs.iter_mut().flatten().for_each(renumber);
            op.outputs.iter_mut().for_each(renumber);
        }
        self.inputs.iter_mut().for_each(renumber);
        self.outputs.iter_mut().for_each(renumber);
        for number in self.numbers() {
            if let Some(new) = usize::try_from(*number).ok().and_then(|at| new_index.get(at)) {
                *number = *new as i32;
            }
        }
        self.uses = Uses::of_checked(self.tensors.len(), &self.inputs, &self.outputs, &self.operators);
        new_index
    }

    /// Where tensors are named besides operands: intermediate results, and scales of blocks.
    fn numbers(&mut self) -> impl Iterator<Item = &mut i32> {
        fn blocks(tensor: &mut Tensor) -> Option<[&mut i32; 2]> {
            match tensor.quant.as_mut()?.details.as_mut()? {
                QuantDetails::Blockwise {
                    scales, zero_points, ..
                } => Some([scales, zero_points]),
                _ => None,
            }
        }
        let blocks = self.tensors.iter_mut().filter_map(blocks).flatten();
        let intermediates = self.operators.iter_mut().flat_map(|op| &mut op.intermediates);
        blocks.chain(intermediates.flatten())
    }
}
