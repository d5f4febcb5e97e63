//! Weights, biases and other constants.

use quant_ir::{Builtin, DType, Options as Fields};
use quant_schema::BuiltinOptionsT;

use super::{BYTES, Net, compat};
use crate::scheme::tflite::Options;

fn dense() -> Fields {
    Fields::new(BuiltinOptionsT::FullyConnectedOptions(Box::default()))
}

/// Two products of x with these filters of two output channels, and these biases.
fn products(filters: [&[f32]; 2], biases: [&[f32]; 2]) -> Net {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.constant("w0", &[2, 2], filters[0]);
    net.constant("w1", &[2, 2], filters[1]);
    net.constant("b0", &[2], biases[0]);
    net.constant("b1", &[2], biases[1]);
    net.value("y0", &[1, 2], BYTES);
    net.value("y1", &[1, 2], BYTES);
    net
}

#[test]
fn filters_have_a_scale_for_each_channel_or_one() {
    let filter = [1.27, -0.635, 0.0, 0.0];
    let net = || {
        let mut net = products([&filter, &filter], [&[0.0127, 3.0], &[0.0, 0.0]]);
        net.with(Builtin::FULLY_CONNECTED, &["x", "w0", "b0"], &["y0"], dense());
        net.outputs(&["y0"]);
        net
    };
    let done = net().quantized(&Options::default());
    assert_eq!(done.scales("w0"), [0.01, 3.937_008e-9]);
    // 63.5 of them, and half a step goes away from zero.
    assert_eq!(done.integers("w0"), [127, -64, 0, 0]);
    assert_eq!(done.scales("b0"), [0.01, 3.937_008e-9]);
    assert_eq!(done.integers("b0"), [1, 761_999_936]);
    assert_eq!(done.versions(Builtin::FULLY_CONNECTED), [4]);
    for options in [
        Options {
            per_tensor: true,
            ..Options::default()
        },
        Options {
            dense_per_tensor: true,
            ..Options::default()
        },
    ] {
        let done = net().quantized(&options);
        assert_eq!((done.scales("w0"), done.scales("b0")), (vec![0.01], vec![0.01]));
        assert_eq!(done.integers("w0"), [127, -64, 0, 0]);
        assert_eq!(done.integers("b0"), [1, 300]);
    }
}

#[test]
fn convolutions_keep_their_channels_when_dense_layers_have_one_scale() {
    let mut net = Net::new();
    net.input("x", &[1, 1, 1, 2], BYTES);
    net.constant("w", &[1, 1, 1, 2], &[1.27, 2.54]);
    net.value("y", &[1, 1, 1, 2], BYTES);
    net.op(Builtin::DEPTHWISE_CONV_2D, &["x", "w", ""], &["y"]);
    net.outputs(&["y"]);
    let options = Options {
        dense_per_tensor: true,
        ..Options::default()
    };
    let done = net.quantized(&options);
    assert_eq!(done.scales("w"), [0.01, 0.02]);
    assert_eq!(done.integers("w"), [127, 127]);
}

#[test]
fn a_bias_that_is_too_large_raises_the_scales_of_its_channel() {
    let mut net = products([&[1.27, 0.0, 1e-6, 0.0], &[1.0; 4]], [&[0.0, 1.27], &[0.0; 2]]);
    net.with(Builtin::FULLY_CONNECTED, &["x", "w0", "b0"], &["y0"], dense());
    // The same filter, and a bias that fits.
    net.with(Builtin::FULLY_CONNECTED, &["x", "w0", "b1"], &["y1"], dense());
    net.outputs(&["y0", "y1"]);
    let done = net.quantized(&compat());
    // 1.27 / 7.9e-9 is less than 2³⁰: it fits.
    assert_eq!(done.scales("w0"), [0.01, 7.874_016e-9]);

    let bias = [0.0, 127.0];
    let mut net = products([&[1.27, 0.0, 1e-6, 0.0], &[1.0; 4]], [&bias, &[0.0; 2]]);
    net.with(Builtin::FULLY_CONNECTED, &["x", "w0", "b0"], &["y0"], dense());
    net.with(Builtin::FULLY_CONNECTED, &["x", "w0", "b1"], &["y1"], dense());
    net.outputs(&["y0", "y1"]);
    let done = net.quantized(&compat());
    let raised = (127.0 / 1_073_741_823.0_f64) as f32;
    assert_eq!(
        (done.scales("w0"), done.scales("b0")),
        (vec![0.01, raised], vec![0.01, raised])
    );
    assert_eq!(done.integers("b0")[1], 1_073_741_823 + 1);
    assert_eq!(done.integers("w0"), [127, 0, 8, 0]);
    // The other product keeps the scales.
    assert_eq!(done.scales("w0_1"), [0.01, 7.874_016e-9]);
    assert_eq!(done.integers("w0_1"), [127, 0, 127, 0]);
}

#[test]
fn integers_of_a_filter_follow_its_raised_scale() {
    let net = || {
        let mut net = products([&[1e-6, 5e-7, 0.0, 0.0], &[1.0; 4]], [&[0.0, 127.0], &[0.0; 2]]);
        net.with(Builtin::FULLY_CONNECTED, &["x", "w0", "b0"], &["y0"], dense());
        net.outputs(&["y0"]);
        net
    };
    let options = |compat| Options {
        per_tensor: true,
        compat,
        ..Options::default()
    };
    let raised = (127.0 / 1_073_741_823.0_f64) as f32;
    // The original leaves them as if the scale had not changed.
    for (compat, integers) in [(true, [127, 64, 0, 0]), (false, [8, 4, 0, 0])] {
        let done = net().quantized(&options(compat));
        assert_eq!(done.scales("w0"), [raised], "{compat}");
        assert_eq!(done.integers("w0"), integers, "{compat}");
    }
}

#[test]
fn a_constant_has_integers_for_each_of_its_roles() {
    let values = [1.27, -1.28, 0.0, 0.635];
    let mut net = Net::new();
    net.input("x", &[2, 2], BYTES);
    net.constant("k", &[2, 2], &values);
    for (name, range) in [
        ("y", BYTES),
        ("s", BYTES),
        ("m", BYTES),
        ("n", BYTES),
        ("f", BYTES),
    ] {
        net.value(name, &[2, 2], range);
    }
    net.with(Builtin::FULLY_CONNECTED, &["x", "k", ""], &["y"], dense());
    net.op(Builtin::ADD, &["y", "k"], &["s"]);
    net.op(Builtin::MAXIMUM, &["s", "k"], &["m"]);
    net.op(Builtin::MINIMUM, &["m", "k"], &["n"]);
    net.op(Builtin::ATAN2, &["n", "k"], &["f"]);
    net.outputs(&["f"]);
    let done = net.quantized(&Options::default());
    // ATAN2 stays float, and its constant with it.
    assert_eq!(done.text()[6], "ATAN2 n_float32:float32 k:float32 -> f:float32");
    assert_eq!(done.scales("k_1").len(), 2);
    assert_eq!(done.integers("k_1"), [126, -127, 0, 127]);
    assert_eq!(
        (done.params("k_2"), done.integers("k_2")),
        ((0.01, 0), vec![127, -128, 0, 64])
    );
    // With the other operand's parameters, once for each use.
    for name in ["k_3", "k_4"] {
        assert_eq!(
            (done.params(name), done.integers(name)),
            ((1.0, 0), vec![1, -1, 0, 1]),
            "{name}"
        );
    }
    assert_eq!(done.kept(), ["4 ATAN2 f: the scheme has no rule for it"]);
}

#[test]
fn constants_clamp_to_the_parameters_of_others() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.constant("low", &[2], &[f32::MIN, f32::NEG_INFINITY]);
    net.value("y", &[1, 2], BYTES);
    net.op(Builtin::MAXIMUM, &["x", "low"], &["y"]);
    net.outputs(&["y"]);
    let done = net.quantized(&Options::default());
    assert_eq!(
        (done.params("low"), done.integers("low")),
        ((1.0, 0), vec![-128, -128])
    );
}

#[test]
fn constants_that_no_scale_holds_leave_their_operators_float() {
    for values in [[f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
        let mut net = Net::new();
        net.input("x", &[1, 2], BYTES);
        net.constant("k", &[2], &values);
        net.value("y", &[1, 2], BYTES);
        net.op(Builtin::ADD, &["x", "k"], &["y"]);
        net.outputs(&["y"]);
        let done = net.quantized(&Options::default());
        assert_eq!(done.text(), ["ADD x:float32 k:float32 -> y:float32"]);
        assert_eq!(
            done.kept(),
            ["0 ADD y: one of its constants has a value that no scale can hold"]
        );
    }
}

#[test]
fn weights_in_half_precision_become_integers() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    let halves: Vec<u8> = [1.0_f32, -0.5]
        .iter()
        .flat_map(|x| half::f16::from_f32(*x).to_le_bytes())
        .collect();
    let buffer = net.model.add_buffer(halves);
    let half = net.bare("h", &[1, 2], DType::Float16);
    net.model.main_mut().tensor_mut(half).buffer = buffer;
    net.bare("w", &[1, 2], DType::Float32);
    net.value("y", &[1, 1], BYTES);
    net.value("z", &[1, 1], BYTES);
    net.op(Builtin::DEQUANTIZE, &["h"], &["w"]);
    net.with(Builtin::FULLY_CONNECTED, &["x", "w", ""], &["y"], dense());
    net.op(Builtin::SIN, &["y"], &["z"]);
    net.outputs(&["z"]);
    let done = net.quantized(&Options::default());
    assert_eq!(done.integers("w"), [127, -64]);
    // By the number that it had before.
    assert_eq!(done.kept(), ["2 SIN z: the scheme has no rule for it"]);
}
