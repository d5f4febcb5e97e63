//! Weights alone: models whose activations are quantized as they run, and weights of MatMul in blocks.

use std::collections::BTreeMap;

use quant_case::onnx::BLOCK_SIZE;

use super::forward::{float, int};
use super::job::{Job, View};
use super::params::{Integers, Params, Rule};
use crate::rounding::round;

/// Constant weights of Conv and MatMul; a plain Gemm is a MatMul.
pub(super) fn dynamic(job: &Job<'_>) -> Result<BTreeMap<String, View>, String> {
    let mut views = BTreeMap::new();
    for operation in &job.recipe.operations {
        let Some(name) = operation.inputs.get(1) else {
            continue;
        };
        let Some((shape, _)) = job.constant(name) else {
            continue;
        };
        let is_matrix = match operation.kind.as_str() {
            "MatMul" => shape.len() == 2,
            "Gemm" => {
                let plain = float(operation, "alpha", 1.0) == 1.0
                    && float(operation, "beta", 1.0) == 1.0
                    && int(operation, "transA", 0) == 0;
                if plain && int(operation, "transB", 0) != 0 {
                    return Err(format!("the oracle turns no weights of a Gemm: `{name}`"));
                }
                if !plain {
                    continue;
                }
                true
            }
            "Conv" => false,
            _ => continue,
        };
        let rule = Rule {
            integers: job.weight,
            symmetric: job.weight.signed(),
        };
        let axis = (is_matrix && job.per_channel).then_some(1);
        let view = job.whole(name, rule, axis)?;
        views.insert(name.clone(), View { axis: None, ..view });
    }
    Ok(views)
}

/// Constant right sides of MatMul, in blocks of a column; scales and zero points stand column after column.
pub(super) fn blocks(job: &Job<'_>, bits: u32) -> Result<BTreeMap<String, View>, String> {
    let mut views = BTreeMap::new();
    let most = 2f32.powi(bits as i32) - 1.0;
    for operation in job
        .recipe
        .operations
        .iter()
        .filter(|operation| operation.kind == "MatMul")
    {
        let name = &operation.inputs[1];
        let Some((shape, values)) = job.constant(name) else {
            continue;
        };
        let [rows, columns] = shape[..] else {
            return Err(format!("the oracle cuts matrices alone: `{name}`"));
        };
        let mut view = View {
            integers: Some(if bits == 4 {
                Integers::Uint4
            } else {
                Integers::Uint8
            }),
            has_scale: true,
            ..View::default()
        };
        let mut whole = vec![0; values.len()];
        for column in 0..columns {
            for first in (0..rows).step_by(BLOCK_SIZE) {
                let places: Vec<usize> = (first..rows.min(first + BLOCK_SIZE))
                    .map(|row| row * columns + column)
                    .collect();
                let low = places.iter().fold(0.0f32, |low, place| low.min(values[*place]));
                let high = places.iter().fold(0.0f32, |high, place| high.max(values[*place]));
                let scale = (high - low) / most;
                let (mut zero, mut inverse) = (0.0, 0.0);
                if scale != 0.0 {
                    zero = (-low / scale + 0.5).floor().clamp(0.0, most);
                    inverse = 1.0 / scale;
                }
                for place in places {
                    let q = values[place] * inverse + zero;
                    whole[place] = round(f64::from(q), 0, most as i64);
                }
                view.params.push(Params {
                    scale,
                    zero: zero as i64,
                });
            }
        }
        view.values = Some((shape, whole));
        views.insert(name.clone(), view);
    }
    Ok(views)
}
