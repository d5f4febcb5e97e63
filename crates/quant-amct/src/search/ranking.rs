//! Layers by how much they are disturbed.

/// Layers from the most disturbed one on: by rising similarity, and as they were where it is equal. What is no number comes
/// first.
pub fn ranked(mut ranking: Vec<(String, f64)>) -> Vec<(String, f64)> {
    ranking.sort_by(|(_, a), (_, b)| {
        let key = |x: f64| if x.is_nan() { f64::NEG_INFINITY } else { x };
        key(*a).total_cmp(&key(*b))
    });
    ranking
}
