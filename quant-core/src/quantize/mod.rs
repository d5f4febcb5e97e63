//! Stage 3: a float model with recorded ranges becomes a quantized model.
//!
//! The steps and their order are those of ONE's `--quantize_with_minmax`; each is a file of `scheme::pass`. What an
//! operator needs is in its [`crate::scheme::rule::Rule`], what a family decides is in its
//! [`crate::scheme::one::params::Scheme`].

pub mod channels;
pub mod coded;
pub mod constant;
pub mod precheck;
pub mod squeezed;
pub mod unruled;

use crate::config::Config;
use crate::fold;
use crate::profile;
use crate::scheme::one::params::One;
use crate::scheme::one::verify;
use crate::scheme::pass::context::Walk;
use crate::scheme::pass::{
    activations, bias, casts, interface, mixed, propagate, redundant, same_scale, weights,
};
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
    precheck::check(model, config.unruled)?;
    constant::separate(model);
    let mut walk = Walk::new(model, config, &One)?;
    if config.same_scale {
        same_scale::ranges(&mut walk);
    }
    activations::quantize(&mut walk)?;
    mixed::insert(&mut walk)?;
    redundant::remove(&mut walk, config.same_scale);
    propagate::backward(&mut walk, config.lowest)?;
    if config.same_scale {
        same_scale::constants(&mut walk)?;
    }
    weights::const_inputs(&mut walk)?;
    activations::fixed_outputs(&mut walk);
    propagate::forward(&mut walk, config.tf_style_maxpool);
    weights::quantize(&mut walk)?;
    bias::quantize(&mut walk, config.saturate_bias)?;
    interface::inputs(&mut walk, &config.input_types)?;
    interface::outputs(&mut walk, &config.output_types)?;
    redundant::remove(&mut walk, false);
    walk.sweep();
    casts::fix(walk.model.main_mut());
    verify::check(&walk)?;
    if !config.save_min_max {
        clear_ranges(model);
    }
    Ok(())
}

/// Removes the recorded ranges, and parameters that hold nothing else.
pub(crate) fn clear_ranges(model: &mut Model) {
    for tensor in &mut model.main_mut().tensors {
        if let Some(quant) = &mut tensor.quant {
            quant.min.clear();
            quant.max.clear();
            if quant.scale.is_empty() && quant.details.is_none() {
                tensor.quant = None;
            }
        }
    }
}
