//! Little memory gives the factors of much.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use quant_amct::batches::Batches;
use quant_amct::config::{Config, create, read_simple};
use quant_amct::flow::{Calibrated, Calibration};
use quant_amct::graph::layers;
use quant_ir::value::Value;
use quant_tensorflow::{Attribute, DataType, Graph, List, Node, Tensor};

/// Numbers in −1…1, the same on every machine.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let number = |i: usize| {
        let mixed = (i as u32)
            .wrapping_add(seed)
            .wrapping_mul(2_654_435_761)
            .rotate_left(13)
            .wrapping_mul(0x85eb_ca6b);
        (mixed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(number).collect()
}

/// Two convolutions with a ReLU6 between them, and two readers of one tensor.
fn graph() -> Graph {
    let mut input = Node::new("input", "Placeholder", &[]);
    input.set("dtype", &Attribute::Type(DataType::FLOAT));
    let conv = |name: &str, from: &str| {
        let mut node = Node::new(name, "Conv2D", &[from, &format!("{name}/w")]);
        node.set("T", &Attribute::Type(DataType::FLOAT));
        node.set(
            "strides",
            &Attribute::List(List {
                ints: vec![1; 4],
                ..List::default()
            }),
        );
        node.set("padding", &Attribute::text("SAME"));
        node
    };
    let relu = |name: &str, from: &str| {
        let mut node = Node::new(name, "Relu6", &[from]);
        node.set("T", &Attribute::Type(DataType::FLOAT));
        node
    };
    let weights = |name: &str, shape: [usize; 4], seed| {
        Node::constant(
            &format!("{name}/w"),
            Tensor::floats(&shape, &numbers(shape.iter().product(), seed)),
        )
    };
    let mut graph = Graph::from_text("").expect("an empty graph");
    graph.nodes.extend([
        input,
        weights("a", [3, 3, 3, 16], 1),
        conv("a", "input"),
        relu("relu", "a"),
        weights("b", [1, 1, 16, 4], 2),
        conv("b", "relu"),
        weights("c", [1, 1, 16, 2], 3),
        conv("c", "relu"),
    ]);
    graph
}

/// Batches that count how often they are read.
struct Counted(Vec<Vec<Value>>, AtomicUsize);

impl Batches for Counted {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> quant_ir::Result<Vec<Value>> {
        self.1.fetch_add(1, Relaxed);
        Ok(self.0[index].clone())
    }
}

/// Three batches, the last one shorter and wider than the others.
fn batches() -> Counted {
    let batch = |(index, count): (usize, usize)| {
        let values = numbers(count * 32 * 32 * 3, 7 + index as u32);
        let stretch = if index == 2 { 2.0 } else { 1.0 };
        let values = values.iter().map(|x| stretch * x * x * x);
        vec![Value::f32(vec![count, 32, 32, 3], values.collect())]
    };
    let all = [6, 6, 3].into_iter().enumerate().map(batch);
    Counted(all.collect(), AtomicUsize::new(0))
}

fn calibrated(memory: usize, config: &Config) -> (Calibrated, usize, usize) {
    let (batches, runs) = (batches(), AtomicUsize::new(0));
    let calibration = Calibration {
        config,
        outputs: &["b".to_owned(), "c".to_owned()],
        memory,
        progress: &|| {
            runs.fetch_add(1, Relaxed);
        },
    };
    let found = calibration.run(&graph(), &batches).expect("calibrates");
    (found, runs.into_inner(), batches.1.into_inner())
}

#[test]
fn little_memory_gives_the_same_record() {
    let short = "batch_num: 3 override_layer_configs { layer_name: \"c\" calibration_config { hfmg_quantize { num_of_bins: 1024 } } } ";
    for percentile in [0.999_999, 0.9] {
        let more = format!(
            "common_config {{ ifmr_quantize {{ max_percentile: {percentile} min_percentile: {percentile} }} }}"
        );
        let simple = read_simple(&format!("{short}{more}")).expect("a short configuration");
        let config = create(&simple, &layers(&graph()).expect("layers")).expect("a configuration");
        let (much, runs, _) = calibrated(1 << 30, &config);
        assert_eq!(runs, 3, "each batch runs once where all is kept");
        let (little, runs, reads) = calibrated(0, &config);
        assert_eq!(much.record.to_text(), little.record.to_text());
        assert_eq!(much.layers, little.layers);
        assert!(
            (6..=9).contains(&runs),
            "two or three passes over three batches: {runs}"
        );
        assert!(reads <= runs + 4, "{reads} batches read for {runs} runs");
    }
}

#[test]
fn the_only_batch_is_read_once_and_gives_its_record() {
    let simple = read_simple("batch_num: 1").expect("a short configuration");
    let config = create(&simple, &layers(&graph()).expect("layers")).expect("a configuration");
    let (one, runs, reads) = calibrated(1 << 30, &config);
    assert_eq!((runs, reads), (1, 1));
    // With the same batch twice nothing is given away before its second run.
    let simple = read_simple("batch_num: 2").expect("a short configuration");
    let config = create(&simple, &layers(&graph()).expect("layers")).expect("a configuration");
    let mut twice = batches();
    twice.0[1] = twice.0[0].clone();
    let calibration = Calibration {
        config: &config,
        outputs: &["b".to_owned(), "c".to_owned()],
        memory: 0,
        progress: &|| {},
    };
    let found = calibration.run(&graph(), &twice).expect("calibrates");
    assert_eq!(found.record.to_text(), one.record.to_text());
}

#[test]
fn values_that_are_no_numbers_are_refused_in_a_stream_too() {
    let simple = read_simple("batch_num: 3").expect("a short configuration");
    let config = create(&simple, &layers(&graph()).expect("layers")).expect("a configuration");
    let mut batches = batches();
    batches.0[1][0] = Value::f32(vec![1, 32, 32, 3], vec![f32::NAN; 32 * 32 * 3]);
    let calibration = Calibration {
        config: &config,
        outputs: &["b".to_owned()],
        memory: 0,
        progress: &|| {},
    };
    let error = calibration.run(&graph(), &batches).expect_err("NaN").to_string();
    assert!(
        error.contains("batch 1") && error.contains("tensor `input`"),
        "{error}"
    );
}
