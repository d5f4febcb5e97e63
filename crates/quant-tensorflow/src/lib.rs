//! TensorFlow's frozen graphs (`.pb`, `.pbtxt`).
//!
//! [`Graph`] is a `GraphDef` as data: nodes, attributes and constants, read and written in both forms without loss. [`text`]
//! (of quant-protobuf) reads protobuf's text form for messages of any kind.
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
mod data_type;
mod graph;
pub mod limits;
mod lower;
mod node;
pub mod schema;
mod shape;
mod tensor;

pub use attribute::{Attribute, List};
pub use data_type::DataType;
pub use graph::Graph;
pub use lower::Lowered;
pub use node::{Input, Node};
pub use quant_lower::Lowering;
pub use quant_protobuf::array::Elements;
pub use quant_protobuf::{message, pbtxt, text, wire};
pub use shape::Shape;
pub use tensor::Tensor;
