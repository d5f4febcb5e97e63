//! What TensorFlow's messages are made of: names, numbers and kinds of their fields, as facts of `graph.proto` and what it
//! imports.

mod debug;
mod enums;
mod function;
mod graph;
mod kinds;
mod root;
mod tensor;

pub use enums::DATA_TYPE;
pub use graph::{ATTR_VALUE, NODE_DEF};
pub use kinds::{EnumType, FieldType, Kind, MessageType};
pub use root::GRAPH_DEF;
pub use tensor::{TENSOR_PROTO, TENSOR_SHAPE_PROTO};
