//! What TensorFlow's messages are made of: names, numbers and kinds of their fields, as facts of `graph.proto` and what it
//! imports.

mod debug;
mod enums;
mod function;
mod graph;
mod root;
mod tensor;

pub use enums::DATA_TYPE;
pub use graph::{ATTR_VALUE, NODE_DEF};
use quant_protobuf::schema as kinds;
pub use quant_protobuf::schema::{EnumType, FieldType, Kind, MessageType};
pub use root::GRAPH_DEF;
pub use tensor::{TENSOR_PROTO, TENSOR_SHAPE_PROTO};
