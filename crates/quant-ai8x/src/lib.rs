//! Quantizes PyTorch checkpoints for MAX78000 and MAX78002, as `quantize.py` of ai8x-synthesis does, bit for bit.
//!
//! Weights become whole numbers of 1, 2, 4 or 8 bits, still stored as floats; biases go with them, and the shift
//! that undoes a layer's factor is added. Names, formulas and order are those of the original; what it crashes
//! on and we do not stands in `docs/differences.md`.
//!
//! ```
//! use quant_ai8x::{Device, Options, quantize};
//! use quant_torch::{Checkpoint, DType, Format, Payload};
//!
//! let mut checkpoint = Checkpoint::new(Format::Zip);
//! let bytes: Vec<u8> = [0.3f32, -0.2].iter().flat_map(|x| x.to_le_bytes()).collect();
//! let weight = checkpoint.add_tensor(DType::Float, &[2], Payload::Bytes(bytes.into()))?;
//! let (key, state) = (checkpoint.graph.text("fc.op.weight")?, checkpoint.graph.text("state_dict")?);
//! let dict = checkpoint.graph.dict(vec![(key, weight)])?;
//! checkpoint.root = checkpoint.graph.dict(vec![(state, dict)])?;
//!
//! let report = quantize(&mut checkpoint, &Options::new(Device::Max78000))?;
//! // The largest weight is below 1/2, so there is room for a factor of 2.
//! assert_eq!((report.tensors[0].factor, report.tensors[0].shift), (256.0, Some(-1.0)));
//! let state = checkpoint.graph.lookup(checkpoint.root, "state_dict").unwrap();
//! let weight = checkpoint.graph.lookup(state, "fc.op.weight").unwrap();
//! assert_eq!(checkpoint.tensor(weight)?.read_f32()?, [77.0, -51.0]);
//! # Ok::<(), quant_torch::Error>(())
//! ```

mod already;
mod batch_norm;
mod bits;
mod config;
mod device;
mod layer;
pub mod limits;
mod options;
mod quantize;
mod report;
mod scaled;
mod state;
pub mod statistics;
mod yaml;

pub use bits::Bits;
pub use config::{Network, parse as parse_network};
pub use device::Device;
pub use options::{BatchNorm, Clip, Options};
pub use quantize::quantize;
pub use report::{Report, TensorReport, shown};
