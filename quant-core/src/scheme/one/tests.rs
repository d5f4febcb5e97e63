//! The family by its name, its steps and its flags.

use super::*;
use crate::record::{RandomRecords, RecordOptions};
use crate::scheme::Schemes;

/// The names of the steps, in their order.
fn steps(one: &One) -> Vec<&'static str> {
    one.passes().iter().map(Pass::name).collect()
}

/// A model of a recipe, with ranges of a record of random values in −5…5.
fn recorded(text: &str, lowest: Option<f32>) -> Model {
    let mut model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
    let records = RandomRecords::new(model.main().input_tensors(), 1, 3).unwrap();
    let options = RecordOptions {
        lowest,
        ..RecordOptions::default()
    };
    crate::record::run(&mut model, &records, &options, &|_| ()).unwrap();
    model
}

fn quantized(mut model: Model, one: One) -> Result<Model> {
    let config = one.config(QuantType::Uint8, Granularity::Channel);
    crate::quantize::run(&mut model, &config)?;
    Ok(model)
}

/// Scale and zero point of a tensor.
fn parameters(model: &Model, name: &str) -> (f32, i64) {
    let quant = model
        .main()
        .tensor(model.main().find(name).unwrap())
        .quant
        .clone();
    let quant = quant.unwrap();
    (quant.scale[0], quant.zero_point[0])
}

#[test]
fn it_is_the_scheme_that_is_taken_without_a_name() {
    let schemes = Schemes::default();
    assert_eq!(One::default().name(), "one");
    assert_eq!(schemes.standard().name(), "one");
    assert_eq!(schemes.find("one").unwrap().name(), "one");
}

#[test]
fn steps_are_those_of_the_original_and_two_for_one_scale() {
    let plain = [
        "islands",
        "activations",
        "mixed precision",
        "redundant",
        "backward",
        "constant inputs",
        "fixed outputs",
        "forward",
        "weights",
        "bias",
        "types of inputs",
        "types of outputs",
        "shores",
        "redundant",
        "unused tensors",
        "casts",
        "verify",
    ];
    let kept = One {
        save_min_max: true,
        ..One::default()
    };
    assert_eq!(steps(&kept), plain);
    let mut with_ranges_removed = plain.to_vec();
    with_ranges_removed.push("recorded ranges");
    assert_eq!(steps(&One::default()), with_ranges_removed);
    let same_scale = One {
        same_scale: true,
        ..One::default()
    };
    let mut wanted = with_ranges_removed;
    wanted.insert(1, "ranges of one scale");
    wanted.insert(6, "constants of one scale");
    assert_eq!(steps(&same_scale), wanted);
}

const ABS: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 4 } }
    operand { name: "y" type: FLOAT32 shape { dim: 4 } }
    operation { type: "Abs" input: "x" output: "y" } input: "x" output: "y""#;

#[test]
fn recorded_ranges_stay_when_they_are_asked_for() {
    for save_min_max in [false, true] {
        let one = One {
            save_min_max,
            ..One::default()
        };
        let model = quantized(recorded(ABS, None), one).unwrap();
        let tensors = model.main().tensors().iter();
        let ranges =
            tensors.filter(|tensor| tensor.quant.as_ref().is_some_and(|quant| !quant.min.is_empty()));
        assert_eq!(ranges.count(), if save_min_max { 2 } else { 0 });
    }
}

/// Padding that stands for no value leaves the other values their scale.
#[test]
fn padding_of_the_lowest_value_or_less_is_no_value() {
    let padded = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 4 } }
        operand { name: "frame" type: INT32 shape { dim: 1 dim: 2 } filler { tag: "explicit" arg: "1" arg: "1" } }
        operand { name: "none" type: FLOAT32 shape { } filler { tag: "explicit" arg: "-1000" } }
        operand { name: "y" type: FLOAT32 shape { dim: 6 } }
        operation { type: "PadV2" input: "x" input: "frame" input: "none" output: "y" }
        input: "x" output: "y""#;
    let scale = |in_records, lowest| {
        let one = One {
            lowest,
            ..One::default()
        };
        let model = quantized(recorded(padded, in_records), one).unwrap();
        let (input, output) = (parameters(&model, "x"), parameters(&model, "y"));
        // Otherwise the input takes the parameters of the output.
        assert_eq!(input, output, "{lowest:?}");
        output.0
    };
    for lowest in [-1000.0, -999.0] {
        assert!(scale(Some(lowest), Some(lowest)) < 0.05, "{lowest}");
        // Ranges that somebody else recorded have the padding in them: the output takes the input's parameters.
        assert!(scale(None, Some(lowest)) < 0.05, "{lowest}");
    }
    for lowest in [None, Some(-1001.0)] {
        assert!(scale(lowest, lowest) > 1.0, "{lowest:?}");
    }
}

/// Sin has no rule, Abs has one.
#[test]
fn operators_stay_float_by_a_flag() {
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 4 } }
        operand { name: "y" type: FLOAT32 shape { dim: 4 } }
        operand { name: "z" type: FLOAT32 shape { dim: 4 } }
        operation { type: "Sin" input: "x" output: "y" }
        operation { type: "Abs" input: "y" output: "z" } input: "x" output: "z""#;
    let dtypes = |unruled, float: &[&str]| {
        let one = One {
            unruled,
            float: float.iter().map(|text| text.parse().unwrap()).collect(),
            ..One::default()
        };
        let model = quantized(recorded(text, None), one)?;
        let dtype = |name| model.main().tensor(model.main().find(name).unwrap()).dtype;
        Ok::<_, quant_ir::error::Error>(["x", "y", "z"].map(dtype))
    };
    let (float, uint8) = (DType::Float32, DType::Uint8);
    assert_eq!(One::default().unruled, Unruled::Float);
    assert_eq!(dtypes(Unruled::Quantize, &[]), Ok([uint8; 3]));
    let error = dtypes(Unruled::Refuse, &[]).unwrap_err().to_string();
    assert!(error.contains("no rule quantizes SIN (`y`)"), "{error}");
    // The one before the float one is converted, and keeps its name.
    let alone = dtypes(Unruled::Float, &[]).unwrap();
    assert_eq!((alone[1], alone[2]), (float, uint8));
    assert_eq!(dtypes(Unruled::Refuse, &["SIN"]).unwrap(), alone);
    assert_eq!(dtypes(Unruled::Quantize, &["name:y"]).unwrap(), alone);
    for selector in ["ABS", "name:z", "regex:^z$"] {
        let found = dtypes(Unruled::Quantize, &[selector]).unwrap();
        assert_eq!(found[2], float, "{selector}");
        assert_eq!(dtypes(Unruled::Quantize, &["name:w", selector]).unwrap(), found);
    }
    assert_eq!(dtypes(Unruled::Quantize, &["name:x", "CONV_2D"]), Ok([uint8; 3]));
}

/// As TensorFlow has it, the maximum of a window has the scale of what it was taken from.
#[test]
fn a_maximum_keeps_its_input_s_scale_by_a_flag() {
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
        operation { type: "MaxPool2D" input: "x" output: "y"
                    maxpool2d_options { padding: VALID stride_w: 2 stride_h: 2 filter_width: 2 filter_height: 2 } }
        input: "x" output: "y""#;
    for tf_style_maxpool in [false, true] {
        let one = One {
            tf_style_maxpool,
            ..One::default()
        };
        let model = quantized(recorded(text, None), one).unwrap();
        assert_eq!(
            parameters(&model, "x") == parameters(&model, "y"),
            tf_style_maxpool
        );
    }
}

/// Types for weights alone are refused before anything is changed.
#[test]
fn settings_that_it_does_not_have_are_refused() {
    for (dtype, granularity) in [
        (QuantType::Int8, Granularity::Channel),
        (QuantType::Int16, Granularity::Layer),
    ] {
        let (mut model, config) = (recorded(ABS, None), One::default().config(dtype, granularity));
        let before = model.clone();
        let error = crate::quantize::run(&mut model, &config).unwrap_err().to_string();
        assert!(error.contains("; use "), "{error}");
        assert_eq!(model, before);
    }
}

/// An Add that ends in Tanh has Tanh's range, whatever was recorded; one without has its own.
#[test]
fn a_fused_tanh_has_the_range_of_tanh() {
    for (activation, fixed) in [("TANH", true), ("NONE", false)] {
        let text = [
            ABS.split("operation").next().unwrap(),
            r#"operation { type: "Add" input: "x" input: "x" output: "y" add_options { activation: "#,
            activation,
            r#" } } input: "x" output: "y""#,
        ];
        let model = quantized(recorded(&text.concat(), None), One::default()).unwrap();
        assert_eq!(
            parameters(&model, "y") == (2.0 / 256.0, 128),
            fixed,
            "{activation}"
        );
    }
}
