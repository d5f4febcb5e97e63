//! The rotation of an activation by a Hadamard matrix, as operators.

use quant_ir::{Builtin, DType, Model, OpCode, Operator, Options, Tensor, TensorId};
use quant_schema::{BuiltinOptionsT, FullyConnectedOptionsT, ReshapeOptionsT};

use super::coding::Uniform;
use super::draft::Draft;
use super::hadamard;

/// Inserts RESHAPE to rows of the matrix, FULLY_CONNECTED with it, and RESHAPE back. Returns the rotated tensor.
pub fn insert(draft: &mut Draft, model: &mut Model, id: TensorId, uniform: &Uniform, at: usize) -> TensorId {
    let size = uniform.hadamard.unwrap_or(1);
    let tensor = draft.tensor(model, id).clone();
    let rows = tensor.elements().unwrap_or(0) / size;
    let flat = vec![rows as i32, size as i32];
    let name = &tensor.name;
    let before = reshape(draft, model, id, flat.clone(), [name, "prerotate"], at);
    let matrix = matrix(draft, model, name, size);
    let product = Tensor::new(format!("{name}_rotated"), DType::Float32, flat);
    let product = draft.add(model, product);
    let options = BuiltinOptionsT::FullyConnectedOptions(Box::<FullyConnectedOptionsT>::default());
    let op = Operator::new(
        OpCode::builtin(Builtin::FULLY_CONNECTED),
        vec![Some(before), Some(matrix)],
        vec![product],
        Options::new(options),
    );
    draft.insert(at, op);
    reshape(
        draft,
        model,
        product,
        tensor.shape.clone(),
        [name, "postrotate"],
        at,
    )
}

fn reshape(
    draft: &mut Draft,
    model: &mut Model,
    from: TensorId,
    shape: Vec<i32>,
    [name, when]: [&str; 2],
    at: usize,
) -> TensorId {
    let mut dims = Tensor::new(
        format!("{name}_{when}_shape"),
        DType::Int32,
        vec![shape.len() as i32],
    );
    dims.buffer = model.add_buffer(shape.iter().flat_map(|d| d.to_le_bytes()).collect());
    let dims = draft.add(model, dims);
    let to = draft.add(
        model,
        Tensor::new(format!("{name}_{when}_reshaped"), DType::Float32, shape),
    );
    let options = Options::new(BuiltinOptionsT::ReshapeOptions(Box::<ReshapeOptionsT>::default()));
    let code = OpCode::builtin(Builtin::RESHAPE);
    draft.insert(
        at,
        Operator::new(code, vec![Some(from), Some(dims)], vec![to], options),
    );
    to
}

fn matrix(draft: &mut Draft, model: &mut Model, name: &str, size: usize) -> TensorId {
    if let Some(known) = draft.matrices.get(&size) {
        return *known;
    }
    let shape = vec![size as i32; 2];
    let mut matrix = Tensor::new(format!("{name}_hadamard_matrix"), DType::Float32, shape);
    let elements = (0..size * size).map(|at| hadamard::element(at / size, at % size, size));
    matrix.buffer = model.add_buffer(elements.flat_map(f32::to_le_bytes).collect());
    let id = draft.add(model, matrix);
    draft.matrices.insert(size, id);
    id
}
