//! Configurations: AMCT's files byte for byte, and its error texts.

use quant_amct::config::{Arguments, Config, Distribution, Simple, create, read_sampler, read_simple};
use quant_amct::layer::{Kind, Layer};
use serde_json::Value;

use crate::reference::{self, Tally};

fn graph() -> Vec<Layer> {
    let nodes = [
        ("input", "Placeholder"),
        ("net/conv_b/Conv2D", "Conv2D"),
        ("net/conv_a/Conv2D", "Conv2D"),
        ("net/relu", "Relu"),
        ("net/fc/MatMul", "MatMul"),
    ];
    nodes.map(|(name, op)| Layer::new(name, op)).into()
}

/// The error of the original without its type.
fn wanted(error: &str) -> &str {
    error.split_once(": ").map_or(error, |(_, text)| text)
}

/// Compares all of `config`.
pub fn all(folder: &std::path::Path) -> Tally {
    let folder = folder.join("config");
    let layers: Vec<(String, String)> =
        serde_json::from_value(reference::json(&folder.join("graph_layers.json"))).expect("pairs");
    let layers: Vec<Layer> = layers
        .into_iter()
        .map(|(name, op)| Layer::new(name, op))
        .collect();
    let results = &reference::json(&folder.join("results.json"))["results"];
    let mut tally = Tally::default();
    for (name, result) in results.as_object().expect("results") {
        // What was read in `parse_*` is not among the files: `what_a_file_may_not_say` has such ones.
        if name.starts_with("parse_") {
            continue;
        }
        tally.configurations += 1;
        let found = if let Some(cfg) = name.strip_prefix("cfg_") {
            let text = std::fs::read_to_string(folder.join(format!("{cfg}.cfg"))).expect("a .cfg");
            read_simple(&text).and_then(|simple| create(&simple, &layers))
        } else {
            create(&Simple::from(arguments(&result["args"])), &layers)
        };
        match (found, result["error"].as_str()) {
            (Err(error), Some(theirs)) => {
                // The package of the message is another one.
                let theirs = wanted(theirs).replace("\"X.", "\"");
                if !error.to_string().trim().starts_with(theirs.trim()) {
                    tally.different.push(format!("{name}: {error}\n  for {theirs}"));
                }
            }
            (Ok(config), None) => {
                let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a config");
                if config.to_json() != text {
                    tally
                        .different
                        .push(format!("{name}: other bytes\n{}", config.to_json()));
                }
                let again = Config::read(&text, &layers);
                if again.as_ref() != Ok(&config) {
                    tally.different.push(format!("{name}: read as {again:?}"));
                }
            }
            (found, theirs) => tally.different.push(format!("{name}: {found:?} for {theirs:?}")),
        }
    }
    tally
}

fn arguments(args: &Value) -> Arguments {
    let default = Arguments::default();
    let skip = args["skip_layers"].as_array().expect("skip_layers").iter();
    Arguments {
        skip_layers: skip
            .map(|name| name.as_str().expect("a name").to_owned())
            .collect(),
        batch_num: args["batch_num"].as_i64().unwrap_or(default.batch_num),
        activation_offset: args["activation_offset"]
            .as_bool()
            .unwrap_or(default.activation_offset),
    }
}

#[test]
fn what_a_file_may_not_say() {
    let good = create(&Simple::default(), &graph())
        .expect("a configuration")
        .to_json();
    assert!(Config::read(&good, &graph()).is_ok());
    let conv_a = &good[good.find("\"net/conv_a").expect("conv_a")..];
    let changed = |from: &str, to: &str| good.replacen(conv_a, &conv_a.replacen(from, to, 1), 1);
    let fc = &good[good.find("\"net/fc").expect("fc")..];
    let cases = [
        (
            good.replacen("\"net/fc/MatMul\"", "\"x/y\"", 1),
            "x/y is an invalid layer name or parameter.",
        ),
        (
            good.replacen("\"version\":1", "\"version\":2", 1),
            "The version must be 1.",
        ),
        (
            good.replacen(
                fc,
                &fc.replacen("\"channel_wise\":false", "\"channel_wise\":true", 1),
                1,
            ),
            "The channel_wise must be False for layer type MatMul in layer net/fc/MatMul",
        ),
        (
            changed("\"ifmr\"", "\"x\""),
            "act_algo must be ifmr or hfmg in layer net/conv_a/Conv2D",
        ),
        (
            good.replacen(
                conv_a,
                &conv_a.replacen(
                    "\"num_bits\":8,\n            \"channel",
                    "\"num_bits\":3,\n            \"channel",
                    1,
                ),
                1,
            ),
            "weight num_bits is not in [4, 6, 7, 8] in layer net/conv_a/Conv2D",
        ),
        (
            good.replacen("\"version\":1", "\"version\":1,\"batch_num\":2", 1),
            "Please delete repeated items in config.json, repeated items are ['batch_num'] ",
        ),
        (
            changed("\"act_algo\"", "\"foo\":1,\"act_algo\""),
            "Unknown parameter foo in activation_quant_params in layer net/conv_a/Conv2D",
        ),
        (
            changed(",\n                1.3", ""),
            "The search_range must have two floating-point number in layer net/conv_a/Conv2D",
        ),
        (
            good.replacen("\"net/fc/MatMul\"", "\"net/relu\"", 1),
            "Layer net/relu does not support quantization.",
        ),
        (good[..40].to_owned(), "EOF while parsing"),
        ("[]".to_owned(), "The configuration is no JSON object."),
    ];
    for (text, wanted) in cases {
        let error = Config::read(&text, &graph()).expect_err(&text).to_string();
        assert!(error.contains(wanted), "{error}\n  for {wanted}");
    }
}

#[test]
fn files_of_older_releases_lack_keys() {
    let text = r#"{"version":1,"batch_num":2,"net/fc/MatMul":{"quant_enable":true}}"#;
    let config = Config::read(text, &graph()).expect("an old file");
    assert!(config.enabled("net/fc/MatMul") && !config.enabled("net/conv_a/Conv2D"));
    assert_eq!(
        (
            config.batch_num,
            config.do_fusion,
            config.layers["net/fc/MatMul"].channel_wise
        ),
        (2, true, false)
    );
    let all_off = text.replace("true", "false");
    assert!(Config::read(&all_off, &graph()).is_ok());
}

#[test]
fn kinds_are_those_of_the_tool() {
    assert_eq!(Kind::of("BatchMatMulV2"), Some(Kind::BatchMatMul));
    assert!(Kind::of("MaxPool").is_none() && Kind::AvgPool.weights() == Kind::AvgPool.channel_wise());
}

/// The sampler's configuration, in `perf`.
pub fn sampler(folder: &std::path::Path) -> Tally {
    let path = folder.join("perf/mobilenet_v2_sampler_config.cfg");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let sampler = read_sampler(&text).expect("a sampler configuration");
    assert_eq!(sampler.soc_version, "SD3403");
    assert_eq!(sampler.input_shape, "input:32,224,224,3");
    assert_eq!(sampler.log.as_deref(), Some("null"));
    let file = Distribution::File("./src/perf_conf/nca.json".to_owned());
    assert_eq!(sampler.distribute_config, Some(file));
    let options = [("input_format", "NHWC"), ("mode", "1")];
    let options = options.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(sampler.atc, options);
    Tally {
        configurations: 1,
        ..Tally::default()
    }
}
