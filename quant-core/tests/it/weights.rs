//! Weights of every kind of layer: the same bytes on any number of threads, through memory or through files.

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::format::{export, import, import_shared};
use quant_core::ir::{Bytes, Content, FileFormat, Model, QuantParam};
use quant_core::{Error, Problem, dump, fake_quantize, quantize, weights_only};

use crate::common::model;

/// Convolution (axis 0), depthwise convolution (axis 3) and fully connected layer, each filter longer than a task
/// of the loops and none a whole number of them; the last one has an odd number of columns, so that int4 channels
/// begin in the middle of a byte.
const NETWORK: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 37 } }
    operand { name: "w1" type: FLOAT32 shape { dim: 211 dim: 3 dim: 3 dim: 37 } filler { tag: "gaussian" arg: "0.1" arg: "0.5" } }
    operand { name: "b1" type: FLOAT32 shape { dim: 211 } filler { tag: "gaussian" arg: "0" arg: "0.1" } }
    operand { name: "c1" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 211 } }
    operand { name: "w2" type: FLOAT32 shape { dim: 1 dim: 25 dim: 25 dim: 211 } filler { tag: "gaussian" arg: "-0.1" arg: "0.2" } }
    operand { name: "b2" type: FLOAT32 shape { dim: 211 } filler { tag: "gaussian" arg: "0" arg: "0.1" } }
    operand { name: "c2" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 211 } }
    operand { name: "w3" type: FLOAT32 shape { dim: 701 dim: 211 } filler { tag: "gaussian" arg: "0" arg: "1" } }
    operand { name: "b3" type: FLOAT32 shape { dim: 701 } filler { tag: "gaussian" arg: "0" arg: "0.1" } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 701 } }
    operation { type: "Conv2D" input: "x" input: "w1" input: "b1" output: "c1"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "DepthwiseConv2D" input: "c1" input: "w2" input: "b2" output: "c2"
                depthwiseconv2d_options { padding: SAME stride_w: 1 stride_h: 1 depth_multiplier: 1 } }
    operation { type: "FullyConnected" input: "c2" input: "w3" input: "b3" output: "y" }
    input: "x" output: "y""#;

const SETTINGS: [(QuantType, Granularity); 3] = [
    (QuantType::Uint8, Granularity::Layer),
    (QuantType::Uint8, Granularity::Channel),
    (QuantType::Int16, Granularity::Channel),
];

fn network() -> Model {
    model(NETWORK)
}

/// Gives every activation a range, as if it had been recorded.
fn record(model: &mut Model) {
    for name in ["x", "c1", "c2", "y"] {
        let id = model.main().find(name).unwrap();
        model.main_mut().tensor_mut(id).quant = Some(QuantParam {
            min: vec![-3.0],
            max: vec![5.0],
            ..QuantParam::default()
        });
    }
}

fn circle(model: &Model) -> Vec<u8> {
    export(model, FileFormat::Circle).unwrap()
}

fn through_a_file(model: &Model) -> Model {
    import(&circle(model)).unwrap()
}

/// Every file that the stages make.
fn files() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for (dtype, granularity) in SETTINGS {
        let config = Config::new(dtype, granularity);
        let mut model = network();
        fake_quantize::run(&mut model, &config).unwrap();
        files.push(circle(&model));
        record(&mut model);
        let mut read = through_a_file(&model);
        quantize::run(&mut model, &config).unwrap();
        files.push(circle(&model));
        quantize::run(&mut read, &config).unwrap();
        files.push(circle(&read));
        // Without fake quantization before it.
        let mut model = network();
        record(&mut model);
        quantize::run(&mut model, &config).unwrap();
        files.push(circle(&model));
    }
    for dtype in [QuantType::Int4, QuantType::Int8, QuantType::Int16] {
        let mut model = network();
        weights_only::run(&mut model, &Config::weights_only(dtype)).unwrap();
        files.push(circle(&model));
    }
    files
}

#[test]
fn any_number_of_threads_makes_the_same_bytes() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(files)
    };
    let one = on(1);
    for threads in [2, 7] {
        let same: Vec<bool> = on(threads).iter().zip(&one).map(|(a, b)| a == b).collect();
        assert_eq!(same, vec![true; one.len()], "{threads} threads");
    }
}

#[test]
fn a_file_of_floats_between_the_stages_changes_nothing() {
    for (dtype, granularity) in SETTINGS {
        let config = Config::new(dtype, granularity);
        let mut model = network();
        fake_quantize::run(&mut model, &config).unwrap();
        let filter = model.main().tensor(model.main().find("w2").unwrap());
        assert!(matches!(model.content(filter), Some(Content::Computed(_))));
        record(&mut model);
        let mut read = through_a_file(&model);
        let filter = read.main().tensor(read.main().find("w2").unwrap());
        assert!(matches!(read.content(filter), Some(Content::Plain(_))));
        assert!(model == read, "{dtype} {granularity}");
        quantize::run(&mut model, &config).unwrap();
        quantize::run(&mut read, &config).unwrap();
        assert!(circle(&model) == circle(&read), "{dtype} {granularity}");
    }
}

#[test]
fn quantized_weights_are_within_half_a_step() {
    for dtype in [QuantType::Int4, QuantType::Int8, QuantType::Int16] {
        let (float, mut model) = (network(), network());
        weights_only::run(&mut model, &Config::weights_only(dtype)).unwrap();
        let model = through_a_file(&model);
        for (name, axis, inner) in [("w1", 0, 3 * 3 * 37), ("w2", 3, 1), ("w3", 0, 211)] {
            let values = float
                .f32_data(float.main().tensor(float.main().find(name).unwrap()))
                .unwrap();
            let made = dump::tensor(&model, model.main().tensor(model.main().find(name).unwrap())).unwrap();
            let Some(quant_case::golden::Numbers::Int(integers)) = made.weights else {
                panic!("{name} has no integers");
            };
            let scale = made.scale.unwrap();
            assert_eq!(
                (made.quantized_dimension, values.len()),
                (Some(axis), integers.len())
            );
            for (at, (x, q)) in values.iter().zip(integers).enumerate() {
                let step = f64::from(scale[at / inner % scale.len()]);
                let off = (f64::from(*x) - q as f64 * step).abs();
                // The reciprocal of the scale and the product with it are f32: each is off by up to 2^-24 of itself.
                let half = 0.5 + q.unsigned_abs() as f64 / f64::from(1 << 23);
                assert!(off <= step * half, "{name} [{at}] {x} is {q} of {step}, {dtype}");
            }
        }
    }
}

#[test]
fn a_shared_file_is_not_copied() {
    let mut model = network();
    let second = model
        .main()
        .tensors()
        .iter()
        .find(|tensor| tensor.buffer.index() == 2);
    let second = second.unwrap().buffer;
    model.set_external(second, true);
    let file = Bytes::from(circle(&model));
    let shared = import_shared(&file).unwrap();
    assert!(shared == import(&file).unwrap());
    let range = file.as_ptr_range();
    for buffer in shared.buffers() {
        if let Some(Content::Plain(bytes)) = &buffer.data {
            assert!(range.contains(&bytes.as_ptr()) || bytes.is_empty());
        }
    }
    assert!(circle(&shared) == file[..]);
    assert!(import_shared(&file[..file.len() - 1].to_vec().into()).is_err());
}

/// Replaces one weight of a filter.
fn with_weight(name: &str, at: usize, x: f32) -> Model {
    let mut model = network();
    let buffer = model.main().tensor(model.main().find(name).unwrap()).buffer;
    let mut bytes = model
        .buffer(buffer)
        .unwrap()
        .data
        .as_ref()
        .unwrap()
        .bytes()
        .into_owned();
    bytes[4 * at..4 * at + 4].copy_from_slice(&x.to_le_bytes());
    model.set_content(buffer, bytes.into());
    model
}

#[test]
fn weights_that_no_scale_can_hold_are_errors_and_change_nothing() {
    for (name, at) in [("w1", 0), ("w2", 70_001), ("w3", 701 * 211 - 1)] {
        for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN] {
            let wanted = |problem: &Problem| {
                matches!(problem, Problem::Unscalable { element, value }
                    if *element == at && value.to_bits() == x.to_bits())
            };
            let fails = |stage: &dyn Fn(&mut Model) -> Result<(), Error>| {
                let mut model = with_weight(name, at, x);
                record(&mut model);
                let before = circle(&model);
                let error = stage(&mut model).unwrap_err();
                assert!(wanted(error.problem()) && error.tensor() == Some(name), "{error}");
                assert!(circle(&model) == before, "{error}");
            };
            for (dtype, granularity) in SETTINGS {
                let config = Config::new(dtype, granularity);
                fails(&|model| fake_quantize::run(model, &config).map(drop));
                fails(&|model| quantize::run(model, &config).map(drop));
            }
            fails(&|model| weights_only::run(model, &Config::weights_only(QuantType::Int4)).map(drop));
        }
    }
}

#[test]
fn a_range_wider_than_floats_fares_the_same_through_memory_and_through_a_file() {
    for (dtype, granularity) in SETTINGS {
        let config = Config::new(dtype, granularity);
        let mut model = with_weight("w3", 0, 3e38);
        let buffer = model.main().tensor(model.main().find("w3").unwrap()).buffer;
        let mut bytes = model
            .buffer(buffer)
            .unwrap()
            .data
            .as_ref()
            .unwrap()
            .bytes()
            .into_owned();
        bytes[4..8].copy_from_slice(&(-3e38f32).to_le_bytes());
        model.set_content(buffer, bytes.into());
        fake_quantize::run(&mut model, &config).unwrap();
        record(&mut model);
        let mut read = through_a_file(&model);
        let outcomes = [&mut model, &mut read].map(|model| {
            let done = quantize::run(model, &config).map_err(|error| error.to_string());
            done.map(|_| circle(model))
        });
        assert!(outcomes[0] == outcomes[1], "{dtype} {granularity}");
    }
}
