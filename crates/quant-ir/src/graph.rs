//! A subgraph: tensors and operators in execution order.

use super::{Builtin, Options, Place, QuantDetails, Tensor};

/// Index of a tensor in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub usize);

/// Index of an operator in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub usize);

/// Which operator, in which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpCode {
    /// The builtin code; `Builtin::CUSTOM` for custom operators.
    pub builtin: Builtin,
    /// The name of a custom operator.
    pub custom: Option<String>,
    /// The operator's version.
    pub version: i32,
}

impl OpCode {
    /// The first version of a builtin operator: 1, but TensorFlow Lite has BROADCAST_TO from 2 on.
    pub fn builtin(builtin: Builtin) -> Self {
        Self {
            builtin,
            custom: None,
            version: if builtin == Builtin::BROADCAST_TO { 2 } else { 1 },
        }
    }
}

/// One operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// Which operator.
    pub code: OpCode,
    /// Inputs; `None` is an absent optional input (−1 in the file).
    pub inputs: Vec<Option<TensorId>>,
    /// Outputs.
    pub outputs: Vec<TensorId>,
    /// Its options.
    pub options: Options,
    /// Options of a custom operator; loaded from beyond the FlatBuffer when the file keeps them there.
    pub custom_options: Option<Vec<u8>>,
    /// Encoding of `custom_options` (0 = FlexBuffers).
    pub custom_options_format: i8,
    /// Whether `custom_options` stand beyond the FlatBuffer.
    pub custom_options_external: bool,
    /// Which inputs are variables that the operator changes.
    pub mutating_variable_inputs: Option<Vec<bool>>,
    /// Tensors for intermediate results.
    pub intermediates: Option<Vec<i32>>,
    /// Index of debug metadata, −1 for none.
    pub debug_metadata_index: i32,
}

impl Operator {
    /// An operator with no more than code, operands and options.
    pub fn new(
        code: OpCode,
        inputs: Vec<Option<TensorId>>,
        outputs: Vec<TensorId>,
        options: Options,
    ) -> Self {
        Self {
            code,
            inputs,
            outputs,
            options,
            custom_options: None,
            custom_options_format: 0,
            custom_options_external: false,
            mutating_variable_inputs: None,
            intermediates: None,
            debug_metadata_index: -1,
        }
    }

    /// The input at `index`, when there and given.
    pub fn input(&self, index: usize) -> Option<TensorId> {
        self.inputs.get(index).copied().flatten()
    }
}

/// A subgraph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Name, when the file gives one.
    pub name: Option<String>,
    /// Tensors.
    pub tensors: Vec<Tensor>,
    /// Graph inputs, in the order of the interface.
    pub inputs: Vec<TensorId>,
    /// Graph outputs, in the order of the interface.
    pub outputs: Vec<TensorId>,
    /// Operators, in execution order.
    pub operators: Vec<Operator>,
    /// Index of debug metadata, −1 for none.
    pub debug_metadata_index: i32,
    /// Circle's deprecated data format (0 = channels last).
    pub data_format: i8,
}

impl Graph {
    /// The tensor behind an id. Ids are checked at import and made by [`Graph::add_tensor`].
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The same, to change it.
    pub fn tensor_mut(&mut self, id: TensorId) -> &mut Tensor {
        &mut self.tensors[id.0]
    }

    /// The graph inputs, each with type and shape: what a record must fit.
    pub fn input_tensors(&self) -> Vec<Tensor> {
        self.inputs.iter().map(|id| self.tensor(*id).clone()).collect()
    }

    /// Whether a tensor keeps its value from one run to the next. A graph input does not, whatever it is marked as: the
    /// caller gives its value.
    pub fn keeps_state(&self, id: TensorId) -> bool {
        self.tensor(id).is_variable && !self.inputs.contains(&id)
    }

    /// Appends a tensor.
    pub fn add_tensor(&mut self, tensor: Tensor) -> TensorId {
        self.tensors.push(tensor);
        TensorId(self.tensors.len() - 1)
    }

    /// The first tensor of that name.
    pub fn find(&self, name: &str) -> Option<TensorId> {
        self.tensors.iter().position(|t| t.name == name).map(TensorId)
    }

    /// For each tensor, the operator that produces it.
    pub fn producers(&self) -> Vec<Option<OpId>> {
        let mut producers = vec![None; self.tensors.len()];
        for (index, op) in self.operators.iter().enumerate() {
            for output in &op.outputs {
                producers[output.0] = Some(OpId(index));
            }
        }
        producers
    }

    /// For each tensor, the operators that read it, in execution order, each once.
    pub fn consumers(&self) -> Vec<Vec<OpId>> {
        let mut consumers = vec![Vec::new(); self.tensors.len()];
        for (index, op) in self.operators.iter().enumerate() {
            for input in op.inputs.iter().flatten() {
                let readers = &mut consumers[input.0];
                if readers.last() != Some(&OpId(index)) {
                    readers.push(OpId(index));
                }
            }
        }
        consumers
    }

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

/// An operator as errors name it: its code and first output, and its number in the graph.
pub fn place(graph: &Graph, op: &Operator) -> Place {
    let label = op
        .outputs
        .first()
        .and_then(|id| graph.tensors.get(id.0))
        .map_or_else(String::new, |t| t.name.clone());
    // Operators lie in a row: where this one lies is its number, without a search.
    let at = std::ptr::from_ref(op).addr();
    let index = at
        .checked_sub(graph.operators.as_ptr().addr())
        .map(|bytes| bytes / size_of::<Operator>());
    let index = index.filter(|index| {
        graph
            .operators
            .get(*index)
            .is_some_and(|other| std::ptr::eq(other, op))
    });
    Place::Operator {
        code: op.code.clone(),
        label,
        index,
    }
}
