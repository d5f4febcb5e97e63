//! Stage 3: a float model with recorded ranges becomes a quantized model.
//!
//! What happens in which order is the scheme's list of passes ([`crate::scheme::Scheme::passes`]); here stands what is
//! done before them, whatever the scheme, and what several stages need of constants and channels.

pub mod channels;
pub mod coded;
pub mod constant;
pub mod precheck;
pub mod squeezed;
pub mod unruled;

use crate::config::Config;
use crate::fold;
use crate::profile;
use crate::scheme::pass::Context;
use quant_ir::Model;
use quant_ir::error::Result;

/// Quantizes the main graph in place. A model without a float activation is left as it is.
///
/// # Errors
/// Missing ranges, operators or types that the scheme does not cover, values that do not fit. The model is
/// then unchanged.
pub fn run(model: &mut Model, config: &Config) -> Result<()> {
    let mut work = model.clone();
    profile::keeping(&mut work, |work| quantize(work, config))?;
    *model = work;
    Ok(())
}

fn quantize(model: &mut Model, config: &Config) -> Result<()> {
    precheck::one_graph(model)?;
    fold::constants(model)?;
    precheck::float_model(model)?;
    if !precheck::has_float_activations(model) {
        return Ok(());
    }
    let scheme = config.scheme.as_ref();
    precheck::check(model, scheme)?;
    constant::separate(model)?;
    let mut context = Context::new(model, config)?;
    scheme.passes().iter().try_for_each(|pass| pass.run(&mut context))
}
