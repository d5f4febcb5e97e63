//! Ranges of activations: the first and ninety-ninth percentile over records.

use quant_case::golden::Tensor as Golden;
use quant_case::recipe::Recipe;

use crate::tensor::elements;
use crate::{eval, observer};

/// A recorded range, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub min: f32,
    pub max: f32,
}

impl Range {
    pub fn golden(self) -> Golden {
        Golden {
            min: Some(vec![self.min]),
            max: Some(vec![self.max]),
            ..Golden::default()
        }
    }
}

/// The range of every float activation, in the order of the recipe, by the observer that is named.
pub fn record(
    recipe: &Recipe,
    records: &[Vec<Vec<f64>>],
    fake: &[(String, Golden)],
    observer: Option<&str>,
) -> Result<Vec<(String, Range)>, String> {
    let runs = records
        .iter()
        .enumerate()
        .map(|(n, record)| eval::run(recipe, record, fake).map_err(|e| format!("record {n}: {e}")));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    let mut ranges = Vec::new();
    for operand in recipe
        .operands
        .iter()
        .filter(|operand| operand.is_float_activation())
    {
        let values: Vec<Vec<f64>> = runs
            .iter()
            .filter_map(|run| Some(elements(run.get(&operand.name)?)))
            .collect();
        if values.is_empty() {
            continue;
        }
        let extreme = |start: f64, fold: fn(f64, f64) -> f64| {
            values
                .iter()
                .map(|v| v.iter().copied().fold(start, fold))
                .collect()
        };
        let (min, max) = match observer {
            Some(observer) => {
                // What a float model computes are floats.
                let floats = |v: &Vec<f64>| v.iter().map(|x| f64::from(*x as f32)).collect();
                observer::range(observer, &values.iter().map(floats).collect::<Vec<_>>())?
            }
            None => (
                percentile(extreme(f64::INFINITY, f64::min), 1.0),
                percentile(extreme(f64::NEG_INFINITY, f64::max), 99.0),
            ),
        };
        ranges.push((
            operand.name.clone(),
            Range {
                min: min as f32,
                max: max as f32,
            },
        ));
    }
    Ok(ranges)
}

/// Linear interpolation between the two nearest ranks.
fn percentile(mut values: Vec<f64>, p: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() - 1) as f64 * p / 100.0;
    let low = place.floor() as usize;
    let high = (low + 1).min(values.len() - 1);
    values[low] + (place - low as f64) * (values[high] - values[low])
}
