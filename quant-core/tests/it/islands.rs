//! Operators that stay float among ONE's integers.

use std::fmt::Write as _;

use quant_core::config::{Config, Layer, Setting};
use quant_core::ir::{Builtin, DType, FileFormat, Model};
use quant_core::record::{RandomRecords, RecordOptions};
use quant_core::scheme::one::One;
use quant_core::scheme::{Kept, Why};
use quant_core::{Granularity, QuantType, Quantizer, format, quantize, record};

use crate::common::model;

/// A network of float tensors of 4 elements (`joined` of 8): operators as `Abs x y`, what they make last.
fn network(operators: &[&str], inputs: &[&str], outputs: &[&str]) -> Model {
    let mut text = String::new();
    let made = operators.iter().map(|line| line.rsplit(' ').next().unwrap());
    for name in inputs.iter().copied().chain(made) {
        let dim = if name == "joined" { 8 } else { 4 };
        let _ = writeln!(
            text,
            "operand {{ name: \"{name}\" type: FLOAT32 shape {{ dim: {dim} }} }}"
        );
    }
    for line in operators {
        let words: Vec<&str> = line.split(' ').collect();
        let (kind, operands) = words.split_first().unwrap();
        let (output, read) = operands.split_last().unwrap();
        let _ = write!(text, "operation {{ type: \"{kind}\" output: \"{output}\" ");
        for name in read {
            let _ = write!(text, "input: \"{name}\" ");
        }
        text.push_str(match *kind {
            "Add" => "add_options { activation: NONE } }\n",
            "Concatenation" => "concatenation_options { axis: 0 activation: NONE } }\n",
            _ => "}\n",
        });
    }
    for (what, names) in [("input", inputs), ("output", outputs)] {
        for name in names {
            let _ = write!(text, "{what}: \"{name}\" ");
        }
    }
    let mut model = model(&text);
    let records = RandomRecords::new(model.main().input_tensors(), 1, 4).unwrap();
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    model
}

fn config(dtype: QuantType, one: One) -> Config {
    one.config(dtype, Granularity::Channel)
}

/// The operators of a graph as `SIN x_Dequantize -> y`.
fn operators(model: &Model) -> Vec<String> {
    let graph = model.main();
    let name = |id: &quant_core::ir::TensorId| graph.tensor(*id).name.clone();
    let operators = graph.operators().iter().map(|op| {
        let inputs: Vec<String> = op.inputs.iter().flatten().map(name).collect();
        let outputs: Vec<String> = op.outputs.iter().map(name).collect();
        format!(
            "{} {} -> {}",
            op.code.builtin,
            inputs.join(" "),
            outputs.join(" ")
        )
    });
    operators.collect()
}

fn dtype(model: &Model, name: &str) -> DType {
    model.main().tensor(model.main().find(name).unwrap()).dtype
}

fn quantized(mut model: Model, config: &Config) -> (Model, Vec<Kept>) {
    let kept = quantize::run(&mut model, config).unwrap();
    // What is written can be read, and is the same.
    for format in [FileFormat::Circle, FileFormat::Tflite] {
        let bytes = format::export(&model, format).unwrap();
        assert_eq!(operators(&format::import(&bytes).unwrap()), operators(&model));
    }
    (model, kept)
}

#[test]
fn an_operator_without_a_rule_stays_float_between_dequantize_and_quantize() {
    for (words, integers) in [(QuantType::Uint8, DType::Uint8), (QuantType::Int16, DType::Int16)] {
        let float = network(&["Abs x a", "Sin a s", "Abs s y"], &["x"], &["y"]);
        let own = float
            .main()
            .tensor(float.main().find("s").unwrap())
            .quant
            .clone()
            .unwrap();
        let (model, kept) = quantized(float, &config(words, One::default()));
        assert_eq!(
            operators(&model),
            [
                "ABS x -> a",
                "DEQUANTIZE a -> a_Dequantize",
                "SIN a_Dequantize -> s",
                "QUANTIZE s -> s_Quantize",
                "ABS s_Quantize -> y"
            ]
        );
        let types = ["x", "a", "a_Dequantize", "s", "s_Quantize", "y"].map(|name| dtype(&model, name));
        let float = DType::Float32;
        assert_eq!(types, [integers, integers, float, float, integers, integers]);
        assert_eq!(kept, [Kept::new(0, 1, Builtin::SIN, "s", Why::NoRule)]);
        // The integers behind it have the range that was recorded of it.
        let made = model.main().tensor(model.main().find("s_Quantize").unwrap());
        let scale = made.quant.as_ref().unwrap().scale[0];
        let wanted = match words {
            QuantType::Uint8 => (own.max[0].max(0.0) - own.min[0].min(0.0)) / 255.0,
            _ => own.max[0].max(-own.min[0]) / 32767.0,
        };
        assert!((scale / wanted - 1.0).abs() < 0.01, "{scale} {wanted}");
    }
}

#[test]
fn between_two_of_them_values_stay_float_and_a_tensor_is_converted_once() {
    let float = network(
        &[
            "Abs x a",
            "Sin a s",
            "Cos s c",
            "Square a q",
            "Add c q b",
            "Add b a y",
        ],
        &["x"],
        &["y"],
    );
    let (model, kept) = quantized(float, &config(QuantType::Uint8, One::default()));
    assert_eq!(
        operators(&model),
        [
            "ABS x -> a",
            "DEQUANTIZE a -> a_Dequantize",
            "SIN a_Dequantize -> s",
            "COS s -> c",
            "QUANTIZE c -> c_Quantize",
            "SQUARE a_Dequantize -> q",
            "QUANTIZE q -> q_Quantize",
            "ADD c_Quantize q_Quantize -> b",
            "ADD b a -> y"
        ]
    );
    assert_eq!(kept.len(), 3);
}

#[test]
fn the_interface_is_float_where_it_is_asked_to_be() {
    let float = || {
        network(
            &["Sin x s", "Abs x a", "Add s a b", "Cos b y"],
            &["x"],
            &["y", "s"],
        )
    };
    let mut both = config(QuantType::Uint8, One::default());
    both.input_types = vec![DType::Float32];
    both.output_types = vec![DType::Float32];
    let (model, _) = quantized(float(), &both);
    assert_eq!(
        operators(&model),
        [
            "QUANTIZE x -> x_Quantize",
            "SIN x -> s",
            "QUANTIZE s -> s_Quantize",
            "ABS x_Quantize -> a",
            "ADD s_Quantize a -> b",
            "DEQUANTIZE b -> b_Dequantize",
            "COS b_Dequantize -> y"
        ]
    );
    let names = |model: &Model| {
        let graph = model.main();
        graph
            .outputs()
            .iter()
            .map(|id| graph.tensor(*id).name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&model), ["y", "s"]);
    // Without a word all of it is of the type of activations.
    let (model, _) = quantized(float(), &config(QuantType::Uint8, One::default()));
    assert_eq!(names(&model), ["y_Quantize", "s_Quantize"]);
    let graph = model.main();
    let mut interface = graph.inputs().iter().chain(graph.outputs());
    assert!(interface.all(|id| graph.tensor(*id).dtype == DType::Uint8));
}

#[test]
fn parameters_do_not_travel_through_them() {
    // Concatenation gives its inputs its parameters: to the Quantize behind an island, not beyond.
    let mut float = network(
        &["Abs x a", "Sin a s", "Concatenation s a joined"],
        &["x"],
        &["joined"],
    );
    let joined = float.main().find("joined").unwrap();
    float.main_mut().tensor_mut(joined).quant.as_mut().unwrap().max = vec![100.0];
    let (model, _) = quantized(float, &config(QuantType::Uint8, One::default()));
    let parameters = |name: &str| {
        let quant = model
            .main()
            .tensor(model.main().find(name).unwrap())
            .quant
            .clone();
        quant.map(|quant| (quant.scale, quant.zero_point))
    };
    assert_eq!(parameters("s_Quantize"), parameters("joined"));
    // Two read `a`: it keeps its own.
    assert_ne!(parameters("a"), parameters("joined"));
    assert_eq!(parameters("s"), None);

    // An operator that hands parameters on, asked to stay float, hands on none.
    let one = One {
        float: vec!["SPLIT".parse().unwrap(), "regex:^t$".parse().unwrap()],
        ..One::default()
    };
    let float = network(&["Abs x a", "Tanh a t", "Abs t y"], &["x"], &["y"]);
    let (model, kept) = quantized(float, &config(QuantType::Uint8, one));
    assert_eq!(kept, [Kept::new(0, 1, Builtin::TANH, "t", Why::Asked)]);
    assert_eq!(dtype(&model, "t"), DType::Float32);
    let made = model.main().tensor(model.main().find("t_Quantize").unwrap());
    // The range that was recorded, not the fixed one of Tanh.
    assert_ne!(made.quant.as_ref().unwrap().scale, [2.0 / 256.0]);
}

#[test]
fn layers_with_another_type_stand_beside_them() {
    let float = || network(&["Abs x a", "Sin a s", "Abs s b", "Abs b y"], &["x"], &["y"]);
    let layer = |name: &str, setting: Setting| Layer {
        names: vec![name.to_owned()],
        setting,
        alternates: Vec::new(),
    };
    let int16 = Config::new(QuantType::Int16, Granularity::Channel).setting;
    let mut mixed = config(QuantType::Uint8, One::default());
    mixed.layers = vec![layer("b", int16)];
    let (model, _) = quantized(float(), &mixed);
    assert_eq!(
        operators(&model),
        [
            "ABS x -> a",
            "DEQUANTIZE a -> a_Dequantize",
            "SIN a_Dequantize -> s",
            "QUANTIZE s -> s_Quantize_Quantize",
            "ABS s_Quantize_Quantize -> b",
            "QUANTIZE b -> b_Quantize",
            "ABS b_Quantize -> y"
        ]
    );
    assert_eq!(dtype(&model, "s_Quantize_Quantize"), DType::Int16);
    // A layer may be float by its setting, and one that stays float can have no other type.
    mixed.layers = vec![layer("b", Setting::FLOAT32)];
    let (model, kept) = quantized(float(), &mixed);
    assert_eq!(operators(&model)[2..4], ["SIN a_Dequantize -> s", "ABS s -> b"]);
    assert_eq!(kept[1], Kept::new(0, 2, Builtin::ABS, "b", Why::Asked));
    mixed.layers = vec![layer("s", int16)];
    let error = quantize::run(&mut float(), &mixed).unwrap_err().to_string();
    assert!(
        error.contains("Layer name: s: the operator stays float"),
        "{error}"
    );
}

/// Weights of a convolution that was asked to stay float are those of the float model, to the last bit.
#[test]
fn weights_of_an_operator_that_stays_float_are_floats() {
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
        operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 1 } filler { tag: "explicit" arg: "0.3" arg: "-1.27" } }
        operand { name: "c" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 2 } }
        operation { type: "Conv2D" input: "x" input: "w" input: "" output: "c"
                    conv2d_options { padding: VALID stride_w: 1 stride_h: 1 } }
        operation { type: "Abs" input: "c" output: "y" } input: "x" output: "y""#;
    let float = model(text);
    let one = One {
        float: vec!["CONV_2D".parse().unwrap()],
        ..One::default()
    };
    let quantizer = Quantizer::new().random_records(1, 4).scheme(one);
    let quantized = quantizer.quantize_model(float.clone()).unwrap();
    assert!(quantized.kept()[0].is_asked());
    let weights = |model: &Model| model.f32_data(model.main().tensor(model.main().find("w").unwrap()));
    assert_eq!(weights(quantized.model()), weights(&float));
    // It runs, and is as good as integers are.
    assert!(
        quantized
            .check()
            .unwrap()
            .as_ref()
            .is_ok_and(|check| !check.is_far())
    );
}
