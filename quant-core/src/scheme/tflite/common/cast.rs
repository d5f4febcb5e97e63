//! QUANTIZE and DEQUANTIZE.

use quant_ir::{Builtin, DType, FreeNames, Graph, OpCode, Operator, Options, QuantParam, TensorId};

/// QUANTIZE or DEQUANTIZE in that version, from one tensor to another.
pub fn operator(builtin: Builtin, version: i32, from: TensorId, to: TensorId) -> Operator {
    let code = OpCode {
        version,
        ..OpCode::builtin(builtin)
    };
    Operator::new(code, vec![Some(from)], vec![to], Options::default())
}

/// Appends a tensor of the same shape as `like`, with that type and those parameters. Its name is `name`, or the next
/// free one that begins so.
pub fn tensor(
    graph: &mut Graph,
    names: &mut FreeNames,
    like: TensorId,
    name: &str,
    dtype: DType,
    quant: Option<QuantParam>,
) -> TensorId {
    let mut tensor = graph.tensor(like).of_same_shape(names.take(name), dtype);
    tensor.quant = quant;
    graph.add_tensor(tensor)
}
