//! ONNX models where a model is wanted: read with the files beside them, and lowered with the inputs and outputs that were
//! named.

mod quantized;
mod ranges;

pub use quantized::{Job, quantize};

use std::fs::File;
use std::path::Path;

use quant_core::ir::{Bytes, Model};
use quant_onnx::Lowering;

use crate::failure::{Failure, Result};
use crate::{frozen, used_files};

/// Whether bytes look like one: field 1, the version of the format, then a field of ModelProto.
pub fn looks_like(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x08, 1..=99, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42, ..]
    )
}

/// The model as ONNX has it, with the elements that stand in files beside it.
///
/// # Errors
/// It is no ONNX model, or a file beside it cannot be read or is too short.
pub fn read(path: &Path, bytes: Bytes) -> Result<quant_onnx::Model> {
    let within = |error: quant_core::Error| error.within(path.display());
    let mut model = quant_onnx::Model::from_bytes(bytes).map_err(within)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files = std::collections::BTreeMap::new();
    for location in model.external_files().map_err(within)? {
        let file = folder.join(&location);
        used_files::read(&file);
        let mapped = File::open(&file).and_then(|opened| {
            let length = opened.metadata()?.len();
            if length == 0 {
                return Ok(Bytes::from(Vec::new()));
            }
            quant_schema::map(&opened).map(Bytes::new)
        });
        let bytes = mapped.map_err(|error| Failure::io(&file, &error))?;
        files.insert(location, bytes);
    }
    model.attach(&files).map_err(within)?;
    Ok(model)
}

/// The model that is quantized and run; with `dynamic`, what it quantizes when it runs is quantized. What ONNX leaves open and was decided is told on the standard error.
///
/// # Errors
/// It is no ONNX model, or something on the way from its inputs to its outputs has no counterpart in a model.
pub fn model(path: &Path, bytes: Bytes, dynamic: bool) -> Result<Model> {
    let model = read(path, bytes)?;
    let asked = frozen::asked();
    let lowering = Lowering {
        outputs: asked.outputs,
        inputs: asked.inputs,
        shapes: asked.input_shape.into_iter().collect(),
        dynamic,
        ..Lowering::default()
    };
    let lowered = model
        .lower(&lowering)
        .map_err(|error| error.within(path.display()))?;
    for note in lowered.notes {
        eprintln!("note: {}: {}", path.display(), note.replace(['\n', '\r'], " "));
    }
    Ok(lowered.model)
}
