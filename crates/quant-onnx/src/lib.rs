//! ONNX models (`.onnx`).
//!
//! [`Model`] is a `ModelProto` as data: graphs, nodes, attributes and initializers, read and written without loss, those
//! whose elements stand in files beside the model among them.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::as_conversions,
        clippy::arithmetic_side_effects
    )
)]

mod attribute;
mod beside;
mod data_type;
mod external;
mod graph;
mod lower;
mod model;
mod node;
pub mod quantize;
pub mod schema;
mod tensor;
mod value_info;

pub use attribute::Attribute;
pub use data_type::DataType;
pub use external::External;
pub use graph::Graph;
pub use lower::Lowered;
pub use model::{Model, OperatorSet};
pub use node::Node;
pub use quant_lower::Lowering;
pub use quant_protobuf::array::Elements;
pub use quant_protobuf::{limits, message};
pub use tensor::{Tensor, TensorProto};
pub use value_info::{Dim, ValueInfo};
