//! The seam between the library and the families of quantizers: one that the library does not know is a folder
//! (`power_of_two`) and one call; nothing else knows of it. What it makes is compared with numbers computed naively here.

use std::collections::BTreeMap;

use quant_core::config::Config;
use quant_core::ir::Model;
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::scheme::one::One;
use quant_core::scheme::pass::Pass;
use quant_core::scheme::setting::Setting;
use quant_core::scheme::{Decisions, Schemes};
use quant_core::{Granularity, QuantType, dump, fake_quantize, quantize, record, weights_only};
use quant_types::golden::{Numbers, Tensor};

use crate::common::model;
use crate::power_of_two::PowerOfTwo;

const NET: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
    operand { name: "filter" type: FLOAT32 shape { dim: 2 dim: 2 dim: 1 dim: 1 }
              filler { tag: "explicit" arg: "0.3" arg: "-1.27" arg: "8.0" arg: "0.01" } }
    operand { name: "bias" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0.7" arg: "-2.5" } }
    operand { name: "conv" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "two" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "-0.6" arg: "0.013" } }
    operand { name: "sum" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "pool" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operand { name: "shape" type: INT32 shape { dim: 2 } filler { tag: "explicit" arg: "1" arg: "8" } }
    operand { name: "flat" type: FLOAT32 shape { dim: 1 dim: 8 } }
    operand { name: "dense" type: FLOAT32 shape { dim: 1 dim: 8 }
              filler { tag: "explicit" arg: "0.5" arg: "-0.25" arg: "1.5" arg: "-1" arg: "0.1" arg: "0.2" arg: "0.3" arg: "-0.4" } }
    operand { name: "offset" type: FLOAT32 shape { dim: 1 } filler { tag: "explicit" arg: "0.125" } }
    operand { name: "score" type: FLOAT32 shape { dim: 1 dim: 1 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 1 } }
    operation { type: "Conv2D" input: "x" input: "filter" input: "bias" output: "conv"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "Add" input: "conv" input: "two" output: "sum" add_options { activation: NONE } }
    operation { type: "MaxPool2D" input: "sum" output: "pool"
                maxpool2d_options { padding: VALID stride_w: 2 stride_h: 2 filter_width: 2 filter_height: 2 } }
    operation { type: "Reshape" input: "pool" input: "shape" output: "flat" reshape_options { new_shape: 1 new_shape: 8 } }
    operation { type: "FullyConnected" input: "flat" input: "dense" input: "offset" output: "score"
                fullyconnected_options { activation: NONE } }
    operation { type: "Logistic" input: "score" output: "y" }
    input: "x" output: "y""#;

/// The configuration of the second scheme, found by its name.
fn config(granularity: Granularity) -> Config {
    let mut schemes = Schemes::default();
    schemes.add(PowerOfTwo).unwrap();
    let scheme = schemes.find("power-of-two").unwrap();
    let setting = scheme.decisions().unwrap().setting(QuantType::Int8, granularity);
    Config::of(scheme, setting)
}

fn recorded(mut model: Model) -> Model {
    let records = RandomRecords::new(model.main().input_tensors(), 1, 10).unwrap();
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    model
}

fn tensors(model: &Model) -> BTreeMap<String, Tensor> {
    dump::tensors(model).unwrap().into_iter().collect()
}

/// By the book: doubled until 127 steps reach the end.
fn scale(values: &[f32]) -> f32 {
    let end = values.iter().fold(0.0_f32, |end, x| end.max(x.abs()));
    let mut scale = 2.0_f64.powi(-16);
    while 127.0 * scale < f64::from(end) {
        scale *= 2.0;
    }
    scale as f32
}

/// What a float constant becomes, with these scales for its equal parts.
#[expect(clippy::disallowed_methods, reason = "the book rounds halves away from zero")]
fn integers(values: &[f32], scales: &[f32], highest: f64) -> Numbers {
    let part = values.len() / scales.len();
    let integer = |(at, x): (usize, &f32)| {
        let q = (f64::from(*x) / f64::from(scales[at / part])).round();
        q.clamp(-highest, highest) as i64
    };
    Numbers::Int(values.iter().enumerate().map(integer).collect())
}

fn floats(tensor: &Tensor) -> Vec<f32> {
    match &tensor.weights {
        Some(Numbers::Float(values)) => values.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_number_of_a_second_scheme_is_that_of_the_book() {
    for granularity in [Granularity::Layer, Granularity::Channel] {
        let config = config(granularity);
        let ranges = recorded(model(NET));
        let float = tensors(&ranges);
        let mut quantized = ranges.clone();
        quantize::run(&mut quantized, &config).unwrap();
        let mut found = tensors(&quantized);

        let mut wanted: BTreeMap<&str, (&str, Vec<f32>, Option<Numbers>)> = BTreeMap::new();
        let own = |name: &str| {
            let tensor = &float[name];
            let ends = [tensor.min.clone().unwrap()[0], tensor.max.clone().unwrap()[0]];
            scale(&ends)
        };
        for name in ["x", "conv", "sum", "score"] {
            wanted.insert(name, ("int8", vec![own(name)], None));
        }
        // They hand on what they read.
        for name in ["pool", "flat"] {
            wanted.insert(name, ("int8", vec![own("sum")], None));
        }
        wanted.insert("y", ("int8", vec![1.0 / 128.0], None));
        let two = floats(&float["two"]);
        wanted.insert(
            "two",
            (
                "int8",
                vec![scale(&two)],
                Some(integers(&two, &[scale(&two)], 127.0)),
            ),
        );
        for (filter, bias, channels, input) in [
            ("filter", "bias", 2, own("x")),
            ("dense", "offset", 1, own("sum")),
        ] {
            let values = floats(&float[filter]);
            let scales: Vec<f32> = match granularity {
                Granularity::Layer => vec![scale(&values)],
                Granularity::Channel => values.chunks(values.len() / channels).map(scale).collect(),
            };
            let offsets = floats(&float[bias]);
            let products: Vec<f32> = scales.iter().map(|scale| scale * input).collect();
            let sums = integers(&offsets, &products, f64::from(i32::MAX));
            wanted.insert(
                filter,
                ("int8", scales.clone(), Some(integers(&values, &scales, 127.0))),
            );
            wanted.insert(bias, ("int32", products, Some(sums)));
        }
        found.remove("shape").unwrap();
        assert!(found.keys().eq(wanted.keys()), "{:?}", found.keys());
        for (name, (dtype, scales, integers)) in wanted {
            let tensor = &found[name];
            assert_eq!(tensor.dtype.as_deref(), Some(dtype), "{name}");
            assert_eq!(tensor.scale.as_ref(), Some(&scales), "{name}");
            assert_eq!(tensor.zero_point, Some(vec![0; scales.len()]), "{name}");
            assert_eq!(tensor.weights, integers, "{name}");
        }

        // Through fake quantization the integers are the same.
        let mut fake = model(NET);
        assert_eq!(fake_quantize::run(&mut fake, &config), Ok(2));
        let mut fake = recorded(fake);
        quantize::run(&mut fake, &config).unwrap();
        let weights = |model: &Model| ["filter", "dense"].map(|name| tensors(model)[name].weights.clone());
        assert_eq!(weights(&fake), weights(&quantized));
        // Weights alone are its own, too.
        let mut only = model(NET);
        let weights_only = Config {
            setting: Setting::weights(config.setting.weights),
            ..config.clone()
        };
        assert_eq!(weights_only::run(&mut only, &weights_only), Ok(2));
        assert_eq!(weights(&only), weights(&quantized));
    }
}

#[test]
fn what_a_second_scheme_does_not_have_is_refused() {
    // uint8 is a type of the first scheme's.
    let mut uint8 = config(Granularity::Channel);
    uint8.setting = PowerOfTwo.setting(QuantType::Uint8, Granularity::Channel);
    let error = quantize::run(&mut recorded(model(NET)), &uint8)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the model's default: powers of two have no setting of activations uint8-asymmetric-tensor, weights \
         uint8-asymmetric-channel, bias int32-symmetric-channel; use int8"
    );
    // No type of the interface either.
    let mut interface = config(Granularity::Channel);
    interface.input_types = vec![quant_core::ir::DType::Uint8];
    let error = quantize::run(&mut recorded(model(NET)), &interface)
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("float tensors can be int8 or float32; others keep their type"),
        "{error}"
    );
    // Tanh is an operator of the first scheme's table, and not of this one's.
    let tanh = recorded(model(&NET.replace("Logistic", "Tanh")));
    let error = quantize::run(&mut tanh.clone(), &config(Granularity::Layer))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the model: no rule quantizes TANH (`y`)"),
        "{error}"
    );
    let one = Config::new(QuantType::Uint8, Granularity::Channel);
    assert_eq!(quantize::run(&mut tanh.clone(), &one), Ok(Vec::new()));
}

#[test]
fn passes_have_names_in_their_order() {
    let names = |passes: &[Pass<'_>]| passes.iter().map(Pass::name).collect::<Vec<_>>();
    assert_eq!(
        names(&One::default().passes())[..4],
        ["islands", "activations", "mixed precision", "redundant"]
    );
    assert_eq!(
        names(&PowerOfTwo::passes())[..3],
        ["activations", "backward", "constant inputs"]
    );
}
