//! The search for layers to leave float, with calibrations and labels.

use std::path::Path;

use quant_amct::config::{Simple, create, read_simple};
use quant_amct::flow::{AutoAccuracy, Evaluator, Known, Measure};
use quant_amct::graph::layers;
use quant_ir::Result;
use quant_ir::value::Value;
use quant_tensorflow::Graph;

use crate::flows::run;
use crate::graphs::{folders, read};
use crate::reference::{self, Npy, Tally};

struct Labelled {
    images: Value,
    labels: Vec<i64>,
    allowed: f64,
    measured: Vec<f64>,
}

impl Evaluator for Labelled {
    fn evaluate(&mut self, graph: &Graph, outputs: &[String]) -> Result<f64> {
        let scores = run(graph, outputs, &self.images);
        let classes = scores.len() / self.labels.len();
        let right = |(scores, label): (&[f32], &i64)| {
            let best = (0..classes).fold(
                0,
                |best, class| if scores[class] > scores[best] { class } else { best },
            );
            best as i64 == *label
        };
        let right = scores
            .chunks(classes)
            .zip(&self.labels)
            .filter(|pair| right(*pair))
            .count();
        let metric = 100.0 * right as f64 / self.labels.len() as f64;
        self.measured.push(metric);
        Ok(metric)
    }

    fn judge(&mut self, original: f64, new: f64) -> (bool, f64) {
        (original - new < self.allowed, original - new)
    }
}

fn search(folder: &Path) {
    let expected = reference::json(&folder.join("expected.json"));
    let graph = read(&folder.join("model.pb"));
    let images = Npy::read(&folder.join("input.npy"));
    let labels = Npy::read(&folder.join("labels.npy"));
    assert_eq!(labels.descr, "<i8");
    let labels: Vec<i64> = labels
        .bytes
        .as_chunks()
        .0
        .iter()
        .map(|x| i64::from_le_bytes(*x))
        .collect();
    let mut shape = images.shape.clone();
    let values = images.f32s();
    let each = values.len() / shape[0];
    shape[0] = 32;
    let batch = Value::f32(shape, values[..32 * each].to_vec());
    let meta = &expected["meta"];
    let allowed = meta["allowed_loss"]
        .as_str()
        .and_then(|text| text.rsplit(' ').next()?.parse().ok())
        .expect("a loss");
    let simple = Simple {
        common: read_simple("common_config { arq_quantize { channel_wise: false } }")
            .expect("a .cfg")
            .common,
        ..Simple::default()
    };
    let config = create(&simple, &layers(&graph).expect("layers")).expect("a configuration");
    let outputs = vec![meta["output"].as_str().expect("output").to_owned()];
    let mut evaluator = Labelled {
        images: Value::f32(images.shape.clone(), values),
        labels,
        allowed,
        measured: Vec::new(),
    };
    let flow = AutoAccuracy {
        graph: &graph,
        config: &config,
        outputs: &outputs,
        batches: &vec![vec![batch]],
        measure: Measure::Cosine,
        memory: 64 << 20,
        progress: &|| {},
    };
    let mut kept = Known::default();
    let mut lines = Vec::new();
    let mut keep = |known: &Known| {
        kept = known.clone();
        Ok(())
    };
    let found = flow
        .run(&mut evaluator, Known::default(), &mut keep, &mut |line| {
            lines.push(line.to_owned());
        })
        .expect("a search");
    let number = |key: &str| expected[key].as_f64().expect(key);
    // Ties of roundings move a picture or two.
    let near = |mine: f64, theirs: f64| assert!((mine - theirs).abs() <= 0.5, "{mine} for {theirs}");
    near(found.original, number("original_accuracy"));
    near(found.global, number("global_accuracy"));
    near(found.outcome.saved, number("saved_accuracy"));
    let names =
        |value: &serde_json::Value| -> Vec<String> { serde_json::from_value(value.clone()).expect("names") };
    assert_eq!(found.outcome.rolled_back, Some(names(&expected["rolled_back"])));
    let ranking: Vec<(String, f64)> = serde_json::from_value(expected["ranking"].clone()).expect("pairs");
    for (name, theirs) in &ranking {
        let (_, mine) = found
            .ranking
            .iter()
            .find(|(layer, _)| layer == name)
            .expect("a layer");
        assert!((mine - theirs).abs() < 1e-6, "{name}: {mine} for {theirs}");
    }
    let probes = expected["probes"].as_array().expect("probes");
    for (trial, theirs) in found.outcome.trials[1..].iter().zip(probes) {
        let mine: Vec<&String> = trial
            .layers
            .iter()
            .filter(|(_, on)| !on)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(mine, names(&theirs["rolled_back"]).iter().collect::<Vec<_>>());
    }
    let measured = evaluator.measured.len();
    let mut again = |_: &Known| Ok(());
    let same = flow
        .run(&mut evaluator, kept, &mut again, &mut |_| {})
        .expect("a search");
    assert_eq!(
        (same.outcome, evaluator.measured.len()),
        (found.outcome.clone(), measured),
        "what is known is not measured again"
    );
    println!(
        "amct: {}: {:.2} float, {:.2} quantized, {:.2} with {} layers float, {measured} measured",
        folder.file_name().expect("a name").to_string_lossy(),
        found.original,
        found.global,
        found.outcome.saved,
        found.outcome.rolled_back.map_or(0, |layers| layers.len()),
    );
}

/// Accuracy is held by the layers that the reference leaves float.
pub fn all(folder: &Path) -> Tally {
    let mut tally = Tally::default();
    for folder in folders(&folder.join("fallback")) {
        search(&folder);
        tally.searches += 1;
    }
    tally
}
