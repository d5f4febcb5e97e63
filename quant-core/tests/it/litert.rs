//! What the check for LiteRT says about small models. That LiteRT agrees is measured by `tools/check_litert.py`.

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::{Builtin, DType, Model, OpId, QuantParam};
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::runtime::litert::{Kind, Types, check};
use quant_core::scheme::one::One;
use quant_core::{fake_quantize, quantize, record, weights_only};

use crate::common::model;

/// A convolution, an average pool, a minimum with a constant, and a logistic.
const NET: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 2 }
              filler { tag: "explicit" arg: "0.5" arg: "-1.0" arg: "0.25" arg: "1.5" } }
    operand { name: "limit" type: FLOAT32 shape { dim: 1 } filler { tag: "explicit" arg: "0.75" } }
    operand { name: "b" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0.1" arg: "-0.2" } }
    operand { name: "conv" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
    operand { name: "pool" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operand { name: "clip" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operation { type: "Conv2D" input: "x" input: "w" input: "b" output: "conv"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "AveragePool2D" input: "conv" output: "pool"
                averagepool2d_options { padding: VALID stride_w: 2 stride_h: 2 filter_width: 2 filter_height: 2 } }
    operation { type: "Minimum" input: "pool" input: "limit" output: "clip" }
    operation { type: "Logistic" input: "clip" output: "y" }
    input: "x"
    output: "y"
"#;

fn float() -> Model {
    model(NET)
}

fn quantized(config: &Config) -> Model {
    let mut model = float();
    fake_quantize::run(&mut model, config).unwrap();
    let records = RandomRecords::new(model.main().input_tensors(), 1, 10).unwrap();
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    quantize::run(&mut model, config).unwrap();
    model
}

fn types(activations: DType, weights: Option<(DType, bool)>) -> Types {
    Types {
        activations: vec![activations],
        weights,
    }
}

fn kinds(model: &Model) -> Vec<(String, Kind)> {
    let found = check(model).into_iter();
    found.map(|violation| (violation.name, violation.kind)).collect()
}

#[test]
fn float_models_pass() {
    assert_eq!(check(&float()), []);
}

#[test]
fn uint8_has_kernels_for_one_scale_a_tensor_and_not_for_channels() {
    let model = quantized(&Config::new(QuantType::Uint8, Granularity::Layer));
    let uint8 = types(DType::Uint8, None);
    let both = [
        ("pool".to_owned(), Kind::SameScale(uint8.clone())),
        ("clip".to_owned(), Kind::SameScale(uint8)),
    ];
    assert_eq!(kinds(&model), both);

    let model = quantized(&Config::new(QuantType::Uint8, Granularity::Channel));
    let filter = types(DType::Uint8, Some((DType::Uint8, true)));
    let conv = ("conv".to_owned(), Kind::NoKernel(filter));
    assert_eq!(kinds(&model), [vec![conv], both.to_vec()].concat());
    let first = &check(&model)[0];
    assert_eq!(
        (first.graph, first.operator, first.builtin),
        (0, 0, Builtin::CONV_2D)
    );
}

#[test]
fn int16_weights_have_no_kernel_and_logistic_is_as_it_should_be() {
    let model = quantized(&Config::new(QuantType::Int16, Granularity::Channel));
    let found = kinds(&model);
    let filter = types(DType::Int16, Some((DType::Int16, true)));
    assert_eq!(found[0], ("conv".to_owned(), Kind::NoKernel(filter)));
    assert!(found.iter().all(|(name, _)| name != "y"), "{found:?}");

    let mut other = model;
    let y = other.main().find("y").unwrap();
    other.main_mut().tensor_mut(y).quant = Some(QuantParam {
        scale: vec![1.0 / 32767.0],
        zero_point: vec![0],
        ..QuantParam::default()
    });
    let fixed = Kind::FixedOutput(types(DType::Int16, None), 1.0 / 32768.0, 0);
    assert!(kinds(&other).contains(&("y".to_owned(), fixed)));
}

#[test]
fn weights_of_a_float_model_may_be_int8() {
    for (dtype, wanted) in [(QuantType::Int8, true), (QuantType::Int16, false)] {
        let mut model = float();
        weights_only::run(&mut model, &Config::weights_only(dtype)).unwrap();
        assert_eq!(check(&model).is_empty(), wanted, "{dtype}");
    }
    let mut model = float();
    weights_only::run(&mut model, &Config::weights_only(QuantType::Int16)).unwrap();
    let filter = types(DType::Float32, Some((DType::Int16, true)));
    assert_eq!(kinds(&model), [("conv".to_owned(), Kind::Wrong(filter))]);
}

#[test]
fn a_convolution_needs_a_bias_and_tanh_is_not_fused() {
    let mut model = float();
    let main = model.main_mut();
    main.edit(OpId(0), |op| op.inputs[2] = None).unwrap();
    assert_eq!(kinds(&model), [("conv".to_owned(), Kind::NoBias)]);
    let main = model.main_mut();
    main.edit(OpId(0), |op| op.inputs.pop()).unwrap();
    assert_eq!(kinds(&model), [("conv".to_owned(), Kind::NoBias)]);

    let recipe = NET.replace(
        "stride_w: 1 stride_h: 1 }",
        "stride_w: 1 stride_h: 1 activation: TANH }",
    );
    let model = crate::common::model(&recipe);
    assert_eq!(kinds(&model), [("conv".to_owned(), Kind::Fused("TANH"))]);
}

#[test]
fn versions_that_no_kernel_is_for_are_found() {
    let mut model = float();
    for (version, wanted) in [
        (1, None),
        (3, None),
        (4, Some(Kind::Version(4, 1, 3))),
        (0, Some(Kind::Version(0, 1, 3))),
    ] {
        let main = model.main_mut();
        main.edit(OpId(1), |op| op.code.version = version).unwrap();
        let found = kinds(&model).pop().map(|(_, kind)| kind);
        assert_eq!(found, wanted, "{version}");
    }
}

#[test]
fn one_scale_on_request() {
    for dtype in [QuantType::Uint8, QuantType::Int16] {
        let granularity = if dtype == QuantType::Uint8 {
            Granularity::Layer
        } else {
            Granularity::Channel
        };
        let flags = One {
            same_scale: true,
            ..One::default()
        };
        let config = flags.config(dtype, granularity);
        let model = quantized(&config);
        let found = kinds(&model);
        assert!(
            !found.iter().any(|(_, kind)| matches!(kind, Kind::SameScale(_))),
            "{found:?}"
        );
        let graph = model.main();
        let parameters = |name: &str| {
            let quant = graph.tensor(graph.find(name).unwrap()).quant.clone().unwrap();
            (quant.scale, quant.zero_point)
        };
        for name in ["pool", "clip", "limit"] {
            assert_eq!(parameters(name), parameters("conv"), "{name}");
        }
        assert_ne!(parameters("y"), parameters("conv"));
    }
}

/// A logistic whose output meets wider activations in a maximum, and one that is only reshaped.
const FIXED: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "shape" type: INT32 shape { dim: 2 } filler { tag: "explicit" arg: "2" arg: "2" } }
    operand { name: "part" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "max" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "other" type: FLOAT32 shape { dim: 1 dim: 4 } }
    operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 2 } }
    operation { type: "Logistic" input: "x" output: "part" }
    operation { type: "Maximum" input: "part" input: "x" output: "max" }
    operation { type: "Logistic" input: "max" output: "other" }
    operation { type: "Reshape" input: "other" input: "shape" output: "y" reshape_options { new_shape: 2 new_shape: 2 } }
    input: "x"
    output: "max"
    output: "y"
"#;

#[test]
fn a_fixed_scale_is_kept_and_requantized_where_it_holds_too_little() {
    let flags = One {
        same_scale: true,
        ..One::default()
    };
    let config = flags.config(QuantType::Uint8, Granularity::Layer);
    let mut model = model(FIXED);
    let records = RandomRecords::new(model.main().input_tensors(), 1, 10).unwrap();
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    quantize::run(&mut model, &config).unwrap();
    assert_eq!(kinds(&model), []);
    let graph = model.main();
    let operators: Vec<Builtin> = graph.operators().iter().map(|op| op.code.builtin).collect();
    let wanted = [
        Builtin::LOGISTIC,
        Builtin::QUANTIZE,
        Builtin::MAXIMUM,
        Builtin::LOGISTIC,
        Builtin::RESHAPE,
    ];
    assert_eq!(operators, wanted);
    let scale = |name: &str| {
        graph
            .tensor(graph.find(name).unwrap())
            .quant
            .clone()
            .unwrap()
            .scale
    };
    assert_eq!([scale("part"), scale("other"), scale("y")], [[1.0 / 256.0]; 3]);
    assert_eq!(scale("max"), scale("x"));
}

#[test]
fn an_own_scale_is_requantized_though_its_recorded_range_is_that_of_all() {
    let recipe = |first: &str, second: &str| {
        let operands = ["x", "a", "b", "y"].map(|name| {
            let range = if name == "a" {
                "-0.25 max: 0.25"
            } else {
                "-0.5 max: 0.5"
            };
            format!(
                "operand {{ name: \"{name}\" type: FLOAT32 shape {{ dim: 4 }} quant {{ min: {range} }} }}\n"
            )
        });
        format!(
            "{}operation {{ type: \"{first}\" input: \"x\" output: \"a\" }}
             operation {{ type: \"{second}\" input: \"x\" output: \"b\" }}
             operation {{ type: \"Maximum\" input: \"a\" input: \"b\" output: \"y\" }}
             input: \"x\" output: \"y\" output: \"b\"",
            operands.concat()
        )
    };
    let small = 1.0 / 32768.0;
    for (first, second, uint8, int16) in [
        ("Logistic", "Tanh", 1.0 / 128.0, small),
        ("Tanh", "Logistic", 1.0 / 256.0, small),
        ("Abs", "Floor", 1.0, 1.0),
    ] {
        for (dtype, own) in [(QuantType::Uint8, uint8), (QuantType::Int16, int16)] {
            let flags = One {
                same_scale: true,
                ..One::default()
            };
            let config = flags.config(dtype, Granularity::Channel);
            let recipe = quant_case::recipe::parse(&recipe(first, second)).unwrap();
            let mut model = quant_recipe::build(&recipe).unwrap();
            quantize::run(&mut model, &config).unwrap();
            let graph = model.main();
            let parameters = |id| {
                let quant = graph.tensor(id).quant.clone().unwrap();
                (quant.scale, quant.zero_point)
            };
            let maximum = graph.operators().last().unwrap();
            assert_eq!(maximum.code.builtin, Builtin::MAXIMUM);
            for input in maximum.inputs.iter().flatten() {
                let name = &graph.tensor(*input).name;
                assert_eq!(
                    parameters(*input),
                    parameters(maximum.outputs[0]),
                    "{dtype} {name}"
                );
            }
            assert_eq!(parameters(graph.find("b").unwrap()).0, [own], "{dtype} {second}");
        }
    }
}

#[test]
fn whole_numbers_that_are_handed_on_need_no_quantize() {
    let recipe = FIXED.replace("\"Logistic\" input: \"max\"", "\"Floor\" input: \"max\"");
    let mut model = model(&recipe);
    let records = RandomRecords::new(model.main().input_tensors(), 1, 10).unwrap();
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    let flags = One {
        same_scale: true,
        ..One::default()
    };
    let config = flags.config(QuantType::Uint8, Granularity::Layer);
    quantize::run(&mut model, &config).unwrap();
    let graph = model.main();
    let operators: Vec<Builtin> = graph.operators().iter().map(|op| op.code.builtin).collect();
    assert_eq!(operators[3..], [Builtin::FLOOR, Builtin::RESHAPE]);
    for name in ["other", "y"] {
        let quant = graph.tensor(graph.find(name).unwrap()).quant.clone().unwrap();
        assert_eq!(quant.scale, [1.0], "{name}");
    }
}
