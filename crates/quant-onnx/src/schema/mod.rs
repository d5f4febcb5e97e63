//! What ONNX's messages are made of: names, numbers and kinds of their fields, as facts of `onnx.proto3` (onnx 1.23).

mod device;
mod enums;
mod graph;
mod model;
mod tensor;
mod types;

pub use enums::TENSOR_PROTO_DATA_TYPE;
pub use graph::{ATTRIBUTE_PROTO, GRAPH_PROTO, NODE_PROTO};
pub use model::MODEL_PROTO;
pub use tensor::TENSOR_PROTO;
