//! Remedies: passes over a float model that win back what quantization costs, for any scheme.
//!
//! A remedy changes weights, biases and fused activations of the float model, and nothing else; a scheme takes what it finds.
//! Scales that a remedy chooses are in the weights themselves: clipped weights have the range that is wanted, and rounded
//! ones stand on the grid, so that the scheme's own rounding gives these very integers. Some work before ranges are recorded
//! ([`before`]), the others know them, and what the scheme makes of the model ([`after`]). docs/remedies.md has what each
//! does.

mod chain;
mod difference;
mod done;
mod edit;
mod equalize;
mod kind;
mod layer;

pub use difference::Difference;
pub use done::Done;
pub use kind::{Remedy, Room, Stage, ordered};

use quant_ir::Model;
use quant_ir::error::Result;

use crate::quantize::precheck;

/// Applies those remedies to a float model that work before ranges are recorded. Constants are folded already
/// ([`crate::fold`]).
///
/// # Errors
/// A model of several graphs, or one that is quantized; remedies that exclude each other; what running the model says.
pub fn before(model: &mut Model, remedies: &[Remedy], room: Room<'_>) -> Result<Vec<Done>> {
    let mut done = Vec::new();
    let mut work = model.clone();
    for remedy in ordered(remedies.iter().copied())? {
        if remedy.stage() != Stage::Before {
            continue;
        }
        precheck::one_graph(&work)?;
        precheck::float_model(&work)?;
        let was = work.clone();
        let mut one = match remedy {
            Remedy::Equalization => equalize::run(&mut work, equalize::Steps::Any)?,
            Remedy::EqualizationByPowers => equalize::run(&mut work, equalize::Steps::PowersOfTwo)?,
        };
        one.remedy = remedy;
        if one.changed > 0 {
            one.difference = Some(difference::of(&was, &work, room)?);
        }
        done.push(one);
    }
    *model = work;
    Ok(done)
}
