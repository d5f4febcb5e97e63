//! Ranges of float activations over records.

use std::collections::BTreeSet;

use quant_case::recipe::{Filler, Recipe};

use super::net::Ranges;
use crate::eval;

/// TensorFlow Lite's: running extremes, from the largest float and from the least positive normal one, of whatever
/// operators read and make.
///
/// # Errors
/// The model cannot be run.
pub fn extremes(recipe: &Recipe, records: &[Vec<Vec<f64>>]) -> Result<Ranges, String> {
    let mut ranges = Ranges::new();
    walk(recipe, records, |name, values| {
        let range = ranges
            .entry(name.to_owned())
            .or_insert((f32::MAX, f32::MIN_POSITIVE));
        for v in values {
            *range = (range.0.min(*v), range.1.max(*v));
        }
    })?;
    Ok(ranges)
}

/// ai-edge-quantizer's: a moving average of each record's extremes, 0.95 of what was.
///
/// # Errors
/// As [`extremes`].
pub fn ema(recipe: &Recipe, records: &[Vec<Vec<f64>>]) -> Result<Ranges, String> {
    let mut ranges = Ranges::new();
    walk(recipe, records, |name, values| {
        let inside: Vec<f32> = values.iter().copied().filter(|v| v.abs() < 3e38).collect();
        let (min, max) = super::numbers::extremes(if inside.is_empty() { values } else { &inside });
        let next = |old: f32, new: f32| 0.95 * old + 0.05 * new;
        let range = ranges.entry(name.to_owned());
        range
            .and_modify(|range| *range = (next(range.0, min), next(range.1, max)))
            .or_insert((min, max));
    })?;
    Ok(ranges)
}

/// Every float activation that an operator reads or makes, record by record.
fn walk(recipe: &Recipe, records: &[Vec<Vec<f64>>], mut see: impl FnMut(&str, &[f32])) -> Result<(), String> {
    let used = recipe
        .operations
        .iter()
        .flat_map(|op| op.inputs.iter().chain(&op.outputs));
    let used: BTreeSet<&str> = used.map(String::as_str).collect();
    for (number, record) in records.iter().enumerate() {
        let values = eval::run(recipe, record, &[]).map_err(|error| format!("record {number}: {error}"))?;
        for operand in recipe
            .operands
            .iter()
            .filter(|operand| operand.is_float_activation())
        {
            if let Some(value) = values
                .get(&operand.name)
                .filter(|_| used.contains(operand.name.as_str()))
            {
                let values: Vec<f32> = value.iter().map(|v| *v as f32).collect();
                see(&operand.name, &values);
            }
        }
    }
    debug_assert!(
        recipe
            .operands
            .iter()
            .all(|operand| !matches!(operand.filler, Some(Filler::InFile)))
    );
    Ok(())
}
