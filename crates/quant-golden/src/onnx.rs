//! onnxruntime's quantizers, recomputed: ranges over the records, and what becomes of each float tensor of an ONNX model.
//!
//! Operators are naive loops in f64 whose results are rounded to f32, as tensors hold them; scales and integers are single steps in
//! the precision in which the original computes each.

mod forward;
mod job;
mod light;
mod params;
mod qdq;
mod qoperator;

use quant_case::golden::Tensor as Golden;
use quant_case::onnx::{Format, Type, is_calibrated};
use quant_case::recipe::{Operand, Recipe};
use quant_case::row::Row;
use quant_case::{Granularity, Stage};

use job::{Job, Ranges, extremes};
use params::Integers;

/// What a stage makes of each tensor that it has.
///
/// # Errors
/// The oracle does not know an operator, or how an operator is quantized.
pub fn compute(
    recipe: &Recipe,
    inputs: &[Vec<Vec<f64>>],
    row: &Row,
    stage: Stage,
) -> Result<Vec<(String, Golden)>, String> {
    let of = row
        .onnx()
        .ok_or_else(|| format!("`{}` is no type of addOnnxTest", row.dtype))?;
    let ranges = ranges(recipe, inputs, of)?;
    if stage == Stage::Calibration {
        let range = |(name, (min, max)): (String, (f32, f32))| {
            let range = Golden {
                min: Some(vec![min]),
                max: Some(vec![max]),
                ..Golden::default()
            };
            (name, range)
        };
        return Ok(ranges.into_iter().map(range).collect());
    }
    let [activation, weight] = of.integers().map(Integers::of);
    let job = Job {
        recipe,
        activation,
        weight,
        per_channel: row.granularity.known() == Some(Granularity::Channel),
    };
    let views = match of.format() {
        Format::Qdq => qdq::quantize(&job, &job.settled(ranges))?,
        Format::Qoperator => qoperator::quantize(&job, &job.settled(ranges))?,
        Format::Dynamic => light::dynamic(&job)?,
        Format::Blocks(bits) => light::blocks(&job, bits)?,
    };
    let floats = recipe
        .operands
        .iter()
        .filter(|operand| operand.dtype == "FLOAT32");
    let golden = |operand: &Operand| {
        let view = views.get(&operand.name).cloned().unwrap_or_default();
        (operand.name.clone(), view.golden())
    };
    Ok(floats.map(golden).collect())
}

/// Least and greatest of every value that is calibrated.
fn ranges(recipe: &Recipe, inputs: &[Vec<Vec<f64>>], of: Type) -> Result<Ranges, String> {
    let mut ranges = Ranges::new();
    if !of.is_calibrated() {
        return Ok(ranges);
    }
    for (number, record) in inputs.iter().enumerate() {
        let values = forward::run(recipe, record).map_err(|error| format!("record {number}: {error}"))?;
        for operation in recipe
            .operations
            .iter()
            .filter(|operation| is_calibrated(&operation.kind))
        {
            for name in operation.inputs.iter().chain(&operation.outputs) {
                let float = recipe.operand(name).is_some_and(Operand::is_float_activation);
                let Some(array) = values.get(name).filter(|_| float) else {
                    continue;
                };
                let (least, most) = extremes(array.iter().map(|x| *x as f32));
                let range = ranges.entry(name.clone()).or_insert((least, most));
                *range = (range.0.min(least), range.1.max(most));
            }
        }
    }
    Ok(ranges)
}
