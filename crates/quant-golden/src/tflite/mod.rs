//! TensorFlow Lite's quantizers and ai-edge-quantizer, recomputed.
//!
//! Written from the facts of what the originals do: tables, formulas and walks are this module's own. What comes out is
//! what each operator of the float model reads and makes.

mod aeq;
mod calibrate;
mod int8;
mod kinds;
mod legacy;
mod light;
mod net;
mod numbers;
mod tables;
mod uint8;

pub use calibrate::{ema, extremes};
pub use net::{Ranges, View, Views};

use quant_case::Granularity;
use quant_case::golden::Tensor as Golden;
use quant_case::recipe::Recipe;
use quant_case::row::Row;
use quant_case::tflite::{BuiltIn, Flavour};

use net::Net;

/// What the quantizer of a row makes of each operand, by what its calibrator has kept.
///
/// # Errors
/// An operator or combination that the oracle does not know.
pub fn quantize(recipe: &Recipe, ranges: &Ranges, row: &Row) -> Result<Views, String> {
    let per_tensor = row.granularity.known() == Some(Granularity::Layer);
    match (row.flavour(), row.built_in()) {
        (Some(flavour), _) => flavour_of(recipe, ranges, flavour, per_tensor, false),
        (_, Some(built_in)) => recipe_of(recipe, ranges, built_in, false),
        _ => Err(format!("{row} is none of TensorFlow Lite's")),
    }
}

/// A type of addTFLiteTest; with `compat` as the original does, where it is wrong, too.
///
/// # Errors
/// As [`quantize`].
pub fn flavour_of(
    recipe: &Recipe,
    ranges: &Ranges,
    flavour: Flavour,
    per_tensor: bool,
    compat: bool,
) -> Result<Views, String> {
    let net = Net::new(recipe, ranges)?;
    let legacy = |wide| {
        legacy::quantize(
            &net,
            legacy::How {
                per_tensor,
                wide,
                compat,
            },
        )
    };
    Ok(match flavour {
        Flavour::Int8 => int8::quantize(&net, per_tensor, compat),
        Flavour::Int8Legacy => legacy(false),
        Flavour::Int16x8 => legacy(true),
        Flavour::Dynamic => light::dynamic(&net, per_tensor, compat),
        Flavour::Float16 => light::float16(&net),
        Flavour::Uint8 => uint8::quantize(&net)?,
    })
}

/// A recipe of addRecipeTest.
///
/// # Errors
/// As [`quantize`].
pub fn recipe_of(recipe: &Recipe, ranges: &Ranges, built_in: BuiltIn, compat: bool) -> Result<Views, String> {
    Ok(aeq::quantize(&Net::new(recipe, ranges)?, built_in, compat))
}

/// The goldens of what was made: tensors by name, and uses that read something else.
pub fn goldens(recipe: &Recipe, views: &Views) -> Vec<(String, Golden)> {
    net::goldens(recipe, views)
}
