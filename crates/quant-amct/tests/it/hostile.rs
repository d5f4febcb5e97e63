//! Texts that are cut or changed anywhere end in an answer or an error, never in a panic.

use quant_amct::config::{Config, Simple, create, read_simple};
use quant_amct::layer::Layer;
use quant_amct::record::Record;

fn layers() -> Vec<Layer> {
    vec![Layer::new("a/Conv2D", "Conv2D"), Layer::new("b/MatMul", "MatMul")]
}

/// Every text that is `text` cut, or with one character another.
fn shaken(text: &str) -> impl Iterator<Item = String> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    places.into_iter().flat_map(move |at| {
        let (before, after) = text.split_at(at);
        let mut rest = after.chars();
        rest.next();
        let rest = rest.as_str();
        let changed =
            ["{", "}", "\"", "-", "9", "[", ":", "\u{0}", "é"].map(|c| format!("{before}{c}{rest}"));
        changed.into_iter().chain([before.to_owned()]).collect::<Vec<_>>()
    })
}

#[test]
fn records() {
    let text = "record {\n  key: \"a:0\"\n  value {\n    scale_d: 0.5\n    offset_d: -3\n    scale_w: 1e-06\n    offset_w: 0\n  }\n}\n";
    let mut read = 0;
    for text in shaken(text) {
        if let Ok(record) = Record::read(&text) {
            read += 1;
            assert_eq!(Record::read(&record.to_text()).as_ref(), Ok(&record), "{text}");
        }
    }
    assert!(read > 10, "{read}");
}

#[test]
fn configurations() {
    let text = create(&Simple::default(), &layers())
        .expect("a configuration")
        .to_json();
    for text in shaken(&text) {
        if let Ok(config) = Config::read(&text, &layers()) {
            assert_eq!(
                Config::read(&config.to_json(), &layers()).map(|config| config.to_json()),
                Ok(config.to_json()),
                "{text}"
            );
        }
    }
}

#[test]
fn short_configurations() {
    let text = "batch_num: 2 skip_layers: \"a/Conv2D\" common_config: { arq_quantize { channel_wise: false } ifmr_quantize { \
                search_step: 0.02 search_range_start: .8 } } tensor_quantize { layer_name: \"b/MatMul\" input_index: 0 }";
    for text in shaken(text) {
        let _ = read_simple(&text).and_then(|simple| create(&simple, &layers()));
    }
}
