//! ONE's circle-quantizer: all that it decides, and nothing of another family's.

mod flags;
mod params;
mod rules;
pub(crate) mod verify;

pub use flags::One;

use quant_ir::error::{Place, Result};
use quant_ir::{Builtin, DType, Model, Operator};
use quant_numeric::affine::Affine;
use quant_schema::ActivationFunctionType as Activation;
use quant_types::{Granularity, QuantType};

use super::pass::{
    self, Pass, activations, bias, casts, interface, islands, mixed, propagate, redundant, same_scale, tidy,
    weights,
};
use super::rule::{OutputRange, Table};
use super::setting::{Encoding, Setting};
use super::{Calibration, Decisions, Kept, Parameter, Scheme, Unruled};
use crate::config::Config;
use crate::record::Mode;

impl Scheme for One {
    fn name(&self) -> &'static str {
        "one"
    }

    fn calibration(&self) -> Calibration {
        Calibration::FakeQuantized(Mode::default())
    }

    fn quantize(&self, model: &mut Model, config: &Config) -> Result<Vec<Kept>> {
        pass::run(model, config, &self.passes())
    }

    fn decisions(&self) -> Option<&dyn Decisions> {
        Some(self)
    }
}

impl Decisions for One {
    fn table(&self) -> &'static Table {
        &rules::TABLE
    }

    fn setting(&self, dtype: QuantType, granularity: Granularity) -> Setting {
        params::setting(dtype, granularity)
    }

    fn check(&self, place: &Place, setting: &Setting) -> Result<()> {
        params::check(place, setting)
    }

    fn activations(&self, dtype: DType) -> Option<Encoding> {
        params::activations(dtype)
    }

    fn activation(&self, encoding: Encoding, min: f32, max: f32) -> Affine {
        params::parameters(encoding, min, max)
    }

    fn weights(&self, encoding: Encoding, min: f32, max: f32) -> Affine {
        params::parameters(encoding, min, max)
    }

    fn parameter(&self, encoding: Encoding, value: f32) -> Option<Parameter> {
        Some(params::parameter(encoding, value))
    }

    /// A fused Tanh has the range of Tanh.
    fn output(&self, operator: &Operator) -> OutputRange {
        match operator.options.fused_activation() {
            Activation::TANH => params::TANH,
            _ => self.table().rule(operator.code.builtin).output,
        }
    }

    fn unruled(&self) -> Unruled {
        self.unruled
    }

    fn stays_float(&self, operator: Builtin, outputs: &[&str]) -> bool {
        self.float
            .iter()
            .any(|selector| selector.names(operator, outputs))
    }

    fn lowest(&self) -> Option<f32> {
        self.lowest
    }
}

impl One {
    /// The steps of quantization, in their order: those of `--quantize_with_minmax`, in its order (docs/numerics.md has the numbers).
    pub fn passes(&self) -> Vec<Pass<'_>> {
        let same_scale = self.same_scale;
        let mut passes = vec![Pass::new("islands", islands::insert)];
        if same_scale {
            passes.push(Pass::new("ranges of one scale", |context| {
                same_scale::ranges(context, params::SAME_SCALE_STEPS)
            }));
        }
        passes.extend([
            Pass::new("activations", activations::quantize),
            Pass::new("mixed precision", mixed::insert),
            Pass::new("redundant", move |context| redundant::remove(context, same_scale)),
            Pass::new("backward", propagate::backward),
        ]);
        if same_scale {
            passes.push(Pass::new("constants of one scale", same_scale::constants));
        }
        passes.extend([
            Pass::new("constant inputs", weights::const_inputs),
            Pass::new("fixed outputs", activations::fixed_outputs),
            Pass::new("forward", |context| {
                let max_pool = [(Builtin::MAX_POOL_2D, 0)];
                propagate::forward(context, if self.tf_style_maxpool { &max_pool } else { &[] })
            }),
            Pass::new("weights", weights::quantize),
            Pass::new("bias", |context| bias::quantize(context, self.saturate_bias)),
            Pass::new("types of inputs", interface::inputs),
            Pass::new("types of outputs", interface::outputs),
            Pass::new("shores", islands::join),
            Pass::new("redundant", |context| redundant::remove(context, false)),
            Pass::new("unused tensors", tidy::unused_tensors),
            Pass::new("casts", casts::types),
            Pass::new("verify", verify::check),
        ]);
        if !self.save_min_max {
            passes.push(Pass::new("recorded ranges", tidy::recorded_ranges));
        }
        passes
    }
}

#[cfg(test)]
mod tests;
