//! How far a quantized layer's output is from the float one's.

/// `0.5 + 0.5 · cos` of two flattened outputs, from 0 to 1. With a zero vector: 1 when the original is zero, 0 when only the
/// quantized one is. Sums in f64, in order.
pub fn cosine(original: &[f32], quantized: &[f32]) -> f64 {
    let (mut dot, mut a, mut b) = (0.0, 0.0, 0.0);
    for (&x, &y) in original.iter().zip(quantized) {
        let (x, y) = (f64::from(x), f64::from(y));
        dot += x * y;
        a += x * x;
        b += y * y;
    }
    if a == 0.0 {
        return 1.0;
    }
    if b == 0.0 {
        return 0.0;
    }
    0.5 + 0.5 * (dot / (a.sqrt() * b.sqrt()))
}

/// AMCT's "MSE": the Euclidean distance of the outputs divided by their number of values. 0 for no values.
pub fn distance(original: &[f32], quantized: &[f32]) -> f64 {
    apart(
        original
            .iter()
            .zip(quantized)
            .map(|(&x, &y)| (f64::from(x), f64::from(y))),
    )
}

/// [`distance`] of outputs that were each stretched to 0…1 (`(x − min) / (max − min)`; a constant output becomes 0), so that
/// layers with large and small values can be ranked together.
pub fn normalized_distance(original: &[f32], quantized: &[f32]) -> f64 {
    let (f, g) = (stretch(original), stretch(quantized));
    apart(original.iter().zip(quantized).map(|(&x, &y)| (f(x), g(y))))
}

fn apart(pairs: impl ExactSizeIterator<Item = (f64, f64)>) -> f64 {
    let count = pairs.len();
    let sum: f64 = pairs.map(|(x, y)| (x - y) * (x - y)).sum();
    if count == 0 {
        0.0
    } else {
        sum.sqrt() / count as f64
    }
}

fn stretch(values: &[f32]) -> impl Fn(f32) -> f64 + use<> {
    let max = f64::from(values.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let min = f64::from(values.iter().copied().fold(f32::INFINITY, f32::min));
    let width = max - min;
    move |x| {
        if width > 0.0 {
            (f64::from(x) - min) / width
        } else {
            0.0
        }
    }
}
