//! Stage 3: a float model with recorded ranges becomes a quantized model.
//!
//! What happens is the scheme's ([`crate::scheme::Scheme::quantize`]); here stands what several stages and schemes need of
//! constants and channels, and what is asked before a model runs.

pub mod channels;
pub mod coded;
pub mod constant;
pub mod precheck;
pub mod squeezed;
pub mod unruled;

use crate::config::Config;
use crate::profile;
use crate::scheme::Kept;
use quant_ir::Model;
use quant_ir::error::Result;

/// Quantizes a model in place, as its scheme does it, and tells which operators stayed float. A model without a float
/// activation is left as it is.
///
/// # Errors
/// Missing ranges, operators or types that the scheme does not cover, values that do not fit. The model is
/// then unchanged.
pub fn run(model: &mut Model, config: &Config) -> Result<Vec<Kept>> {
    let mut work = model.clone();
    let mut kept = Vec::new();
    profile::keeping(&mut work, |work| {
        kept = config.scheme.quantize(work, config)?;
        Ok(())
    })?;
    *model = work;
    Ok(kept)
}
