//! int8 as uint8: onnxruntime on x86-64 takes the integers of a QuantizeLinear that one DequantizeLinear reads, and that behind
//! it one operator, as uint8 with a zero point that is 128 higher. What has an int8 in front and a uint8 behind is then no
//! operator on integers.

use quant_ir::{Builtin, DType, Graph, Model, Tensor, TensorId};

/// Whether an operator that works on integers in the file makes the float tensor.
pub fn is_on_integers(tensor: &Tensor) -> bool {
    tensor.dtype == DType::Float32 && tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty())
}

/// The model with such integers; one whose file has operators on integers keeps its types.
pub fn unsigned(model: &Model) -> Model {
    let mut made = model.clone();
    let graph = model.main();
    if graph.tensors().iter().any(is_on_integers) {
        return made;
    }
    for op in graph.operators() {
        let (Builtin::QUANTIZE, Some(from), &[to]) = (op.code.builtin, op.input(0), op.outputs.as_slice())
        else {
            continue;
        };
        if model.is_const(graph.tensor(from)) || !is_read_once(graph, to) {
            continue;
        }
        let tensor = made.main_mut().tensor_mut(to);
        if let (DType::Int8, Some(quant)) = (tensor.dtype, &mut tensor.quant) {
            tensor.dtype = DType::Uint8;
            let zeros = quant.scale.iter().enumerate();
            let zero = |at: usize| quant.zero_point.get(at).copied().unwrap_or(0).saturating_add(128);
            quant.zero_point = zeros.map(|(at, _)| zero(at)).collect();
        }
    }
    made
}

/// Whether one DEQUANTIZE reads the integers, and one operator its floats, or they are an output.
fn is_read_once(graph: &Graph, integers: TensorId) -> bool {
    let &[reader] = graph.readers(integers) else {
        return false;
    };
    let op = graph.operator(reader);
    let (Builtin::DEQUANTIZE, &[floats]) = (op.code.builtin, op.outputs.as_slice()) else {
        return false;
    };
    !graph.is_output(integers) && graph.users(floats) == 1
}
