//! What the original gets wrong: with `compat` as it does, else right.

use quant_ir::{Builtin as B, DType, Model, Tensor};

use super::super::super::{Kept, Options, Why};
use super::super::{quantize_int8, quantize_int16x8};
use super::net::{Net, bytes, operators, parameters};

pub const COMPAT: fn() -> Options = || Options {
    compat: true,
    ..Options::default()
};

pub fn int8(net: &Net, options: &Options) -> (Model, Vec<Kept>) {
    let mut model = net.0.clone();
    let kept = quantize_int8(&mut model, options).unwrap();
    (model, kept)
}

fn int16(net: &Net, options: &Options) -> (Model, Vec<Kept>) {
    let mut model = net.0.clone();
    let kept = quantize_int16x8(&mut model, options).unwrap();
    (model, kept)
}

#[test]
fn a_sum_has_a_range_of_its_own() {
    let mut net = Net::new();
    let x = net.input("x", &[4], (0.0, 1.0));
    let axes = net.constant("axes", DType::Int32, &[1], 0_i32.to_le_bytes().to_vec());
    let y = net.value("y", &[], (0.0, 4.0));
    net.op(B::SUM, &[x, axes], &[y]);
    let net = net.output(y);
    assert_eq!(parameters(&int8(&net, &COMPAT()).0, "y_int8").1, 1.0 / 255.0);
    assert_eq!(
        parameters(&int8(&net, &Options::default()).0, "y_int8").1,
        4.0 / 255.0
    );
    assert_eq!(
        parameters(&int16(&net, &Options::default()).0, "y_int16").1,
        4.0 / 32767.0
    );
}

#[test]
fn both_values_of_select_get_the_scale_of_the_result() {
    let mut net = Net::new();
    let c = net.constant("c", DType::Bool, &[2], vec![1, 0]);
    let a = net.input("a", &[2], (-1.0, 1.0));
    let b = net.input("b", &[2], (-8.0, 8.0));
    let y = net.value("y", &[2], (-1.0, 8.0));
    net.op(B::SELECT, &[c, a, b], &[y]);
    let net = net.output(y);
    let wanted = [
        "QUANTIZE a → a_int8",
        "QUANTIZE b → b_int8",
        "SELECT c a_int8 b_int8 → y_int8",
        "DEQUANTIZE y_int8 → y",
    ];
    assert_eq!(operators(&int8(&net, &COMPAT()).0), wanted);
    let (model, _) = int8(&net, &Options::default());
    assert!(operators(&model).contains(&"SELECT c a_requantized b_requantized → y_int8".into()));
    let result = parameters(&model, "y_int8");
    assert_eq!(parameters(&model, "a_requantized"), result);
    assert_eq!(parameters(&model, "b_requantized"), result);
}

/// x padded with a value, of which the result has that range.
fn padded(value: f32, range: (f32, f32)) -> Net {
    let mut net = Net::new();
    let x = net.input("x", &[2], (-1.0, 1.0));
    let pads = net.constant("pads", DType::Int32, &[1, 2], vec![0; 8]);
    let v = net.floats("v", &[], &[value]);
    let y = net.value("y", &[2], range);
    net.op(B::PADV2, &[x, pads, v], &[y]);
    net.output(y)
}

#[test]
fn the_value_of_a_pad_gets_the_scale_of_what_it_pads() {
    for (value, low) in [(-0.5, -65), (f32::NEG_INFINITY, -128), (-1e9, -128)] {
        let net = padded(value, (value.clamp(f32::MIN, -1.0), 1.0));
        assert_eq!(parameters(&int8(&net, &COMPAT()).0, "v").0, DType::Float32);
        let (model, _) = int8(&net, &Options::default());
        assert_eq!(parameters(&model, "v"), parameters(&model, "x_int8"));
        assert_eq!(bytes(&model, "v"), [low], "{value}");
        assert_eq!(
            parameters(&int16(&net, &Options::default()).0, "v").0,
            DType::Int16
        );
    }
}

#[test]
fn a_value_near_what_it_pads_widens_the_result() {
    let (model, _) = int8(&padded(5.0, (-1.0, 5.0)), &Options::default());
    assert_eq!(parameters(&model, "v"), parameters(&model, "y_int8"));
    assert_eq!(parameters(&model, "x_requantized"), parameters(&model, "y_int8"));
    assert_eq!(bytes(&model, "v"), [127]);
}

#[test]
fn comparisons_of_wide_ranges_stay_float() {
    for (max, value, float) in [
        (100.0, 3.0, false),
        (300.0, 3.0, true),
        (100.0, 127.0, true),
        (100.0, 0.0, false),
    ] {
        let mut net = Net::new();
        let x = net.input("x", &[1], (0.0, max));
        let c = net.floats("c", &[1], &[value]);
        let y = net
            .0
            .main_mut()
            .add_tensor(Tensor::new("y", DType::Bool, vec![1]));
        net.op(B::LESS, &[x, c], &[y]);
        let net = net.output(y);
        let (model, kept) = int8(&net, &Options::default());
        assert_eq!(kept.len(), usize::from(float), "{max} {value}");
        if !float {
            assert!(parameters(&model, "c").1 < 1.0);
        }
        assert!(int8(&net, &COMPAT()).1.is_empty());
    }
}

#[test]
fn a_float_operator_reads_floats_whoever_comes_first() {
    let build = |float_first| {
        let mut net = Net::new();
        let x = net.input("x", &[2], (-1.0, 1.0));
        let c = net.floats("c", &[2], &[1.0, 0.5]);
        let (s, m) = (
            net.value("s", &[2], (-1.0, 1.0)),
            net.value("m", &[2], (-1.0, 1.0)),
        );
        let atan = |net: &mut Net| net.op(B::ATAN2, &[x, c], &[s]);
        if float_first {
            atan(&mut net);
        }
        net.op(B::MUL, &[x, c], &[m]);
        if !float_first {
            atan(&mut net);
        }
        let y = net.value("y", &[2], (-1.0, 1.0));
        net.op(B::ADD, &[s, m], &[y]);
        net.output(y)
    };
    for float_first in [true, false] {
        let (model, kept) = int8(&build(float_first), &Options::default());
        assert_eq!(kept.len(), 1);
        let graph = model.main();
        let atan = graph
            .operators()
            .iter()
            .find(|op| op.code.builtin == B::ATAN2)
            .unwrap();
        assert!(
            atan.inputs
                .iter()
                .flatten()
                .all(|id| graph.tensor(*id).dtype == DType::Float32)
        );
        let mul = graph
            .operators()
            .iter()
            .find(|op| op.code.builtin == B::MUL)
            .unwrap();
        assert!(
            mul.inputs
                .iter()
                .flatten()
                .all(|id| graph.tensor(*id).dtype == DType::Int8)
        );
    }
}

#[test]
fn kernels_that_do_not_exist_are_not_asked_for() {
    let mut net = Net::new();
    let x = net.input("x", &[2], (-1.0, 1.0));
    let c = net.floats("c", &[2], &[1.0, 0.5]);
    let y = net.value("y", &[2], (-1.0, 1.0));
    net.op(B::SQUARED_DIFFERENCE, &[x, c], &[y]);
    let net = net.output(y);
    assert!(int16(&net, &COMPAT()).1.is_empty());
    assert!(matches!(
        int16(&net, &Options::default()).1[0].why,
        Why::Unsafe(_)
    ));
    assert!(int8(&net, &Options::default()).1.is_empty());
}

/// A depthwise convolution of two channels.
fn depthwise() -> Net {
    let mut net = Net::new();
    let x = net.input("x", &[1, 1, 1, 2], (-1.0, 1.0));
    let w = net.floats("w", &[1, 1, 1, 2], &[1.0, 0.5]);
    let b = net.floats("b", &[2], &[1.0, 0.5]);
    let y = net.value("y", &[1, 1, 1, 2], (-2.0, 2.0));
    net.op(B::DEPTHWISE_CONV_2D, &[x, w, b], &[y]);
    net.output(y)
}

#[test]
fn depthwise_weights_may_have_one_scale() {
    let options = Options {
        per_tensor: true,
        ..Options::default()
    };
    let (model, _) = int8(&depthwise(), &options);
    assert_eq!(bytes(&model, "w"), [127, 64]);
    let compat = Options {
        compat: true,
        ..options
    };
    let error = quantize_int8(&mut depthwise().0, &compat)
        .unwrap_err()
        .to_string();
    let original = "Quantized dimension for tensor property and quantization parameters do not match. Got 3 and 0 respectively.";
    assert!(error.contains(original), "{error}");
}

#[test]
fn depthwise_biases_stay_wide() {
    let options = Options {
        bias: DType::Int32,
        ..Options::default()
    };
    assert_eq!(parameters(&int16(&depthwise(), &options).0, "b").0, DType::Int64);
    let compat = Options {
        compat: true,
        ..options
    };
    assert_eq!(parameters(&int16(&depthwise(), &compat).0, "b").0, DType::Int32);
}

#[test]
fn an_integer_interface_of_a_float_operator_is_converted() {
    let mut net = Net::new();
    let x = net.input("x", &[2], (-1.0, 1.0));
    let y = net.unary(B::SIN, x, "y", (-0.5, 0.5));
    let net = net.output(y);
    let options = Options {
        input: DType::Int8,
        output: DType::Uint8,
        ..Options::default()
    };
    let (model, _) = int8(&net, &options);
    let wanted = [
        "DEQUANTIZE x → x_float",
        "SIN x_float → y_float",
        "QUANTIZE y_float → y",
    ];
    assert_eq!(operators(&model), wanted);
    assert_eq!(parameters(&model, "x"), (DType::Int8, 2.0 / 255.0, -1));
    assert_eq!(parameters(&model, "y"), (DType::Uint8, 1.0 / 255.0, 127));
    let refused = |options: &Options| {
        quantize_int8(&mut net.0.clone(), options)
            .unwrap_err()
            .to_string()
    };
    let compat = Options {
        compat: true,
        ..options
    };
    let error = refused(&compat);
    assert!(
        error.contains("Unsupported input type INT8 for input tensor 0 of type FLOAT32."),
        "{error}"
    );
    let error = refused(&Options {
        input: DType::Float32,
        ..compat
    });
    assert!(
        error.contains("Unsupported output type UINT8 for output tensor 'y' of type FLOAT32."),
        "{error}"
    );
    let wide = Options {
        input: DType::Int16,
        ..COMPAT()
    };
    let error = quantize_int16x8(&mut net.0.clone(), &wide)
        .unwrap_err()
        .to_string();
    assert!(error.contains("Model input is not dequantized."), "{error}");
}
