//! Step 3 as the original has it: it takes what `quant` refuses, and says so.

use quant_core::Result;
use quant_core::config::Config;
use quant_core::ir::Model;
use quant_core::quantize::{self, precheck, squeezed, unruled};
use quant_core::quantizer::Warning;
use quant_core::scheme::Unruled;
use quant_core::scheme::one::One;

/// Flags of the original: activations of operators that no rule names become integers like any other.
pub fn flags() -> One {
    One {
        unruled: Unruled::Quantize,
        ..One::default()
    }
}

/// Quantizes a model with recorded ranges; one without float activations stays as it is.
///
/// # Errors
/// As [`quantize::run`].
pub fn run(model: &mut Model, config: &Config) -> Result<()> {
    if !precheck::has_float_activations(model) {
        precheck::one_graph(model)?;
        return precheck::float_model(model);
    }
    quantize::run(model, config).map(drop)
}

/// What the caller should know of a model that [`run`] takes with `config`; a line each.
pub fn warnings(model: &Model, config: &Config) -> Vec<String> {
    if !precheck::has_float_activations(model) {
        return vec![
            "WARNING: the model has no float activation, so there is nothing to quantize: the output is the input"
                .to_owned(),
        ];
    }
    let groups = config
        .decisions()
        .map_or_else(|_| Vec::new(), |decisions| unruled::of(model, decisions));
    let list = (!groups.is_empty()).then(|| format!("WARNING: {}", Warning::Unruled(groups)));
    let squeezed = squeezed::of(model, config);
    list.into_iter()
        .chain(squeezed.iter().map(|one| format!("WARNING: {one}, with `quant`")))
        .collect()
}
