//! ONNX to ONNX: the models that `onnxruntime.quantization` makes of a float model, node for node and bit for bit.
//!
//! [`quantize`] takes ranges and inserts `QuantizeLinear` and `DequantizeLinear` ([`Format::Qdq`]) or puts operators on
//! integers in place of float ones ([`Format::QOperator`], [`Format::Dynamic`]); [`blockwise`] cuts the weights of `MatMul`
//! into blocks of few bits. Names, order of nodes, scales and integers are those of onnxruntime 1.32; where it goes wrong,
//! ours does not, unless [`Options::faithful`] asks for it.
#![allow(clippy::as_conversions, clippy::arithmetic_side_effects)] // integers of quantized tensors are made by casting

mod activations;
pub mod array;
pub mod bias;
mod blockwise;
pub mod calibrate;
mod draft;
mod gemm;
mod initializers;
pub mod integer;
mod named;
pub mod nbits;
pub mod number;
mod observed;
mod operators;
mod opset;
mod options;
pub mod params;
mod qdq;
mod ranges;
mod sort;
mod tensors;
mod types;
mod wired;
mod words;

pub use blockwise::{BlockFormat, BlockOptions, blockwise};
pub use observed::{Observed, observed};
pub use options::{Format, Options, Override};
pub use ranges::{Range, Ranges, to_calibrate};

use quant_ir::Result;

use crate::data_type::DataType;
use crate::model::Model;

/// Quantizes a model. `ranges` are those of the tensors that [`to_calibrate`] names; [`Format::Dynamic`] needs none.
///
/// # Errors
/// `Missing`: a tensor has no range; `Unsupported`: options that exclude each other, a model whose operators are too old
/// to be converted; `NotFinite`: NaN in a weight; those of the initializers' arrays.
pub fn quantize(model: &Model, ranges: &Ranges, options: &Options) -> Result<Model> {
    options.check()?;
    let mut model = model.clone();
    let halves = types::of(&model)
        .values()
        .any(|found| *found == DataType::FLOAT16);
    if halves && !options.faithful && options.format != Format::Qdq {
        let hint = "operators on integers are of f32: take `--format qdq`";
        return Err(words::unsupported("a model of halves in this format", hint));
    }
    if let Some(from) = model.opset("")
        && let Some(to) = opset::wanted(from, options, halves)
    {
        opset::raise(&mut model, from, to, options.faithful)?;
    }
    // Newer operators have constants where older ones have attributes: those need no calibration.
    let mut ranges = ranges.clone();
    for node in model.graph.nodes.iter().filter(|node| node.op() == "Constant") {
        let tensor = node.tensor("value")?;
        let values = tensor.map(|tensor| tensor.tensor()).transpose()?;
        let float = values
            .as_ref()
            .and_then(|values| ranges::float(Some(values.data_type)));
        let values = values.and_then(|values| values.to_floats());
        if let (Some(name), Some(values), Some(float)) = (node.outputs().first(), values, float) {
            let (low, high) = array::range(&values);
            ranges
                .entry((*name).to_owned())
                .or_insert(Range { low, high, float });
        }
    }
    let ranges = &ranges;
    let mut draft = draft::Draft::of(model)?;
    if options.subgraphs && draft.has_subgraphs() {
        let hint = "leave it out: the subgraphs stay float";
        return Err(words::unsupported(
            "`EnableSubgraph` in a model with subgraphs",
            hint,
        ));
    }
    match options.format {
        Format::Qdq => qdq::quantize(&mut draft, ranges, options)?,
        Format::QOperator | Format::Dynamic => operators::quantize(&mut draft, ranges, options)?,
    }
    draft.finish(options.faithful)
}
