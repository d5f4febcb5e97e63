//! The model in memory: what a Circle or TFLite file says, without its encoding.
//!
//! Everything that a file can hold has a place here, so that import and export lose nothing. Parts that no
//! stage looks into (sparsity, options of operators without a kernel, …) are opaque.

mod array;
mod buffer;
mod builtin;
mod bytes;
mod content;
mod dtype;
pub mod error;
pub mod flexbuffers;
pub mod format;
mod graph;
mod labels;
pub mod limits;
mod model;
mod named;
mod opaque;
mod tensor;
pub mod value;

pub use array::Element;
pub use buffer::{Buffer, BufferId};
pub use builtin::Builtin;
pub use bytes::{Bytes, Source};
pub use content::{Computed, Content, Float};
pub use dtype::DType;
pub use error::{Error, ErrorKind, Place, Problem, Result};
pub use graph::{Graph, OpCode, OpId, Operator, TensorId, place};
pub use model::{FileFormat, Metadata, Model, Signature, SignatureTensor};
pub use named::{Names, head};
pub use ndarray;
pub use opaque::{Opaque, Options};
pub use tensor::{QuantDetails, QuantParam, Tensor};
