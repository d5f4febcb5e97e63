//! A family of quantizers that the library does not know: symmetric int8 whose scales are powers of two, for hardware
//! that shifts. All that it decides stands in this folder.

mod params;
mod rules;

use quant_core::config::Config;
use quant_core::error::{Place, Result};
use quant_core::ir::{DType, Model};
use quant_core::numeric::affine::Affine;
use quant_core::record::Mode;
use quant_core::scheme::pass::{self, Pass, activations, bias, casts, interface, propagate, tidy, weights};
use quant_core::scheme::rule::Table;
use quant_core::scheme::setting::{Encoding, Setting};
use quant_core::scheme::{Calibration, Decisions, Kept, Scheme};
use quant_core::{Error, Granularity, QuantType};

/// The family; it has no flags.
#[derive(Clone, Copy, Debug)]
pub struct PowerOfTwo;

impl Scheme for PowerOfTwo {
    fn name(&self) -> &'static str {
        "power-of-two"
    }

    fn calibration(&self) -> Calibration {
        Calibration::FakeQuantized(Mode::default())
    }

    fn quantize(&self, model: &mut Model, config: &Config) -> Result<Vec<Kept>> {
        pass::run(model, config, &Self::passes())
    }

    fn decisions(&self) -> Option<&dyn Decisions> {
        Some(self)
    }
}

impl Decisions for PowerOfTwo {
    fn table(&self) -> &'static Table {
        &rules::TABLE
    }

    fn setting(&self, dtype: QuantType, granularity: Granularity) -> Setting {
        params::setting(dtype, granularity)
    }

    fn check(&self, place: &Place, setting: &Setting) -> Result<()> {
        if Granularity::ALL
            .iter()
            .any(|granularity| *setting == self.setting(QuantType::Int8, *granularity))
        {
            return Ok(());
        }
        let what = format!("powers of two have no setting of {setting}");
        Err(Error::invalid(place, what, "use int8"))
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
}

impl PowerOfTwo {
    /// The steps, in their order.
    pub fn passes() -> Vec<Pass<'static>> {
        vec![
            Pass::new("activations", activations::quantize),
            Pass::new("backward", propagate::backward),
            Pass::new("constant inputs", weights::const_inputs),
            Pass::new("fixed outputs", activations::fixed_outputs),
            Pass::new("forward", |context| propagate::forward(context, &[])),
            Pass::new("weights", weights::quantize),
            Pass::new("bias", |context| bias::quantize(context, true)),
            Pass::new("types of inputs", interface::inputs),
            Pass::new("types of outputs", interface::outputs),
            Pass::new("casts", casts::types),
            Pass::new("shifts", params::only_shifts),
            Pass::new("recorded ranges", tidy::recorded_ranges),
        ]
    }
}
