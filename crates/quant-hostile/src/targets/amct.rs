//! Targets that take what AMCT's flows read.

use quant_amct::config::{Config, Simple, create, read_sampler, read_simple};
use quant_amct::flow::Folding;
use quant_amct::graph::{Options, convert_qat, layers, quant_json};
use quant_amct::json::Json;
use quant_amct::layer::{Kind, Layer};
use quant_amct::record::{Entry, Record};
use quant_tensorflow::Graph;

/// A record's text: an error, or a record that is written and read as the same one.
///
/// # Panics
/// Something got lost.
pub fn record(bytes: &[u8]) {
    let Ok(record) = Record::read(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let text = record.to_text();
    assert_eq!(
        Record::read(&text),
        Ok(record),
        "a written record is another one:\n{text}"
    );
}

/// `config.json`: an error, or a configuration that is written and read as the same one.
///
/// # Panics
/// Something got lost.
pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = Json::read(&text);
    let layers = some_layers();
    let Ok(config) = Config::read(&text, &layers) else {
        return;
    };
    let text = config.to_json();
    match Config::read(&text, &layers) {
        Ok(again) => assert_eq!(again.to_json(), text, "a written configuration is another one"),
        Err(error) => panic!("a written configuration is refused: {error}\n{text}"),
    }
}

/// A short configuration, and that of the sampler: an error, or one whose `config.json` is read.
///
/// # Panics
/// What was made is refused.
pub fn simple(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = read_sampler(&text);
    let layers = some_layers();
    let Ok(config) = read_simple(&text).and_then(|simple| create(&simple, &layers)) else {
        return;
    };
    let text = config.to_json();
    if let Err(error) = Config::read(&text, &layers) {
        panic!("a configuration that was made is refused: {error}\n{text}");
    }
}

/// A graph in text: an error, or a graph whose layers are all quantized by some record and whose new form is read again.
///
/// # Panics
/// What was made is no graph.
pub fn graph(bytes: &[u8]) {
    let Ok(graph) = Graph::from_text(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let mut trained = graph.clone();
    if convert_qat(&mut trained, &Options::default()).is_ok() {
        readable(&trained);
    }
    let Ok(layers) = layers(&graph) else { return };
    let Ok(config) = create(&Simple::default(), &layers) else {
        return;
    };
    let outputs: Vec<String> = graph
        .nodes
        .last()
        .map(|node| node.name().to_owned())
        .into_iter()
        .collect();
    let Ok(folding) = Folding::of(&graph, &config, &outputs) else {
        return;
    };
    readable(&folding.graph);
    let entry = |layer: &Layer| {
        let weights = layer.kind.is_some_and(Kind::weights);
        let entry = Entry {
            scale_d: Some(0.5),
            offset_d: Some(-3),
            scale_w: vec![0.25; usize::from(weights)],
            offset_w: vec![0; usize::from(weights)],
            ..Entry::default()
        };
        (layer.name.clone(), entry)
    };
    let entries = layers
        .iter()
        .filter(|layer| layer.kind.is_some())
        .map(entry)
        .collect();
    if let Ok((quantized, done)) = folding.quantize(&Record { entries }) {
        readable(&quantized);
        let json = quant_json(&quantized, &done);
        assert!(Json::read(&json).is_ok(), "what was written is no JSON:\n{json}");
    }
}

fn readable(graph: &Graph) {
    match graph.to_bytes().and_then(Graph::from_bytes) {
        Ok(again) => assert_eq!(again.nodes.len(), graph.nodes.len(), "nodes got lost"),
        Err(error) => panic!("what was written is refused: {error}"),
    }
}

/// The layers of some graph.
fn some_layers() -> Vec<Layer> {
    let nodes = [
        ("a/Conv2D", "Conv2D"),
        ("b/MatMul", "MatMul"),
        ("c/depthwise", "DepthwiseConv2dNative"),
        ("d/AvgPool", "AvgPool"),
        ("e/MaxPool", "MaxPool"),
        ("f/Relu", "Relu"),
    ];
    nodes.map(|(name, op)| Layer::new(name, op)).into()
}
