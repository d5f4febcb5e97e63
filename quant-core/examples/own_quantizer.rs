//! A quantizer of one's own: ONE's int16, for hardware that shifts, so that every scale of an activation and of a weight is a
//! power of two. `cargo run -p quant-core --example own_quantizer -- model.tflite model.circle` tries it on random data.
//!
//! A family is a `Scheme`; one whose work the shared passes do decides (`Decisions`) by its table of operators and its
//! formulas. This one takes table and passes from ONE, and changes the formulas; `quant-core/tests/it/power_of_two` has one that takes nothing.

use std::error::Error;

use quant_core::config::Config;
use quant_core::error::{Place, Result};
use quant_core::ir::{DType, Model};
use quant_core::numeric::affine::Affine;
use quant_core::scheme::one::One;
use quant_core::scheme::pass;
use quant_core::scheme::rule::Table;
use quant_core::scheme::setting::{Encoding, Setting};
use quant_core::scheme::{Calibration, Decisions, Kept, Scheme};
use quant_core::{Granularity, QuantType, Quantizer};

/// The family: ONE underneath.
#[derive(Clone, Debug, Default)]
pub struct Shifts(One);

impl Scheme for Shifts {
    fn name(&self) -> &'static str {
        "shifts"
    }

    fn calibration(&self) -> Calibration {
        self.0.calibration()
    }

    fn quantize(&self, model: &mut Model, config: &Config) -> Result<Vec<Kept>> {
        pass::run(model, config, &self.0.passes())
    }

    fn decisions(&self) -> Option<&dyn Decisions> {
        Some(self)
    }
}

impl Decisions for Shifts {
    fn table(&self) -> &'static Table {
        self.0.table()
    }

    fn setting(&self, dtype: QuantType, granularity: Granularity) -> Setting {
        self.0.setting(dtype, granularity)
    }

    fn check(&self, place: &Place, setting: &Setting) -> Result<()> {
        if setting.activations.dtype == DType::Int16 {
            return self.0.check(place, setting);
        }
        let what = format!("{setting} has zero points, and shifts have none");
        Err(quant_core::Error::invalid(place, what, "use int16"))
    }

    fn activations(&self, dtype: DType) -> Option<Encoding> {
        self.0.activations(dtype).filter(|encoding| encoding.symmetric)
    }

    fn activation(&self, encoding: Encoding, min: f32, max: f32) -> Affine {
        shift(encoding, &self.0.activation(encoding, min, max))
    }

    fn weights(&self, encoding: Encoding, min: f32, max: f32) -> Affine {
        shift(encoding, &self.0.weights(encoding, min, max))
    }
}

/// The same with the next power of two for a scale.
fn shift(encoding: Encoding, affine: &Affine) -> Affine {
    let scale = affine.scale.log2().ceil().exp2();
    let (low, high) = encoding.limits();
    Affine {
        scale,
        zero_point: 0,
        nudged_min: low as f32 * scale,
        nudged_max: high as f32 * scale,
    }
}

/// A quantizer with this family.
pub fn quantizer<'a>() -> Quantizer<'a> {
    Quantizer::new().scheme(Shifts::default()).dtype(QuantType::Int16)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, output] = arguments.as_slice() else {
        return Err("give a model and the name of the result".into());
    };
    let quantized = quantizer()
        .random_records(1, 8)
        .quantize(&std::fs::read(model)?)?;
    for (label, _, quant) in quantized.parameters() {
        println!("{label}: {:?}", quant.scale);
    }
    std::fs::write(output, quantized.circle()?)?;
    Ok(())
}
