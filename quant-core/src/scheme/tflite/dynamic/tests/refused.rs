//! What is refused: the model is then as it was.

use super::*;

/// What `break_it` makes of a sound model is refused by both quantizers with these words.
fn refused(options: &Options, words: &str, break_it: impl Fn(&mut Net, TensorId)) {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[32, 32]), net.constant("w", &[32, 32]));
    let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[32, 32]);
    net.output(y);
    break_it(&mut net, w);
    for flavour in [quantize, quantize_legacy] {
        let mut model = net.0.clone();
        let error = flavour(&mut model, options).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(model, net.0);
    }
}

#[test]
fn models_and_options_that_cannot_be() {
    let none = Options::default();
    let int8 = Options {
        input: DType::Int8,
        ..Options::default()
    };
    refused(
        &int8,
        "input type: dynamic range quantization leaves activations in float, int8",
        |_, _| {},
    );
    refused(
        &none,
        "it is int8 with a scale: the model is quantized already; start from the float model",
        |net, _| {
            let id = net.tensor("q", &[1]);
            let tensor = net.0.main_mut().tensor_mut(id);
            tensor.dtype = DType::Int8;
            tensor.quant = Some(crate::scheme::tflite::common::parameters::per_tensor(1.0, 0));
        },
    );
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let words =
            format!("constant `w`: element 1000 is {value:e}, which no scale can hold; clip the constant");
        refused(&none, &words, |net, w| {
            let mut floats = net.0.f32_data(net.0.main().tensor(w)).unwrap();
            floats[1000] = value;
            let bytes = floats.into_iter().flat_map(f32::to_le_bytes).collect();
            net.0.main_mut().tensor_mut(w).buffer = net.0.add_buffer(bytes);
        });
    }
    refused(
        &none,
        "constant `w`: it is not a float32 constant of shape [32, 33]",
        |net, w| {
            net.0.main_mut().tensor_mut(w).shape = vec![32, 33];
        },
    );
}

#[test]
fn a_filter_without_its_channels() {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[1, 4, 4, 128]), net.constant("w", &[9, 128]));
    let y = net.op(Builtin::DEPTHWISE_CONV_2D, &[x, w], "y", &[1, 2, 2, 128]);
    net.output(y);
    let error = quantize(&mut net.0, &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("shape [9, 128] has no dimension 3 for output channels"),
        "{error}"
    );
}
