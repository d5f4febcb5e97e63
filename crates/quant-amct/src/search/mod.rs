//! The search for layers that have to stay float, so that a metric holds.

mod binary;

pub use binary::{Outcome, Probe, Trial, binary_search};

use crate::json::Json;

/// Layers from the most disturbed one on: by rising similarity, and as they were where it is equal. What is no number comes
/// first.
pub fn ranked(mut ranking: Vec<(String, f64)>) -> Vec<(String, f64)> {
    ranking.sort_by(|(_, a), (_, b)| {
        let key = |x: f64| if x.is_nan() { f64::NEG_INFINITY } else { x };
        key(*a).total_cmp(&key(*b))
    });
    ranking
}

/// A ranking as its JSON file: a list of name and similarity.
pub fn ranking_json(ranking: &[(String, f64)]) -> String {
    let pair = |(name, value): &(String, f64)| Json::List(vec![Json::text(name), Json::Float(*value)]);
    Json::List(ranking.iter().map(pair).collect()).write()
}

/// The trials as a JSON list; the first is that of all layers quantized.
pub fn record_json(trials: &[Trial]) -> String {
    let trial = |trial: &Trial| {
        let layers = trial
            .layers
            .iter()
            .map(|(name, on)| (name.clone(), Json::Bool(*on)));
        Json::object([
            ("roll_back_config", Json::Object(layers.collect())),
            (
                "metric_eval",
                Json::List(vec![Json::Bool(trial.ok), Json::Float(trial.loss)]),
            ),
        ])
    };
    Json::List(trials.iter().map(trial).collect()).write()
}
