//! Ranges that the originals recorded, into a float model.

use std::fs;

use quant_core::ir::Model;
use quant_core::scheme::tflite::statistics::Statistics;

use super::cases::Case;

/// Those of TensorFlow's calibrator: `calibration.json`.
pub fn tensorflow(model: &mut Model, case: &Case) {
    store(model, case, "calibration.json");
}

/// Those of ai-edge-quantizer: `aeq_calibration.json`.
pub fn ai_edge(model: &mut Model, case: &Case) {
    store(model, case, "aeq_calibration.json");
}

fn store(model: &mut Model, case: &Case, file: &str) {
    let text = fs::read_to_string(case.folder.join(file)).unwrap();
    // The original's interpreter refused the model: there are none.
    if text.starts_with("{\"error\"") {
        return;
    }
    let statistics = Statistics::parse(&text).unwrap_or_else(|error| panic!("{case}: {file}: {error}"));
    statistics
        .write(model)
        .unwrap_or_else(|error| panic!("{case}: {file}: {error}"));
}
