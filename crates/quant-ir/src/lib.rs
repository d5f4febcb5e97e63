//! The model in memory: what a Circle or TFLite file says, without its encoding.
//!
//! Everything that a file can hold has a place here, so that import and export lose nothing. Parts that no
//! stage looks into (sparsity, options of operators without a kernel, …) are opaque.
//!
//! [`format`](mod@format) reads and writes files, [`Model`] is what they say, [`value`] what tensors hold at run time.
//!
//! ```
//! use quant_ir::{DType, FileFormat, Model, Tensor, format};
//!
//! let mut model = Model::new(FileFormat::Tflite);
//! let mut weights = Tensor::new("weights", DType::Float32, vec![2]);
//! weights.buffer = model.add_buffer([0.5f32, -1.0].iter().flat_map(|x| x.to_le_bytes()).collect());
//! model.main_mut().add_tensor(weights);
//!
//! let file = format::export(&model, FileFormat::Circle)?;
//! let model = format::import(&file)?;
//! let tensor = &model.main().tensors()[0];
//! assert_eq!((tensor.name.as_str(), model.f32_data(tensor)), ("weights", Some(vec![0.5, -1.0])));
//! # Ok::<(), quant_ir::Error>(())
//! ```

mod array;
mod buffer;
mod builtin;
mod bytes;
mod compact;
mod content;
mod dtype;
mod edit;
mod entry;
pub mod error;
pub mod flexbuffers;
mod floats;
pub mod format;
mod free_names;
mod graph;
mod interface;
mod labels;
pub mod limits;
mod model;
mod named;
mod opaque;
mod operator;
mod parts;
mod tensor;
mod uses;
pub mod value;

pub use array::Element;
pub use buffer::{Buffer, BufferId};
pub use builtin::Builtin;
pub use bytes::{Bytes, Source};
pub use content::{Computed, Content, Float};
pub use dtype::DType;
pub use error::{Error, ErrorKind, Place, Problem, Result};
pub use free_names::FreeNames;
pub use graph::{Graph, place};
pub use interface::{FileFormat, Metadata, Signature, SignatureTensor};
pub use model::Model;
pub use named::{Names, head};
pub use ndarray;
pub use opaque::{Opaque, Options};
pub use operator::{OpCode, OpId, Operator};
pub use parts::{GraphParts, ModelParts};
pub use tensor::{QuantDetails, QuantParam, Tensor, TensorId};
