//! `quant-core` as TensorFlow Lite's quantizers, and as ai-edge-quantizer.

use quant_case::Granularity;
use quant_case::row::RowKind;
use quant_case::tflite::Flavour;
use quant_core::ir::Model;
use quant_core::record::{self, Mode, RecordOptions, SliceRecords};
use quant_core::scheme::tflite::recipe::Recipe;
use quant_core::scheme::tflite::{self, Options};

use super::core_case::{float, show, text_records};
use super::{Case, pairs};
use crate::results::Quantized;

/// The tensors of the float model as the row's quantizer leaves them.
pub(super) fn quantized(case: &Case) -> Result<Vec<Quantized>, String> {
    let mut model = if case.row.needs_records() {
        calibrated(case, float(case)?)?
    } else {
        float(case)?
    };
    let before = model.clone();
    quantize(case, &mut model)?;
    pairs::tensors(&before, &model)
}

fn quantize(case: &Case, model: &mut Model) -> Result<(), String> {
    let options = Options {
        per_tensor: case.row.granularity.known() == Some(Granularity::Layer),
        ..Options::default()
    };
    let quantize = match case.row.flavour() {
        Some(Flavour::Int8) => tflite::int8::quantize,
        Some(Flavour::Int8Legacy) => tflite::steps::quantize_int8,
        Some(Flavour::Int16x8) => tflite::steps::quantize_int16x8,
        Some(Flavour::Dynamic) => tflite::dynamic::quantize,
        Some(Flavour::Float16) => tflite::float16::quantize,
        Some(Flavour::Uint8) => tflite::uint8::quantize,
        None => {
            let recipe = show(Recipe::builtin(case.row.dtype.word()))?;
            return show(tflite::recipe::quantize(model, &recipe, &options)).map(drop);
        }
    };
    show(quantize(model, &options)).map(drop)
}

/// A float model with the ranges that the row's calibrator keeps.
pub(super) fn calibrated(case: &Case, mut model: Model) -> Result<Model, String> {
    let records = SliceRecords(text_records(case, &model)?);
    let mode = match case.row.kind {
        RowKind::Recipe => Mode::Exponential,
        _ => Mode::Running,
    };
    let options = RecordOptions {
        mode,
        ..RecordOptions::default()
    };
    show(record::run(&mut model, &records, &options, &|_| ()))?;
    Ok(model)
}
