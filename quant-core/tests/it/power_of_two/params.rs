//! The formulas.

use quant_core::error::{Place, Result};
use quant_core::ir::DType;
use quant_core::numeric::affine::Affine;
use quant_core::scheme::pass::Context;
use quant_core::scheme::setting::{Encoding, Per, Setting};
use quant_core::{Error, Granularity, QuantType};

/// No scale is smaller.
const SMALLEST: f32 = 1.0 / 65536.0;

pub fn setting(dtype: QuantType, granularity: Granularity) -> Setting {
    Setting {
        activations: Encoding::of(dtype, Per::Tensor),
        weights: Encoding::of(dtype, granularity.into()),
        bias: Encoding::symmetric(DType::Int32, granularity.into()),
    }
}

pub fn activations(dtype: DType) -> Option<Encoding> {
    (dtype == DType::Int8).then_some(Encoding::symmetric(dtype, Per::Tensor))
}

/// The smallest power of two by which the highest integer reaches the end of the range.
pub fn parameters(encoding: Encoding, min: f32, max: f32) -> Affine {
    let (_, highest) = encoding.limits();
    let least = f64::from(max.max(-min)) / highest as f64;
    // The next power: the exponent of the number, one more when the number is none itself.
    let bits = least.to_bits();
    let exponent = (bits >> 52) + u64::from(bits & ((1 << 52) - 1) != 0);
    let scale = (f64::from_bits(exponent << 52) as f32).max(SMALLEST);
    let end = highest as f32 * scale;
    Affine {
        scale,
        zero_point: 0,
        nudged_min: -end,
        nudged_max: end,
    }
}

/// What must hold of the output: a pass of one's own beside the shared ones.
pub fn only_shifts(context: &mut Context<'_>) -> Result<()> {
    for tensor in context.graph().tensors() {
        let quant = tensor.quant.iter();
        let mut scales = quant.flat_map(|quant| &quant.scale);
        if let Some(scale) = scales.find(|scale| scale.to_bits() << 9 != 0) {
            let place = Place::tensor("tensor", &tensor.name);
            let what = format!("its scale {scale:e} is no power of two");
            return Err(Error::invalid(place, what, "mend the scheme"));
        }
    }
    Ok(())
}
