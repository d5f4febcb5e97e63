//! What a search leaves, as JSON.

use super::batch::{End, Fastest};
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

/// Layers beside each other and what became of them, then what the models take. Behind it the members of `more`.
pub fn comparison_json(names: &[String], found: &Fastest, more: Vec<(String, Json)>) -> String {
    let layer = |(index, name): (usize, &String)| {
        let (time, on) = (&found.layers[index], found.quantized[index]);
        Json::object([
            ("layer", Json::text(name)),
            ("float_us", Json::Float(time.float)),
            ("quant_us", Json::Float(time.quantized)),
            ("decision", Json::text(if on { "quantized" } else { "float" })),
        ])
    };
    let total = Json::object([
        ("float_us", Json::Float(found.float)),
        ("all_quantized_us", Json::Float(found.all)),
        ("chosen_us", Json::Float(found.total)),
    ]);
    let layers = names.iter().enumerate().map(layer).collect();
    let mut members = vec![
        ("layers".to_owned(), Json::List(layers)),
        ("total".to_owned(), total),
    ];
    members.extend(more);
    Json::Object(members).write()
}

/// The rounds as a JSON list; in the first one all layers are quantized.
pub fn history_json(names: &[String], found: &Fastest) -> String {
    let last = found.rounds.len() - 1;
    let round = |(index, round): (usize, &super::batch::Round)| {
        let rolled_back: Vec<String> = round
            .rolled_back
            .iter()
            .map(|layer| names[*layer].clone())
            .collect();
        let end = match found.end {
            End::NoChange => "no layer changes",
            End::Slower => "slower, undone",
            End::RoundLimit => "round limit",
        };
        Json::object([
            ("round", Json::Int(index as i64)),
            ("rolled_back", Json::texts(&rolled_back)),
            ("quantized", Json::Int(round.quantized as i64)),
            ("total_us", Json::Float(round.total)),
            ("kept", Json::Bool(round.kept)),
            (
                "end",
                if index == last {
                    Json::text(end)
                } else {
                    Json::Null
                },
            ),
        ])
    };
    Json::List(found.rounds.iter().enumerate().map(round).collect()).write()
}
