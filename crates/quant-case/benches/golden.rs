//! Reading, comparing and writing the golden of a weight tensor of four million values.
//!
//! `cargo bench -p quant-case`; the peer in the same run is `serde_json::Value` on the same text.

use std::time::Instant;

use quant_case::Stage;
use quant_case::compare::{Strictness, compare};
use quant_case::golden::{Numbers, Tensor, parse, to_json};

fn main() {
    let count = 4 << 20;
    let channels = 1024;
    let shape = vec![channels, 1, 1, count / channels];
    // Values spread over the type, without a pattern that a branch predictor learns.
    let random = |n: usize| (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let common = Tensor {
        dtype: Some("uint8".to_owned()),
        shape: shape.clone(),
        scale: Some(vec![0.012_345; channels]),
        zero_point: Some(vec![128; channels]),
        quantized_dimension: Some(0),
        ..Tensor::default()
    };
    let integers = Tensor {
        weights: Some(Numbers::Int(
            (0..count).map(|n| (random(n) % 256) as i64).collect(),
        )),
        ..common.clone()
    };
    let floats = Tensor {
        dtype: None,
        weights: Some(Numbers::Float(
            (0..count).map(|n| random(n) as f32 / 1e7 - 0.8).collect(),
        )),
        ..common
    };
    println!(
        "{:<8} {:>9} {:>12} {:>12} {:>12} {:>16}",
        "values", "JSON MB", "write MB/s", "read MB/s", "compare ms", "serde Value MB/s"
    );
    for (name, tensor, stage) in [
        ("uint8", &integers, Stage::Quantization),
        ("float32", &floats, Stage::FakeQuantization),
    ] {
        let (text, write) = best(|| to_json(tensor));
        let (read, parsing) = best(|| parse(&text).unwrap());
        let (report, comparing) = best(|| compare(&read, tensor, stage, Strictness::Exact));
        assert!(report.passes());
        let (_, peer) = best(|| serde_json::from_str::<serde_json::Value>(&text).unwrap());
        let megabytes = text.len() as f64 / 1e6;
        println!(
            "{name:<8} {megabytes:>9.1} {:>12.0} {:>12.0} {:>12.1} {:>16.0}",
            megabytes / write,
            megabytes / parsing,
            comparing * 1e3,
            megabytes / peer
        );
    }
}

/// The result, and the best of five times in seconds.
fn best<T>(work: impl Fn() -> T) -> (T, f64) {
    let mut least = f64::INFINITY;
    let mut result = None;
    for _ in 0..5 {
        let start = Instant::now();
        result = Some(work());
        least = least.min(start.elapsed().as_secs_f64());
    }
    (result.unwrap(), least)
}
