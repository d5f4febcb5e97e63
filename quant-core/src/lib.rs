//! The quantizer: bytes in, bytes or values out. It opens no file and prints nothing.
//!
//! [`Quantizer`] does it all: a float model and records in, a quantized model and what somebody should know of it out. By
//! themselves, its three stages are modules with one verb each: weights become what they will be after
//! quantization ([`fake_quantize`]), the model runs on data and every activation's range is kept
//! ([`record`]), and weights and activations become integers ([`quantize`]). What a family of quantizers decides is a
//! [`scheme`]; [`check`] says how far the outputs are off. [`format`](mod@format) is the only door for outside bytes, [`dump`]
//! looks into every room, and [`interp`] runs models. Values and arrays of [`ndarray`] become each other.
//!
//! ```
//! use quant_core::config::Config;
//! use quant_core::ir::FileFormat;
//! use quant_core::record::{RandomRecords, RecordOptions};
//! use quant_core::{dump, fake_quantize, format, quantize, record};
//! use quant_types::{Granularity, QuantType};
//!
//! // A model of three operators. Files come in through `format::import` in the same way.
//! let recipe = quant_case::recipe::parse(r#"
//!     operand { name: "image" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
//!     operand { name: "filter" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 1 }
//!               filler { tag: "explicit" arg: "0.5" arg: "-1.0" } }
//!     operand { name: "conv" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
//!     operand { name: "relu" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
//!     operand { name: "pool" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
//!     operation { type: "Conv2D" input: "image" input: "filter" input: "" output: "conv"
//!                 conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
//!     operation { type: "ReLU" input: "conv" output: "relu" }
//!     operation { type: "MaxPool2D" input: "relu" output: "pool"
//!                 maxpool2d_options { padding: VALID stride_w: 2 stride_h: 2 filter_width: 2 filter_height: 2 } }
//!     input: "image"
//!     output: "pool"
//! "#)?;
//! let mut model = quant_recipe::build(&recipe)?;
//!
//! let config = Config::new(QuantType::Uint8, Granularity::Channel);
//! fake_quantize::run(&mut model, &config)?;
//! let records = RandomRecords::new(model.main().input_tensors(), 1, 10)?;
//! record::run(&mut model, &records, &RecordOptions::default(), &|_| ())?;
//! quantize::run(&mut model, &config)?;
//!
//! let bytes = format::export(&model, FileFormat::Circle)?;
//! assert_eq!(&bytes[4..8], b"CIR0");
//!
//! // Every channel of the filter has a scale of its own; the second channel is all negative.
//! let filter = format::import(&bytes)?;
//! let filter = dump::tensors(&filter)?.into_iter().find(|(name, _)| name == "filter").unwrap().1;
//! assert_eq!(filter.dtype.as_deref(), Some("uint8"));
//! assert_eq!(filter.scale.unwrap(), [0.5 / 255.0, 1.0 / 255.0]);
//! assert_eq!(filter.zero_point.unwrap(), [0, 255]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod check;
mod cholesky;
pub mod config;
pub mod dump;
pub mod fake_quantize;
pub mod fold;
pub mod implant;
mod in_order;
pub mod metrics;
pub mod mpq;
pub mod profile;
pub mod quantize;
pub mod quantized;
pub mod quantizer;
pub mod record;
pub mod remedy;
pub mod runtime;
pub mod scheme;
pub mod sensitivity;
pub mod weight_error;
pub mod weights_only;

pub use quantizer::{Quantized, Quantizer};

pub use quant_interp as interp;
pub use quant_interp::ops;
pub use quant_ir as ir;
pub use quant_ir::ndarray;
pub use quant_ir::{Error, ErrorKind, Place, Problem, Result, error, format, limits, value};
pub use quant_kernel as kernel;
pub use quant_numeric as numeric;
pub use quant_types::{Granularity, QuantType, npy};
