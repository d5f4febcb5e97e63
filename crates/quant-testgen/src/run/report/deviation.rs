//! How far a tensor is from its golden, in quantization steps.

use quant_case::golden::{Numbers, Tensor};
use serde_json::{Value, json};

use crate::run::describe;
use crate::run::outcome::Outcome;

/// Upper ends of the histogram's bars, in steps; the last bar is what lies beyond.
const BARS: [f64; 6] = [0.0, 1e-3, 0.1, 0.5, 1.0, 2.0];

/// The data of one tensor: what was compared, and worst and mean deviation in steps with a histogram.
pub(super) fn of(outcome: &Outcome) -> Value {
    let mut data = json!({
        "name": outcome.expected.name,
        "passes": outcome.passes(),
    });
    match &outcome.report {
        Ok(report) => {
            data["values"] = json!(report.count());
            data["equal"] = json!(report.equal());
            data["text"] = json!(if outcome.passes() {
                String::new()
            } else {
                outcome.table()
            });
        }
        Err(what) => data["text"] = json!(what),
    }
    if let (Some(golden), Some(got)) = (&outcome.golden, &outcome.got) {
        let steps = steps(golden, got);
        let mut bars = [0usize; BARS.len() + 1];
        for x in &steps {
            let bar = BARS.iter().position(|end| x <= end).unwrap_or(BARS.len());
            bars[bar] += 1;
        }
        let worst = steps.iter().copied().fold(0.0, f64::max);
        data["worst"] = json!(worst);
        data["mean"] = json!(steps.iter().sum::<f64>() / steps.len().max(1) as f64);
        data["bars"] = json!(bars);
    }
    data
}

/// The deviation of every compared value, in steps of the golden's scale: quantized values and zero points as
/// they are, fake-quantized ones by their scale, a scale by what it moves the highest integer, the ends of a
/// range by its 255th part.
fn steps(golden: &Tensor, got: &Tensor) -> Vec<f64> {
    let mut steps = Vec::new();
    let highest = match golden.dtype.as_deref() {
        Some("int16") => 32767.0,
        Some("int8") => 127.0,
        Some("int4") => 7.0,
        Some("int32" | "int64") => 1.0,
        _ => 255.0,
    };
    if let (Some(old), Some(new)) = (&golden.scale, &got.scale) {
        let moved = |(a, b): (&f32, &f32)| (f64::from(*b) - f64::from(*a)).abs() / f64::from(*a) * highest;
        steps.extend(old.iter().zip(new).map(moved));
    }
    if let (Some(old), Some(new)) = (&golden.zero_point, &got.zero_point) {
        steps.extend(old.iter().zip(new).map(|(a, b)| (b - a).abs() as f64));
    }
    if let (Some(low), Some(high)) = (&golden.min, &golden.max) {
        for (old, new) in [(&golden.min, &got.min), (&golden.max, &got.max)] {
            let (Some(old), Some(new)) = (old, new) else {
                continue;
            };
            for (at, (a, b)) in old.iter().zip(new).enumerate() {
                let range = high
                    .get(at)
                    .zip(low.get(at))
                    .map_or(1.0, |(high, low)| f64::from(high - low));
                steps.push((f64::from(*b) - f64::from(*a)).abs() / (range / 255.0));
            }
        }
    }
    match (&golden.weights, &got.weights) {
        (Some(Numbers::Int(old)), Some(Numbers::Int(new))) => {
            steps.extend(old.iter().zip(new).map(|(a, b)| (b - a).abs() as f64));
        }
        (Some(Numbers::Float(old)), Some(Numbers::Float(new))) => {
            let off = |(at, (a, b)): (usize, (&f32, &f32))| {
                (f64::from(*b) - f64::from(*a)).abs() / describe::scale(golden, at)
            };
            steps.extend(old.iter().zip(new).enumerate().map(off));
        }
        _ => {}
    }
    steps.retain(|x| !x.is_nan());
    steps
}
