//! Every operator that may have a type of its own: which Quantize operators stand around it, with which types and
//! parameters, and what becomes of constant inputs.

mod rows;

use quant_case::qconf::LayerConf;
use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::{Builtin, DType, Model};
use quant_core::{Error, Problem, quantize};

use rows::Class::{Back, Input, Logistic, Own, Softmax, Tanh, Whole};
use rows::{Class, O, ROWS, Row, X, Y, model};

/// Quantizes to `default`, the operator of the row to `own`.
fn quantized(row: &Row, constant: bool, default: QuantType, own: QuantType) -> Result<Model, Error> {
    let mut model = model(row, constant);
    let mut config = Config::new(default, Granularity::Channel);
    config.add_layers(&[LayerConf {
        names: vec!["o0".to_owned()],
        dtype: own,
        granularity: Granularity::Channel,
        alternate: Vec::new(),
    }]);
    quantize::run(&mut model, &config)?;
    Ok(model)
}

/// Type, scale and zero point of an activation with a recorded range, by the book.
fn by_range(dtype: QuantType, (min, max): (f32, f32)) -> (DType, f32, i64) {
    let (min, max) = (f64::from(min), f64::from(max));
    if dtype == QuantType::Int16 {
        return (DType::Int16, (max.max(-min) / 32767.0) as f32, 0);
    }
    let scale = (max - min) / 255.0;
    (DType::Uint8, scale as f32, (-min / scale + 0.5).floor() as i64)
}

/// The same for a class of outputs, for the operator or the Quantize behind it.
fn by_class(class: Class, dtype: QuantType) -> (DType, f32, i64) {
    let (storage, scale, zero_point) = by_range(dtype, O);
    let wide = dtype == QuantType::Int16;
    let (scale, zero_point) = match class {
        Own | Back | Input => (scale, zero_point),
        Whole => (1.0, zero_point),
        Logistic | Tanh if wide => (1.0 / 32768.0, 0),
        Logistic => (1.0 / 256.0, 0),
        Tanh => (2.0 / 256.0, 128),
        Softmax if wide => (1.0 / 32767.0, 0),
        Softmax => (1.0 / 255.0, 0),
    };
    (storage, scale, zero_point)
}

#[track_caller]
fn of(model: &Model, name: &str) -> (DType, f32, i64) {
    let id = model
        .main()
        .find(name)
        .unwrap_or_else(|| panic!("no tensor `{name}`"));
    let tensor = model.main().tensor(id);
    let quant = tensor
        .quant
        .as_ref()
        .unwrap_or_else(|| panic!("`{name}` has no parameters"));
    assert_eq!((quant.scale.len(), quant.zero_point.len()), (1, 1), "{name}");
    (tensor.dtype, quant.scale[0], quant.zero_point[0])
}

/// Input and output names of every Quantize, in order.
fn conversions(model: &Model) -> Vec<(String, String)> {
    let graph = model.main();
    let quantize = graph
        .operators()
        .iter()
        .filter(|op| op.code.builtin == Builtin::QUANTIZE);
    let name = |id| graph.tensor(id).name.clone();
    quantize
        .map(|op| (name(op.inputs[0].unwrap()), name(op.outputs[0])))
        .collect()
}

const WAYS: [(QuantType, QuantType); 2] = [
    (QuantType::Uint8, QuantType::Int16),
    (QuantType::Int16, QuantType::Uint8),
];

#[test]
fn quantize_stands_around_every_operator_of_another_type() {
    for row in ROWS {
        let (kind, inputs, _, activations, outputs, class) = *row;
        for (default, own) in WAYS {
            let model = quantized(row, false, default, own).unwrap_or_else(|error| panic!("{kind}: {error}"));
            let show = format!("{kind} {inputs} {own} in {default}");
            let before = activations.split(' ').map(str::to_owned);
            let behind = (0..outputs).map(|output| format!("o{output}"));
            let wanted: Vec<_> = before
                .chain(behind)
                .map(|name| (name.clone(), format!("{name}_Quantize")))
                .collect();
            assert_eq!(conversions(&model), wanted, "{show}");
            for (at, name) in activations.split(' ').enumerate() {
                let range = if name == "x" { X } else { Y };
                assert_eq!(of(&model, name), by_range(default, range), "{show}: {name}");
                let wanted = if class == Back {
                    by_range(own, O)
                } else {
                    by_range(own, range)
                };
                assert_eq!(
                    of(&model, &format!("{name}_Quantize")),
                    wanted,
                    "{show}: input {at}"
                );
            }
            for output in 0..outputs {
                let wanted = if class == Input {
                    by_range(own, X)
                } else {
                    by_class(class, own)
                };
                assert_eq!(
                    of(&model, &format!("o{output}")),
                    wanted,
                    "{show}: output {output}"
                );
                let back = of(&model, &format!("o{output}_Quantize"));
                assert_eq!(back, by_class(class, default), "{show}: behind output {output}");
            }
            if kind == "PadV2" {
                let padding = of(&model, "f");
                assert_eq!(padding, by_range(own, O), "{show}: padding");
            }
        }
    }
}

/// Operators without a rule for constant inputs.
const NEVER_CONSTANT: &[&str] = &[
    "AveragePool2D",
    "LeakyRelu",
    "MaxPool2D",
    "Neg",
    "ReLU",
    "ReLU6",
    "Unique",
];
/// Operators whose first input the rules leave alone when it is constant.
const LEFT_ALONE: &[&str] = &["InstanceNorm", "PRelu", "RmsNorm"];

#[test]
fn constants_go_straight_to_the_type_of_the_operator() {
    for row in ROWS {
        let (kind, inputs, _, activations, outputs, class) = *row;
        if LEFT_ALONE.contains(&kind) {
            continue;
        }
        for (default, own) in WAYS {
            let show = format!("{kind} {inputs} {own} in {default}");
            let done = quantized(row, true, default, own);
            if NEVER_CONSTANT.contains(&kind) {
                let error = done.unwrap_err();
                assert!(matches!(error.problem(), Problem::NoRule(_)), "{show}: {error}");
                continue;
            }
            let model = done.unwrap_or_else(|error| panic!("{show}: {error}"));
            let behind = (0..outputs).map(|output| (format!("o{output}"), format!("o{output}_Quantize")));
            assert_eq!(conversions(&model), behind.collect::<Vec<_>>(), "{show}");
            for name in activations.split(' ') {
                let range = if name == "x" { X } else { Y };
                // Reshape and Transpose take nothing back from their output when they read a constant.
                let back = class == Back && !matches!(kind, "Reshape" | "Transpose" | "PadV2");
                // What pads comes from the output, and so does a constant that is padded.
                let wanted = if back || kind == "PadV2" {
                    by_range(own, O)
                } else {
                    by_range(own, range)
                };
                assert_eq!(of(&model, name), wanted, "{show}: {name}");
            }
        }
    }
}

#[test]
fn padding_with_the_lowest_float_follows_the_input() {
    for (default, own) in WAYS {
        let row = ROWS.iter().find(|row| row.0 == "PadV2").unwrap();
        let mut model = model(row, false);
        let padding = model.main().find("f").unwrap();
        let buffer = model.main().tensor(padding).buffer;
        model.set_content(buffer, f32::MIN.to_le_bytes().to_vec().into());
        let mut config = Config::new(default, Granularity::Channel);
        config.add_layers(&[LayerConf {
            names: vec!["o0".to_owned()],
            dtype: own,
            granularity: Granularity::Channel,
            alternate: Vec::new(),
        }]);
        quantize::run(&mut model, &config).unwrap();
        for name in ["x_Quantize", "o0", "f"] {
            assert_eq!(of(&model, name), by_range(own, X), "{name}");
        }
    }
}

#[test]
fn operators_beyond_the_list_cannot_have_a_type_of_their_own() {
    let rows: &[Row] = &[
        ("Ceil", "x", "", "", 1, Own),
        ("ExpandDims", "x n", "", "", 1, Own),
        ("BroadcastTo", "x i", "", "", 1, Own),
        ("FloorMod", "x y", "", "", 1, Own),
    ];
    for row in rows {
        let error = quantized(row, false, QuantType::Uint8, QuantType::Int16).unwrap_err();
        assert!(matches!(error.problem(), Problem::NoRule(_)), "{error}");
        // In the model's own type they are quantized, and so are their constants.
        for constant in [false, true] {
            if row.0 == "Ceil" && constant {
                continue;
            }
            let model = quantized(row, constant, QuantType::Uint8, QuantType::Uint8).unwrap();
            assert_eq!(of(&model, "x"), by_range(QuantType::Uint8, X), "{}", row.0);
        }
    }
}
