//! What a search leaves, as JSON.

use super::binary::Trial;
use crate::json::Json;

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
