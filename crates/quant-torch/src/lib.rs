//! PyTorch checkpoints, read and written without loss.
//!
//! A checkpoint is a pickle, a small program that builds Python objects, beside the raw bytes of its tensors.
//! Here nothing is executed: the program becomes a [`Graph`] of plain values. Classes and functions are names;
//! a call is kept when its function is on a [list](pickle::CALLABLE), and is an error else. So optimizers,
//! schedules, epochs and what else lies in a checkpoint survive beside the tensors.
//!
//! Both formats of `torch.save` are read and written: the zip archive (stored entries whose data begin at
//! multiples of 64 bytes) and the older stream of pickles. What is read and not changed is written back byte
//! for byte, when CPython's pickler wrote it with protocol 2, which is what torch uses.
//!
//! ```
//! use quant_torch::{Checkpoint, DType, Format, Graph, Payload};
//!
//! // What `torch.save({"weight": torch.tensor([1.0, -0.5])})` writes.
//! let mut checkpoint = Checkpoint::new(Format::Zip);
//! let bytes: Vec<u8> = [1.0f32, -0.5].iter().flat_map(|x| x.to_le_bytes()).collect();
//! let tensor = checkpoint.add_tensor(DType::Float, &[2], Payload::Bytes(bytes.into()))?;
//! let key = checkpoint.graph.text("weight")?;
//! checkpoint.root = checkpoint.graph.dict(vec![(key, tensor)])?;
//! let mut file = Vec::new();
//! checkpoint.write(&mut file)?;
//!
//! let back = Checkpoint::read(file)?;
//! let (_, weight) = back.graph.entries(back.root)?[0];
//! assert_eq!(back.tensor(weight)?.read_f32()?, [1.0, -0.5]);
//! # Ok::<(), quant_torch::Error>(())
//! ```

mod add;
mod archive;
mod change;
mod check;
mod checkpoint;
mod dtype;
mod error;
mod file;
mod legacy;
pub mod limits;
pub mod pickle;
mod rebuild;
mod reference;
mod source;
mod storage;
mod tensor;
mod zip;

pub use checkpoint::{Checkpoint, Format};
pub use dtype::DType;
pub use error::{Error, ErrorKind, Place, Problem, Result};
pub use pickle::{Built, Call, Graph, Id, Object};
pub use source::Source;
pub use storage::{Compute, Payload, Storage};
pub use tensor::{Tensor, contiguous_strides};
