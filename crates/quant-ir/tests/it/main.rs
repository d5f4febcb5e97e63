//! The model as data, what its parts refuse, and both ends of the file format.

mod array;
mod bytes;
mod content;
mod dtype;
mod error;
mod flexbuffers;
mod floats;
mod format_appended;
mod format_export;
mod free_names;
mod labels;
mod named;

use quant_ir::{DType, Graph, Tensor};

/// A graph of tensors with these names.
fn graph(names: &[&str]) -> Graph {
    let tensors = names
        .iter()
        .map(|name| Tensor::new(*name, DType::Float32, vec![1]));
    let mut graph = Graph::new();
    for tensor in tensors {
        graph.add_tensor(tensor);
    }
    graph
}
