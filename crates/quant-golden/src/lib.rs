//! The independent oracle: recomputes every golden in plain f64.
//!
//! It shares recipes, lists and the golden format with the quantizer, and no arithmetic: loops are naive,
//! everything is f64, rounded to f32 where the contract stores or multiplies f32. Goldens come from here, and the
//! quantizer must agree; where the two differ, a human looks.

mod amct;
mod checkpoint;
mod eval;
mod kernels;
mod observer;
mod onnx;
mod quantize;
mod range;
mod remedy;
mod rounding;
mod tensor;
pub mod tflite;
mod tree;
mod window;

pub use tree::{Report, Selection, check, write};

use quant_case::expected::{self, Expected};
use quant_case::golden::Tensor as Golden;
use quant_case::qconf::Qconf;
use quant_case::recipe::Recipe;
use quant_case::row::{Row, RowKind};
use quant_case::{Stage, uses};

use quantize::Setting;

/// What a stage must give: every tensor that needs a golden, in the order of [`expected::tensors`].
///
/// `inputs` has one entry a record; a record has the elements of each graph input.
///
/// # Errors
/// An operator or combination that the oracle does not know, inputs that do not fit.
pub fn compute(
    recipe: &Recipe,
    inputs: &[Vec<Vec<f64>>],
    row: &Row,
    stage: Stage,
    qconf: Option<&Qconf>,
) -> Result<Vec<(String, Golden)>, String> {
    let wanted = expected::tensors(recipe, stage, row, qconf)?;
    if row.kind.is_tflite() {
        return of_tflite(recipe, inputs, row, stage, &wanted);
    }
    if row.kind == RowKind::Onnx {
        let all = onnx::compute(recipe, inputs, row, stage)?;
        return chosen(&wanted, &all);
    }
    let recipe = &recipe.separated();
    let qconf = qconf.filter(|_| row.kind == RowKind::QConf);
    let (dtype, granularity) = row.setting()?;
    let default = Setting { dtype, granularity };
    let fake = quantize::fake_weights(recipe, default, qconf);
    let observer = row.attributes.observer.as_deref();
    let all = match stage {
        Stage::FakeQuantization => fake,
        Stage::WoQuantization => quantize::weights_only(recipe, dtype),
        Stage::RecordMinmax => {
            let ranges = range::record(recipe, inputs, &fake, observer)?;
            ranges
                .into_iter()
                .map(|(name, range)| (name, range.golden()))
                .collect()
        }
        Stage::Quantization => {
            let ranges = range::record(recipe, inputs, &fake, observer)?;
            quantize::model(recipe, &ranges, &fake, default, qconf)?
        }
        // `tensors` has refused it.
        Stage::Own(_) | Stage::Calibration | Stage::Remedies => Vec::new(),
    };
    chosen(&wanted, &all)
}

/// The goldens that are wanted, of all that was made.
fn chosen(wanted: &[Expected], all: &[(String, Golden)]) -> Result<Vec<(String, Golden)>, String> {
    let one = |expected: &Expected| {
        let found = all.iter().find(|(name, _)| *name == expected.name);
        let (name, golden) = found.ok_or_else(|| format!("the oracle makes no `{}`", expected.name))?;
        Ok((name.clone(), expected.of(golden)))
    };
    wanted.iter().map(one).collect()
}

/// The same of rows of addTFLiteTest and addRecipeTest; uses that have goldens stand behind.
fn of_tflite(
    recipe: &Recipe,
    inputs: &[Vec<Vec<f64>>],
    row: &Row,
    stage: Stage,
    wanted: &[Expected],
) -> Result<Vec<(String, Golden)>, String> {
    let remedied;
    let (recipe, ranges) = match (row.needs_records(), row.kind) {
        (false, _) => (recipe, tflite::Ranges::new()),
        (true, RowKind::Recipe) => (recipe, tflite::ema(recipe, inputs)?),
        (true, _) if !row.attributes.remedies.is_empty() => {
            remedied = remedy::remedied(recipe, inputs, row)?;
            (&remedied.0, remedied.1.clone())
        }
        (true, _) => (recipe, tflite::extremes(recipe, inputs)?),
    };
    if stage == Stage::Remedies {
        return Ok(wanted
            .iter()
            .filter_map(|tensor| remedy::constant(recipe, &tensor.name))
            .collect());
    }
    let mut all: Vec<(String, Golden)> = if stage == Stage::Calibration {
        let range = |(name, (min, max)): (&String, &(f32, f32))| {
            let range = range::Range { min: *min, max: *max };
            (name.clone(), range.golden())
        };
        ranges.iter().map(range).collect()
    } else {
        tflite::goldens(recipe, &tflite::quantize(recipe, &ranges, row)?)
    };
    let missing = wanted
        .iter()
        .find(|tensor| all.iter().all(|(name, _)| *name != tensor.name));
    if let Some(tensor) = missing {
        return Err(format!("the oracle makes no `{}`", tensor.name));
    }
    let uses = uses::uses(recipe, stage, row.kind);
    all.retain(|(name, _)| wanted.iter().chain(&uses).any(|tensor| tensor.name == *name));
    Ok(all)
}
