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

/// A file with so many of one kind of thing, each of them empty.
pub fn many(operator_codes: usize, subgraphs: usize, buffers: usize) -> Vec<u8> {
    let mut model = schema::ModelT::default();
    model.operator_codes = Some(vec![schema::OperatorCodeT::default(); operator_codes]);
    model.subgraphs = Some(vec![schema::SubGraphT::default(); subgraphs]);
    model.buffers = Some(vec![schema::BufferT::default(); buffers]);
    crate::mutate::file(&model)
}

/// A file of one graph with so many tensors and operators.
pub fn large_graph(tensors: usize, operators: usize) -> Vec<u8> {
    let mut graph = schema::SubGraphT::default();
    graph.tensors = Some(vec![schema::TensorT::default(); tensors]);
    graph.operators = Some(vec![schema::OperatorT::default(); operators]);
    let mut model = schema::ModelT::default();
    model.operator_codes = Some(vec![schema::OperatorCodeT::default()]);
    model.subgraphs = Some(vec![graph]);
    crate::mutate::file(&model)
}
