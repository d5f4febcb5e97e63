//! `quant-core` as TensorFlow Lite's quantizers, and as ai-edge-quantizer.

use quant_core::ir::Model;
use quant_core::record::{self, Mode, RecordOptions, SliceRecords};

use super::core_case::{float, show, text_records};
use super::{Case, walk};
use crate::made::Quantized;

/// The tensors of the float model as the row's quantizer leaves them.
pub(super) fn quantized(case: &Case) -> Result<Vec<Quantized>, String> {
    let mut model = if case.row.needs_records() {
        calibrated(case)?
    } else {
        float(case)?
    };
    let before = model.clone();
    quantize(case, &mut model)?;
    walk::tensors(&before, &model)
}

fn quantize(case: &Case, _model: &mut Model) -> Result<(), String> {
    Err(format!("{} is not built yet", case.row.dtype))
}

/// The float model with the ranges that the row's calibrator keeps.
pub(super) fn calibrated(case: &Case) -> Result<Model, String> {
    let mut model = float(case)?;
    let records = SliceRecords(text_records(case, &model)?);
    let options = RecordOptions {
        mode: Mode::MinMax,
        ..RecordOptions::default()
    };
    show(record::run(&mut model, &records, &options, &|_| ()))?;
    Ok(model)
}
