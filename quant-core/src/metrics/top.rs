//! The k largest elements, and how many of them two tensors share.

/// The share of the `k` largest elements of `a` whose places are among the `k` largest of `b` (circle-eval-diff's
/// top-k match). Of equal elements the first counts as the larger. `None` for fewer than `k` elements.
pub fn matched(a: &[f64], b: &[f64], k: usize) -> Option<f64> {
    if a.len() < k || b.len() < k || k == 0 {
        return None;
    }
    let (a, b) = (largest(a, k), largest(b, k));
    let shared = a.iter().filter(|place| b.contains(place)).count();
    Some(shared as f64 / k as f64)
}

/// Places of the `k` largest elements, the largest first; NaN is smaller than any number.
fn largest(values: &[f64], k: usize) -> Vec<usize> {
    let mut found: Vec<(f64, usize)> = Vec::with_capacity(k + 1);
    for (place, value) in values.iter().enumerate() {
        let value = if value.is_nan() { f64::NEG_INFINITY } else { *value };
        let full = found.len() == k;
        if full && found.last().is_some_and(|(smallest, _)| value <= *smallest) {
            continue;
        }
        let at = found.partition_point(|(other, _)| *other >= value);
        found.insert(at, (value, place));
        found.truncate(k);
    }
    found.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(largest(&[1.0, 3.0, 3.0, 2.0, 3.0], 3), [1, 2, 4]);
        assert_eq!(largest(&[1.0, 3.0, 3.0, 2.0, 3.0], 2), [1, 2]);
        assert_eq!(largest(&[f64::NAN, f64::NEG_INFINITY, -2.0], 2), [2, 0]);
    }

    #[test]
    fn shares() {
        let a = [0.1, 0.9, 0.5, 0.4, 0.3, 0.2];
        let b = [0.9, 0.1, 0.5, 0.4, 0.3, 0.2];
        assert_eq!(matched(&a, &b, 1), Some(0.0));
        // 1, 2, 3, 4, 5 and 0, 2, 3, 4, 5.
        assert_eq!(matched(&a, &b, 5), Some(0.8));
        assert_eq!(matched(&a, &b, 7), None);
        assert_eq!(matched(&a, &a, 5), Some(1.0));
    }
}
