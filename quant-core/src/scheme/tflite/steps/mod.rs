//! TensorFlow's older quantizer, `QuantizeModel`: int8, and 16-bit activations with 8-bit weights.
//!
//! Its steps are files here, under their own names and in their order (`STEPS`); `rules` is its list of operator
//! properties, `params` has its formulas. What it gets wrong is put right unless [`Options::compat`] asks for its file:
//! rules that lose values, constants and biases that operators share though each needs other integers, an input that a
//! float operator reads beside integer ones, LSTM with 16-bit activations (docs/differences.md has the list).
//!
//! Graphs that IF, WHILE, CALL_ONCE and composites run stay float: nothing recorded what goes through them.

mod apply_constraints;
mod called;
mod derived;
mod duplicate_biases;
mod ensure_bias_scale;
mod fill_params;
mod interface;
mod intermediate;
mod padded;
mod params;
mod plan;
mod quantize_biases;
mod recorded;
mod resource;
mod resources;
mod rule;
mod rules;
mod shared_range;
#[cfg(test)]
mod tests;
mod versions;
mod weights_input_output;
mod work;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Model, TensorId};

use super::common::{intermediates, strict, zero_bias};
use super::{Kept, Options};
use crate::fold;
use crate::quantize::constant::BufferUses;
use crate::quantized::values::is_quantized;
use work::Work;

type Step = fn(&mut Work) -> Result<()>;

/// What is done to a graph, in this order.
const STEPS: [Step; 9] = [
    duplicate_biases::run,
    fill_params::run,
    ensure_bias_scale::run,
    intermediate::run,
    shared_range::run,
    resources::run,
    weights_input_output::run,
    apply_constraints::run,
    quantize_biases::run,
];

/// 8-bit activations and weights, 32-bit biases. Returns the operators that stay float.
///
/// # Errors
/// A model that is quantized already or has no recorded range, a range or constant that no scale can hold, an interface of
/// another type than float32, int8 or uint8, with [`Options::strict`] an operator that would stay float. The model is then
/// as it was.
pub fn quantize_int8(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    quantize(model, options, DType::Int8)
}

/// 16-bit activations, 8-bit weights, and biases of [`Options::bias`]. Returns the operators that stay float.
///
/// # Errors
/// As [`quantize_int8`]; the interface may be float32 or int16.
pub fn quantize_int16x8(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    quantize(model, options, DType::Int16)
}

fn quantize(model: &mut Model, options: &Options, activations: DType) -> Result<Vec<Kept>> {
    interface::check(options, activations)?;
    let mut new = model.clone();
    fold::constants(&mut new)?;
    float_model(&new)?;
    if !options.compat {
        zero_bias::add(&mut new)?;
    }
    intermediates::add(&mut new)?;
    let plans = plan::of(&new, options, activations)?;
    if options.strict {
        strict::check(&plans.kept)?;
    }
    let mut uses = BufferUses::of(&new);
    for (graph, plan) in plans.operators.into_iter().enumerate() {
        let mut work = Work::new(
            &mut new,
            &mut uses,
            graph,
            plan,
            options,
            activations,
            &plans.resources,
        );
        STEPS.iter().try_for_each(|step| step(&mut work))?;
    }
    let quantize_version = versions::set(&mut new, options, activations);
    let called = plans.called.iter().enumerate();
    for (graph, _) in called.filter(|(_, called)| !**called) {
        interface::set(&mut new, graph, options, activations, quantize_version)?;
    }
    *model = new;
    Ok(plans.kept)
}

/// Refuses a model that has integers with a scale already.
fn float_model(model: &Model) -> Result<()> {
    for graph in model.graphs() {
        if let Some(id) = graph.ids().find(|id| is_quantized(graph.tensor(*id))) {
            let TensorId(number) = id;
            let tensor = graph.tensor(id);
            return Err(Error::new(
                Place::tensor("tensor", &tensor.name).numbered(number),
                Problem::Quantized(tensor.dtype),
                "start from the float model",
            ));
        }
    }
    Ok(())
}
