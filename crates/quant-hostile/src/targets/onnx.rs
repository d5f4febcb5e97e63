//! Targets that take ONNX models.

use quant_core::format;
use quant_core::ir::FileFormat;
use quant_core::quantized::running::{Execution, Running};
use quant_core::record::{RandomRecords, Records};
use quant_onnx::{Lowered, Lowering, Model};

use super::model;

/// An ONNX model: an error, or a model that is written and read as the same one, whose elements can be looked at, and that
/// becomes a model that can be written.
///
/// # Panics
/// Something got lost.
pub fn onnx_model(bytes: &[u8]) {
    let Ok(model) = Model::from_bytes(bytes.to_vec()) else {
        return;
    };
    match model.to_bytes().and_then(Model::from_bytes) {
        Ok(again) => assert_eq!(again, model, "something got lost"),
        Err(error) => panic!("what was written is refused: {error}"),
    }
    let _ = model.external_files();
    for tensor in &model.graph.initializers {
        let _ = tensor.tensor();
    }
    for (whole, dynamic) in [(true, true), (false, false)] {
        if let Some(lowered) = lowered(&model, whole, dynamic)
            && let Ok(file) = format::export(&lowered.model, FileFormat::Tflite)
            && let Err(error) = format::import(&file)
        {
            panic!("the file of a lowered model is refused: {error}");
        }
    }
}

/// The same, and then all stages of what it becomes, and one run in onnxruntime's integers.
///
/// # Panics
/// A stage does.
pub fn onnx_pipeline(bytes: &[u8]) {
    let how = bytes.last().copied().unwrap_or_default();
    if let Ok(model) = Model::from_bytes(bytes.to_vec())
        && let Some(lowered) = lowered(&model, false, how & 1 == 0)
        && !model::is_large(&lowered.model)
    {
        model::whole(&lowered.model, how);
        integers(&lowered.model, how);
    }
}

/// Runs one record, as far as there are kernels.
fn integers(model: &quant_core::ir::Model, how: u8) {
    let first = |model: &quant_core::ir::Model| {
        let records = RandomRecords::new(model.main().input_tensors(), u64::from(how), 1)?;
        records.get(0).map(Some)
    };
    let _ = Running::of::<quant_core::Error>(model, Execution::of_onnx(), first);
}

fn lowered(model: &Model, whole: bool, dynamic: bool) -> Option<Lowered> {
    let lowering = Lowering {
        whole,
        dynamic,
        ..Lowering::default()
    };
    model.lower(&lowering).ok()
}
