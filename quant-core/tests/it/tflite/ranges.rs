//! Ranges that the originals recorded, into a float model.

use quant_core::ir::{Model, QuantParam, TensorId};
use quant_core::scheme::tflite::common::intermediates;
use serde_json::Value as Json;

use super::cases::{Case, json};

/// Those of TensorFlow's calibrator: `calibration.json`, a list of [index, name, min, max].
pub fn tensorflow(model: &mut Model, case: &Case) {
    let file = json(&case.folder.join("calibration.json"));
    // The original's interpreter refused the model.
    let Json::Array(list) = &file else { return };
    intermediates::add(model).unwrap();
    for entry in list {
        let index = entry[0].as_u64().unwrap() as usize;
        let number = |at: usize| vec![entry[at].as_f64().unwrap() as f32];
        let tensor = model.main_mut().tensor_mut(TensorId(index));
        assert_eq!(tensor.name, entry[1].as_str().unwrap(), "{case}");
        let quant = tensor.quant.get_or_insert_with(QuantParam::default);
        (quant.min, quant.max) = (number(2), number(3));
    }
}

/// Those of ai-edge-quantizer: `aeq_calibration.json`, {name: {min: [..], max: [..]}}.
#[allow(dead_code)] // until the first flavour is built
pub fn ai_edge(model: &mut Model, case: &Case) {
    let file = json(&case.folder.join("aeq_calibration.json"));
    for tensor in model.main_mut().tensors_mut() {
        let Some(entry) = file.get(&tensor.name) else {
            continue;
        };
        let numbers = |key: &str| -> Vec<f32> {
            let list = entry[key].as_array().unwrap().iter();
            list.map(|x| x.as_f64().unwrap() as f32).collect()
        };
        let quant = tensor.quant.get_or_insert_with(QuantParam::default);
        (quant.min, quant.max) = (numbers("min"), numbers("max"));
    }
}
