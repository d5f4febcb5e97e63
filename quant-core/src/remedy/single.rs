//! One operator as a model of its own, which runs on the values that stand before it.

use std::collections::BTreeMap;

use quant_interp::{Interpreter, Workspace};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{DType, Model, Operator, Tensor, TensorId};

use crate::in_order::{WAVE, in_order};

/// One operator.
pub struct Single {
    model: Model,
    /// The activations that it reads, by their ids in the whole model.
    pub inputs: Vec<TensorId>,
}

impl Single {
    /// An operator of a model, with other elements for some of its constant operands.
    ///
    /// # Errors
    /// None that a sound graph could have.
    pub fn of(model: &Model, op: &Operator, others: &[(usize, &[f32])]) -> Result<Self> {
        let graph = model.main();
        let mut single = Self {
            model: Model::new(model.format),
            inputs: Vec::new(),
        };
        let mut op = op.clone();
        op.intermediates = None;
        let most = others.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
        if op.inputs.len() < most {
            op.inputs.resize(most, None);
        }
        let mut known: BTreeMap<TensorId, TensorId> = BTreeMap::new();
        for (at, operand) in op.inputs.iter_mut().enumerate() {
            if let Some((_, values)) = others.iter().find(|(other, _)| *other == at) {
                *operand = Some(single.constant(graph, *operand, values));
                continue;
            }
            let Some(id) = *operand else { continue };
            let new = known.get(&id).copied();
            *operand = Some(new.unwrap_or_else(|| {
                let mut tensor = graph
                    .tensor(id)
                    .of_same_shape(graph.tensor(id).name.clone(), graph.tensor(id).dtype);
                match model.content(graph.tensor(id)) {
                    Some(content) => {
                        tensor.buffer = single.model.add_content(content.clone());
                        tensor.sparsity.clone_from(&graph.tensor(id).sparsity);
                    }
                    None => single.inputs.push(id),
                }
                let new = single.model.main_mut().add_tensor(tensor);
                known.insert(id, new);
                new
            }));
        }
        for output in &mut op.outputs {
            let tensor = graph.tensor(*output);
            let tensor = tensor.of_same_shape(tensor.name.clone(), tensor.dtype);
            *output = single.model.main_mut().add_tensor(tensor);
        }
        let inputs = single.inputs.iter().map(|id| known[id]).collect();
        let outputs = op.outputs.clone();
        let graph = single.model.main_mut();
        graph.set_inputs(inputs)?;
        graph.push(op)?;
        graph.set_outputs(outputs)?;
        Ok(single)
    }

    fn constant(&mut self, graph: &quant_ir::Graph, like: Option<TensorId>, values: &[f32]) -> TensorId {
        let length = i32::try_from(values.len()).unwrap_or(i32::MAX);
        let mut tensor = match like {
            Some(id) => graph
                .tensor(id)
                .of_same_shape("constant".to_owned(), DType::Float32),
            None => Tensor::new("constant", DType::Float32, vec![length]),
        };
        tensor.buffer = self
            .model
            .add_buffer(values.iter().flat_map(|x| x.to_le_bytes()).collect());
        self.model.main_mut().add_tensor(tensor)
    }

    /// Its outputs for each record, given the values of the whole model's activations.
    ///
    /// # Errors
    /// The operator does not run.
    pub fn run(
        &self,
        values: &[Option<Vec<Value>>],
        records: usize,
        threads: usize,
    ) -> Result<Vec<Vec<Value>>> {
        let interpreter = Interpreter::new(&self.model)?;
        let mut all: Vec<Vec<Value>> = vec![Vec::with_capacity(records); self.model.main().outputs().len()];
        let one = |record: usize, workspace: &mut Workspace| {
            let inputs = self.inputs.iter().map(|id| {
                let of = values[id.0].as_ref().and_then(|values| values.get(record));
                of.cloned().unwrap_or_else(|| Value::f32(Vec::new(), Vec::new()))
            });
            interpreter.run_with(inputs.collect(), workspace, &mut |_, _, _| Ok(()))
        };
        let take = |_, outputs: Vec<Value>| {
            for (all, one) in all.iter_mut().zip(outputs) {
                all.push(one);
            }
        };
        in_order(0..records, threads, WAVE, Workspace::new, one, take)?;
        Ok(all)
    }
}
