//! Dynamic range: weights become int8, activations stay float, and kernels quantize their inputs as they run. What TensorFlow
//! Lite's converter makes with `optimizations = [tf.lite.Optimize.DEFAULT]` and no data.
//!
//! There are two: the MLIR quantizer ([`quantize`]), and the older one ([`quantize_legacy`],
//! `experimental_new_dynamic_range_quantizer = False`). Both take constants of [`ELEMENTS`] elements and more; their tables
//! (`rules`) and formulas (`params`) differ. Weights that the file stores in another form are floats first
//! ([`crate::fold`]).
//!
//! Told are the operators whose weights would become integers and do not: those that were asked to stay float, and those
//! whose kernel cannot take them. The originals write files that the runtime computes wrongly with one scale for the
//! tensor of DEPTHWISE_CONV_2D, or refuses with one for that of a grouped CONV_2D, and others with recurrent operators of
//! which only some weights are large enough; here the first two read floats of their integers, the last keep their
//! weights, unless `compat` asks for the original's file.

mod copies;
mod legacy;
mod params;
mod rules;
mod state;
#[cfg(test)]
mod tests;
mod weights;

use quant_ir::Model;
use quant_ir::error::Result;

use super::common::versions::Versions;
use super::common::{float_model, interface, shared_constants::SharedConstants, strict, zero_bias};
use super::{Kept, Options};
use crate::{fold, profile};
pub use state::ELEMENTS;
use state::State;

/// As the MLIR quantizer. `per_tensor` gives each constant one scale, `dense_per_tensor` those of FULLY_CONNECTED.
///
/// # Errors
/// A model that is quantized already; integer inputs or outputs are asked for; weights that are not finite, or do not fit
/// their operator; with `strict`, an operator that keeps its weights though nobody asked. The model is then unchanged.
pub fn quantize(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    run(model, options, |model, graph, options, state| {
        let plan = weights::Plan::of(model, graph, options, &mut state.kept);
        plan.rewrite(model, graph, state)
    })
}

/// As the older quantizer. With `per_tensor` its kernels quantize their inputs without a zero point.
///
/// # Errors
/// As [`quantize`].
pub fn quantize_legacy(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    run(model, options, legacy::graph)
}

fn run(
    model: &mut Model,
    options: &Options,
    graph: fn(&mut Model, usize, &Options, &mut State) -> Result<()>,
) -> Result<Vec<Kept>> {
    interface::float_only(options, "dynamic range quantization")?;
    let mut work = model.clone();
    let mut kept = Vec::new();
    profile::keeping(&mut work, |work| {
        fold::constants(work)?;
        float_model::check(work)?;
        if !options.compat {
            zero_bias::add(work)?;
        }
        let mut state = State {
            integers: SharedConstants::new(work),
            versions: Versions::default(),
            kept: Vec::new(),
        };
        (0..work.graphs().len()).try_for_each(|number| graph(work, number, options, &mut state))?;
        state.versions.apply(work)?;
        kept = state.kept;
        Ok(())
    })?;
    if options.strict {
        strict::check(&kept)?;
    }
    *model = work;
    Ok(kept)
}
