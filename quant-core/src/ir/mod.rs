//! The model in memory: what a Circle or TFLite file says, without its encoding.
//!
//! Everything that a file can hold has a place here, so that import and export lose nothing. Parts that no
//! stage looks into (sparsity, options of operators without a kernel, …) are opaque.

mod builtin;
mod bytes;
mod content;
mod dtype;
mod graph;
mod labels;
mod model;
mod named;
mod opaque;
mod tensor;

pub use builtin::Builtin;
pub use bytes::{Bytes, Source};
pub use content::{Content, FakeQuantized};
pub use dtype::DType;
pub use graph::{Graph, OpCode, OpId, Operator, TensorId};
pub use model::{Buffer, BufferId, FileFormat, Metadata, Model, Signature, SignatureTensor};
pub use named::{Names, head};
pub use opaque::{Opaque, Options};
pub use tensor::{QuantDetails, QuantParam, Tensor};
