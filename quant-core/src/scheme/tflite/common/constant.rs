//! Constants of one graph: their floats, copies of them, integers in their place.
//!
//! [`crate::quantize::constant::measured_in`] has the floats with their ranges, `store_in` puts integers in their place.

use quant_ir::{FreeNames, Graph, Model, TensorId};

use crate::quantize::constant::BufferUses;

/// Whether a tensor holds constant floats: one that a caller or an operator gives a value is none, whatever its buffer
/// holds, and a variable neither.
pub fn is_float(model: &Model, graph: usize, id: TensorId) -> bool {
    let graph = &model.graphs()[graph];
    let tensor = graph.tensor(id);
    let given = graph.is_input(id) || graph.producer(id).is_some() || tensor.is_variable;
    tensor.dtype == quant_ir::DType::Float32 && !given && model.is_const(tensor)
}

/// Appends a tensor of the same constant; it shares the buffer until integers are stored in one of them. Its name is
/// `name`, or the next free one that begins so.
pub fn copy(
    graph: &mut Graph,
    names: &mut FreeNames,
    uses: &mut BufferUses,
    id: TensorId,
    name: &str,
) -> TensorId {
    let mut copy = graph.tensor(id).clone();
    copy.name = names.take(name);
    uses.add(copy.buffer);
    graph.add_tensor(copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantize::constant::store_in;
    use quant_ir::{DType, FileFormat, Tensor};

    #[test]
    fn a_copy_keeps_its_floats_when_integers_take_the_place_of_the_others() {
        let mut model = Model::new(FileFormat::Tflite);
        let mut tensor = Tensor::new("w", DType::Float32, vec![1]);
        tensor.buffer = model.add_buffer(1.5_f32.to_le_bytes().to_vec());
        let first = model.main_mut().add_tensor(tensor);
        let mut uses = BufferUses::of(&model);
        let graph = model.main_mut();
        let mut names = FreeNames::of(graph);
        let second = copy(graph, &mut names, &mut uses, first, "w");
        assert_eq!(graph.tensor(second).name, "w_1");
        assert!(is_float(&model, 0, second));
        store_in(&mut model, &mut uses, 0, first, DType::Int8, vec![7].into());
        assert_eq!(model.data(model.main().tensor(first)).unwrap().as_ref(), [7]);
        assert_eq!(model.f32_data(model.main().tensor(second)), Some(vec![1.5]));
        // The last of them takes over the buffer.
        let before = model.buffers().len();
        store_in(&mut model, &mut uses, 0, second, DType::Int8, vec![9].into());
        assert_eq!(model.buffers().len(), before);
    }
}
