//! Files that no converter writes.

use quant_schema as schema;

/// A file with a list of `tensors` tensors, all of them one and the same table, whose shape has `dims` dimensions.
pub fn shared_tensor(tensors: usize, dims: usize) -> Vec<u8> {
    let mut builder = flatbuffers::FlatBufferBuilder::new();
    let mut tensor = schema::TensorT::default();
    tensor.shape = Some(vec![1; dims]);
    tensor.name = Some("x".to_owned());
    let tensor = tensor.pack(&mut builder);
    let list = builder.create_vector(&vec![tensor; tensors]);
    let graph = schema::SubGraph::create(
        &mut builder,
        &schema::SubGraphArgs {
            tensors: Some(list),
            ..schema::SubGraphArgs::default()
        },
    );
    let graphs = builder.create_vector(&[graph]);
    let model = schema::Model::create(
        &mut builder,
        &schema::ModelArgs {
            subgraphs: Some(graphs),
            ..schema::ModelArgs::default()
        },
    );
    schema::finish_model_buffer(&mut builder, model);
    builder.finished_data().to_vec()
}
