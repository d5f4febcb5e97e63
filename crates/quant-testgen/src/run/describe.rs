//! A changed tensor in the terms of the field: relative changes of scales, steps of quantized values.

use std::fmt::Write;

use quant_case::golden::{Numbers, Tensor};

/// How many values of a list are spelled out.
const MOST: usize = 8;

/// Steps that have a bar of their own in the histogram; larger ones share the last.
const LARGEST_STEP: i64 = 3;

/// What a tensor without a golden has.
pub(super) fn new(got: &Tensor) -> String {
    let mut text = String::from("  new:");
    for (key, values) in [("scale", &got.scale), ("min", &got.min), ("max", &got.max)] {
        if let Some(values) = values {
            let _ = write!(text, " {key} {}", shortened(values));
        }
    }
    if let Some(values) = &got.zero_point {
        let _ = write!(text, " zero_point {}", shortened(values));
    }
    if got.weights.is_some() {
        let _ = write!(text, " weights of shape {:?}", got.shape);
    }
    text + "\n"
}

/// What differs between a golden and what the quantizer made; bounded, whatever the size of the tensor.
pub(super) fn change(golden: &Tensor, got: &Tensor) -> String {
    let mut text = String::new();
    for (key, old, new) in [
        ("scale", &golden.scale, &got.scale),
        ("min", &golden.min, &got.min),
        ("max", &golden.max, &got.max),
    ] {
        if let (Some(old), Some(new)) = (old, new) {
            let relative = |old: f32, new: f32| {
                let change = (f64::from(new) - f64::from(old)) / f64::from(old).abs() * 100.0;
                if change.is_finite() {
                    format!(" ({change:+.3} %)")
                } else {
                    String::new()
                }
            };
            list(&mut text, key, old, new, relative);
        }
    }
    if let (Some(old), Some(new)) = (&golden.zero_point, &got.zero_point) {
        list(&mut text, "zero_point", old, new, |old, new| {
            format!(" ({:+})", new - old)
        });
    }
    if let (Some(old), Some(new)) = (&golden.weights, &got.weights)
        && golden.shape == got.shape
    {
        weights(&mut text, old, new, (golden, got));
    }
    text
}

fn list<T: PartialEq + Copy + std::fmt::Debug>(
    text: &mut String,
    key: &str,
    old: &[T],
    new: &[T],
    how: impl Fn(T, T) -> String,
) {
    let changed: Vec<(usize, (&T, &T))> = old
        .iter()
        .zip(new)
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        .collect();
    if changed.is_empty() || old.len() != new.len() {
        return;
    }
    let _ = write!(text, "  {key}: {} of {} changed:", changed.len(), old.len());
    for (at, (old, new)) in changed.iter().take(MOST) {
        let _ = write!(text, " [{at}] {old:?} → {new:?}{};", how(**old, **new));
    }
    let _ = writeln!(text, "{}", if changed.len() > MOST { " …" } else { "" });
}

/// How many elements changed, a histogram of the differences in steps, and the three that are farthest off.
fn weights(text: &mut String, old: &Numbers, new: &Numbers, (golden, tensor): (&Tensor, &Tensor)) {
    let values = |numbers: &Numbers| -> Vec<f64> {
        match numbers {
            Numbers::Float(values) => values.iter().copied().map(f64::from).collect(),
            Numbers::Int(values) => values.iter().map(|x| *x as f64).collect(),
        }
    };
    let integers = matches!((old, new), (Numbers::Int(_), Numbers::Int(_)));
    let (old, new) = (values(old), values(new));
    let mut changed: Vec<(usize, f64)> = Vec::new();
    let mut bars = [0usize; 2 * LARGEST_STEP as usize + 3];
    for (at, (a, b)) in old.iter().zip(&new).enumerate().filter(|(_, (a, b))| a != b) {
        let steps = if integers {
            b - a
        } else {
            (b - a) / scale(tensor, at)
        };
        changed.push((at, steps));
        // The nearest number of steps, as below: what is one step to a person may be 0.9999999.
        let nearest = (steps.clamp(-1e9, 1e9) + 0.5).floor() as i64;
        let bar = nearest.clamp(-LARGEST_STEP - 1, LARGEST_STEP + 1) + LARGEST_STEP + 1;
        bars[bar as usize] += 1;
    }
    if changed.is_empty() {
        return;
    }
    let _ = write!(
        text,
        "  weights: {} of {} changed; steps:",
        changed.len(),
        old.len()
    );
    for (bar, count) in (-LARGEST_STEP - 1..).zip(bars).filter(|(_, count)| *count > 0) {
        let _ = match bar {
            0 => write!(text, " <0.5: {count}"),
            bar if bar.abs() > LARGEST_STEP => write!(
                text,
                " {}{LARGEST_STEP}: {count}",
                if bar < 0 { "<-" } else { ">+" }
            ),
            bar => write!(text, " {bar:+}: {count}"),
        };
    }
    text.push('\n');
    changed.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    for (at, steps) in changed.into_iter().take(3) {
        let (a, b) = (old[at], new[at]);
        let _ = write!(
            text,
            "    {:?} {a} → {b} ({steps:+.2} steps",
            index(&tensor.shape, at)
        );
        if integers && tensor.scale.is_some() {
            let real = |tensor: &Tensor, q: f64| (q - zero_point(tensor, at)) * scale(tensor, at);
            let _ = write!(text, "; {:.6} → {:.6}", real(golden, a), real(tensor, b));
        }
        text.push_str(")\n");
    }
}

fn index(shape: &[usize], mut at: usize) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (axis, dim) in shape.iter().enumerate().rev() {
        index[axis] = at % dim.max(&1);
        at /= dim.max(&1);
    }
    index
}

fn channel(tensor: &Tensor, count: usize, at: usize) -> usize {
    let axis = usize::try_from(tensor.quantized_dimension.unwrap_or(0)).unwrap_or(0);
    let inner: usize = tensor.shape.iter().skip(axis + 1).product();
    at / inner.max(1) % count.max(1)
}

/// The scale of the channel that an element belongs to; 1 without any.
pub(super) fn scale(tensor: &Tensor, at: usize) -> f64 {
    let scale = tensor.scale.as_deref().unwrap_or(&[1.0]);
    scale
        .get(channel(tensor, scale.len(), at))
        .copied()
        .map_or(1.0, f64::from)
}

fn zero_point(tensor: &Tensor, at: usize) -> f64 {
    let zero_point = tensor.zero_point.as_deref().unwrap_or(&[0]);
    zero_point
        .get(channel(tensor, zero_point.len(), at))
        .copied()
        .unwrap_or(0) as f64
}

fn shortened<T: std::fmt::Debug>(values: &[T]) -> String {
    match values.get(..MOST) {
        Some(first) if values.len() > MOST => format!("{first:?}… ({} values)", values.len()),
        _ => format!("{values:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(scale: &[f32], weights: Vec<i64>) -> Tensor {
        Tensor {
            shape: vec![weights.len() / 2, 2],
            weights: Some(Numbers::Int(weights)),
            scale: Some(scale.to_vec()),
            zero_point: Some(vec![1; scale.len()]),
            quantized_dimension: Some(0),
            ..Tensor::default()
        }
    }

    #[test]
    fn scales_and_steps() {
        let golden = tensor(&[0.5, 0.25], vec![1, 2, 3, 4]);
        let got = tensor(&[0.5, 0.3], vec![1, 3, 13, 4]);
        assert_eq!(
            change(&golden, &got),
            "  scale: 1 of 2 changed: [1] 0.25 → 0.3 (+20.000 %);\n  weights: 2 of 4 changed; steps: +1: 1 >+3: 1\n    \
             [1, 0] 3 → 13 (+10.00 steps; 0.500000 → 3.600000)\n    [0, 1] 2 → 3 (+1.00 steps; 0.500000 → 1.000000)\n"
        );
        assert_eq!(change(&golden, &golden), "");
    }

    #[test]
    fn a_step_of_floats_is_a_step() {
        let floats = |weights: &[f32]| Tensor {
            shape: vec![weights.len()],
            weights: Some(Numbers::Float(weights.to_vec())),
            scale: Some(vec![0.1]),
            ..Tensor::default()
        };
        // 0.3 - 0.2 and 0.2 - 0.3 are a little less than 0.1; the last value moves by a fraction of a step.
        let text = change(&floats(&[0.2, 0.3, 0.5, 1.0]), &floats(&[0.3, 0.2, 0.5, 1.03]));
        assert!(
            text.contains("3 of 4 changed; steps: -1: 1 <0.5: 1 +1: 1\n"),
            "{text}"
        );
        assert!(
            text.contains("(+1.00 steps)") && text.contains("(-1.00 steps)"),
            "{text}"
        );
    }

    #[test]
    fn a_million_values_stay_short() {
        let golden = tensor(&[0.5], vec![0; 1_000_000]);
        let got = tensor(&[0.25], (0..1_000_000).map(|x| x % 9 - 4).collect());
        let text = change(&golden, &got);
        assert!(
            text.len() < 600 && text.contains("888889 of 1000000 changed"),
            "{text}"
        );
        assert!(new(&got).len() < 200);
    }
}
