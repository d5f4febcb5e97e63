//! Tensors for what an LSTM computes on the way, as `calibrator.add_intermediate_tensors` appends them.

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, Graph, Model, OpId, Operator, Tensor};
use quant_schema::{BuiltinOptionsT, LSTMKernelType};

/// How many an LSTM has: the sums of its four gates before layer norm (input, forget, cell, output; recorded where there
/// is layer norm), and the hidden state before the projection.
pub const COUNT: usize = 5;

/// Whether an operator is an LSTM with gates and states as inputs of their own.
pub fn has_them(op: &Operator) -> bool {
    match (op.code.builtin, op.options.builtin()) {
        (Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM, _) => true,
        (Builtin::LSTM, BuiltinOptionsT::LSTMOptions(options)) => options.kernel_type == LSTMKernelType::FULL,
        _ => false,
    }
}

/// Appends five float tensors to the graph of each full LSTM that has none yet, named `intermediate_<operator>_<number>`,
/// so that a recording finds their place. Other models stay as they are.
///
/// # Errors
/// None for a graph that holds together.
pub fn add(model: &mut Model) -> Result<()> {
    model.graphs_mut().iter_mut().try_for_each(add_to)
}

fn add_to(graph: &mut Graph) -> Result<()> {
    for index in 0..graph.operators().len() {
        let op = &graph.operators()[index];
        if !has_them(op) || op.intermediates.as_ref().is_some_and(|all| !all.is_empty()) {
            continue;
        }
        let first = graph.tensors().len();
        for number in 0..COUNT {
            let name = format!("intermediate_{index}_{number}");
            graph.add_tensor(Tensor::new(name, DType::Float32, vec![0]));
        }
        let numbers = (first..first + COUNT).map(|number| number as i32).collect();
        graph.edit(OpId(index), |op| op.intermediates = Some(numbers))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_ir::{FileFormat, OpCode, Options};

    #[test]
    fn full_lstms_get_five_once() {
        let mut model = Model::new(FileFormat::Tflite);
        let graph = model.main_mut();
        let mut push = |builtin, options| {
            let output = graph.add_tensor(Tensor::new("y", DType::Float32, vec![1]));
            let op = Operator::new(OpCode::builtin(builtin), Vec::new(), vec![output], options);
            graph.push(op).unwrap();
        };
        let lstm = |kernel_type| {
            let mut options = quant_schema::LSTMOptionsT::default();
            options.kernel_type = kernel_type;
            Options::new(BuiltinOptionsT::LSTMOptions(Box::new(options)))
        };
        push(Builtin::TANH, Options::default());
        push(Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM, Options::default());
        push(Builtin::LSTM, lstm(LSTMKernelType::BASIC));
        push(Builtin::LSTM, lstm(LSTMKernelType::FULL));
        add(&mut model).unwrap();
        let operators = model.main().operators();
        let numbers: Vec<_> = operators.iter().map(|op| op.intermediates.clone()).collect();
        assert_eq!(numbers[0], None);
        assert_eq!(numbers[1], Some(vec![4, 5, 6, 7, 8]));
        assert_eq!(numbers[2], None);
        assert_eq!(numbers[3], Some(vec![9, 10, 11, 12, 13]));
        assert_eq!(model.main().tensors()[12].name, "intermediate_3_3");
        let once = model.clone();
        add(&mut model).unwrap();
        assert_eq!(model, once);
    }
}
