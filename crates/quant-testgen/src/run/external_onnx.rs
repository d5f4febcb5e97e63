//! Commands that quantize ONNX models.

use std::fs;

use quant_case::onnx::{BLOCK_SIZE, Format};
use quant_onnx::Model;
use quant_onnx::quantize::calibrate::cache;

use super::commands::Commands;
use super::core_case::{data, show};
use super::core_onnx::{float, of};
use super::process::{self, Folder};
use super::{Case, pairs_onnx};
use crate::results::{Quantized, Range};

/// Ranges that the command writes.
pub(super) fn calibrated<C: Commands>(case: &Case) -> Result<Vec<Range>, String> {
    let folder = Folder::new()?;
    run::<C>(case, &folder)?;
    let path = folder.path("ranges.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let ranges = show(cache::read(&text))?;
    let range = |(name, range): (String, quant_onnx::quantize::Range)| Range {
        name,
        min: range.low,
        max: range.high,
    };
    Ok(ranges.into_iter().map(range).collect())
}

/// The tensors of the model that the command writes.
pub(super) fn quantized<C: Commands>(case: &Case) -> Result<Vec<Quantized>, String> {
    let folder = Folder::new()?;
    run::<C>(case, &folder)?;
    let bytes = process::read(&folder.path("out.onnx"))?;
    let made = Model::from_bytes(bytes).map_err(|error| format!("the command wrote no valid model: {error}"));
    pairs_onnx::tensors(&case.recipe, &made?)
}

fn run<C: Commands>(case: &Case, folder: &Folder) -> Result<(), String> {
    if C::ONNX.is_empty() {
        return Err("the tool chain has no command ONNX; give one, or remove the row".to_owned());
    }
    let (from, to) = (folder.path("in.onnx"), folder.path("out.onnx"));
    process::write(&from, &show(float(case)?.to_bytes())?)?;
    let (of, data) = (of(case)?, data(case, &folder.path("text"))?);
    let (format, bits) = match of.format() {
        Format::Qdq => ("qdq", None),
        Format::Qoperator => ("qoperator", None),
        Format::Dynamic => ("dynamic", None),
        Format::Blocks(bits) => ("matmul-nbits", Some(bits)),
    };
    let [activation, weight] = of.integers().map(|word| match word {
        "uint8" => "QUInt8",
        "int16" => "QInt16",
        _ => "QInt8",
    });
    let mut missing: Vec<&str> = Vec::new();
    if of.is_calibrated() {
        missing.extend(["bits", "block_size"]);
    } else if bits.is_some() {
        missing.extend(["data", "cache", "activation_type", "weight_type", "granularity"]);
    } else {
        missing.extend(["bits", "block_size", "data", "cache", "activation_type"]);
    }
    let words = process::words(C::ONNX, &missing, &|word| {
        Some(match word {
            "in" => from.display().to_string(),
            "out" => to.display().to_string(),
            "data" => data.display().to_string(),
            "cache" => folder.path("ranges.json").display().to_string(),
            "format" => format.to_owned(),
            "activation_type" => activation.to_owned(),
            "weight_type" => weight.to_owned(),
            "granularity" => case.row.granularity.word().to_owned(),
            "bits" => bits?.to_string(),
            "block_size" => BLOCK_SIZE.to_string(),
            _ => return None,
        })
    })?;
    process::run(&words, folder, C::TIME_OUT)
}
