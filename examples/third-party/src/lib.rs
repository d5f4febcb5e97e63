//! A quantizer of three functions, as small as one can be: asymmetric integers by the plain minimum and maximum.

/// Minimum and maximum of values; `(0, 0)` without any.
pub fn range(values: impl IntoIterator<Item = f32>) -> (f32, f32) {
    values
        .into_iter()
        .fold(None, |range, x| {
            let (min, max) = range.unwrap_or((x, x));
            Some((f32::min(min, x), f32::max(max, x)))
        })
        .unwrap_or((0.0, 0.0))
}

/// Scale and zero point of a range: so many steps over `min…max`, widened to hold 0; halves away from zero.
pub fn parameters(min: f32, max: f32, steps: u8) -> (f32, u8) {
    let (min, max) = (min.min(0.0), max.max(0.0));
    let scale = ((max - min) / f32::from(steps)).max(f32::MIN_POSITIVE);
    (scale, (-min / scale).round() as u8)
}

/// Runs one operator on its inputs; `None` for one that this quantizer does not know.
pub fn operator(kind: &str, inputs: &[&[f32]]) -> Option<Vec<f32>> {
    match (kind, inputs) {
        ("ReLU", [x]) => Some(x.iter().map(|x| x.max(0.0)).collect()),
        ("Add", [x, y]) if x.len() == y.len() => Some(x.iter().zip(*y).map(|(x, y)| x + y).collect()),
        _ => None,
    }
}
