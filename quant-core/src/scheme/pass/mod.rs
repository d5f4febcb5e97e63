//! Passes that schemes share, a file each. They ask the scheme and know no family.

pub mod activations;
pub mod bias;
pub mod casts;
pub mod context;
pub mod interface;
pub mod islands;
pub mod mixed;
pub mod propagate;
pub mod redundant;
pub mod rewrite;
pub mod same_scale;
pub mod tidy;
pub mod weights;

use std::fmt;

use quant_ir::Model;
use quant_ir::error::Result;

use crate::config::Config;
use crate::fold;
use crate::quantize::{constant, precheck};
use crate::scheme::Kept;
pub use context::Context;

type Change<'s> = Box<dyn Fn(&mut Context<'_>) -> Result<()> + 's>;

/// A step of a scheme, with its name.
pub struct Pass<'s> {
    name: &'static str,
    change: Change<'s>,
}

impl<'s> Pass<'s> {
    /// A step that changes a model.
    pub fn new(name: &'static str, change: impl Fn(&mut Context<'_>) -> Result<()> + 's) -> Self {
        Self {
            name,
            change: Box::new(change),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Takes the step.
    ///
    /// # Errors
    /// Those of the step.
    pub fn run(&self, context: &mut Context<'_>) -> Result<()> {
        (self.change)(context)
    }
}

impl fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pass({})", self.name)
    }
}

/// Quantizes the main graph of a float model with recorded ranges in these steps, and tells which operators stay float. A
/// model without a float activation is
/// left as it is.
///
/// # Errors
/// Missing ranges, operators or types that the scheme does not cover, values that do not fit.
pub fn run(model: &mut Model, config: &Config, passes: &[Pass<'_>]) -> Result<Vec<Kept>> {
    precheck::one_graph(model)?;
    fold::constants(model)?;
    precheck::float_model(model)?;
    if !precheck::has_float_activations(model) {
        return Ok(Vec::new());
    }
    precheck::check(model, config.decisions()?)?;
    constant::separate(model)?;
    let mut context = Context::new(model, config)?;
    let kept = islands::kept(&context);
    passes.iter().try_for_each(|pass| pass.run(&mut context))?;
    Ok(kept)
}
