//! Quantized models as float models that compute what the integers would, for verbs that run models.

use std::path::Path;

use quant_core::ir::Model;
use quant_core::quantize::precheck;
use quant_core::quantized::fake;

use crate::failure::Result;
use crate::files;

/// Reads a model that runs: a float model as it is, a quantized one with fake quantization.
pub fn read_model(path: &Path) -> Result<Model> {
    let mut model = files::read_model(path)?;
    simulate(&mut model).map_err(|error| error.within(path.display()))?;
    Ok(model)
}

/// Makes a quantized model a float model with fake quantization; leaves a float model alone.
pub fn simulate(model: &mut Model) -> quant_core::Result<()> {
    match precheck::float_activations(model) {
        Ok(()) => Ok(()),
        Err(_) => fake::run(model),
    }
}
