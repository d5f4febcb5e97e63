//! Remedies: passes over a float model that win back what quantization costs, for any scheme.
//!
//! A remedy changes weights, biases and fused activations of the float model, and nothing else; a scheme takes what it finds.
//! Scales that a remedy chooses are in the weights themselves: clipped weights have the range that is wanted, and rounded
//! ones stand on the grid, so that the scheme's own rounding gives these very integers. Some work before ranges are recorded
//! ([`before`]), the others know them, and what the scheme makes of the model ([`after`]). docs/remedies.md has what each
//! does.

mod absorb;
mod adaround;
mod chain;
mod clip;
mod correct;
mod difference;
mod done;
mod edit;
mod equalize;
mod expect;
mod gptq;
mod kind;
mod layer;
mod layerwise;
mod numbers;
mod patches;
mod rounding;
mod single;

pub use difference::Difference;
pub use done::Done;
pub(crate) use edit::take_ranges;
pub use kind::{Remedy, Room, Stage, ordered};

use quant_ir::Model;
use quant_ir::error::Result;

use crate::quantize::precheck;
use numbers::Numbers;

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
            _ => absorb::run(&mut work, room)?,
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

/// Applies the others to a float model that has its recorded ranges, where the scheme takes any. `draft` makes of such a model
/// what the scheme makes of it; each remedy asks for it anew.
///
/// # Errors
/// As [`before`], and those of `draft`; no records, where a remedy looks at them.
pub fn after(
    model: &mut Model,
    remedies: &[Remedy],
    draft: &dyn Fn(&mut Model) -> Result<()>,
    room: Room<'_>,
) -> Result<Vec<Done>> {
    let mut done = Vec::new();
    let mut work = model.clone();
    // What one has rounded, the other leaves.
    let but = remedies.contains(&Remedy::Gptq);
    for remedy in ordered(remedies.iter().copied())? {
        if remedy.stage() != Stage::After {
            continue;
        }
        precheck::one_graph(&work)?;
        let mut made = work.clone();
        draft(&mut made)?;
        let numbers = Numbers::of(&work, &made)?;
        drop(made);
        done.push(match remedy {
            _ if !numbers.has_weights() => {
                let none = "the scheme makes integers of no layer's weights";
                Done::new(remedy, 0, none.to_owned())
            }
            Remedy::Gptq => gptq::run(model, &mut work, &numbers, room)?,
            Remedy::AdaRound => adaround::run(model, &mut work, &numbers, room, but)?,
            Remedy::AnalyticBiasCorrection => expect::run(model, &mut work, &numbers, room)?,
            Remedy::BiasCorrection => correct::run(model, &mut work, &numbers, room)?,
            _ => clip::run(&mut work, &numbers, remedy)?,
        });
    }
    *model = work;
    Ok(done)
}
