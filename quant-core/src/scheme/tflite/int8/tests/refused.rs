//! What is refused: the model is then as it was.

use quant_ir::{Builtin, DType, QuantParam};

use super::{BYTES, Net};
use crate::scheme::tflite::{Options, Selector};

fn sine(range: (f32, f32)) -> Net {
    let mut net = Net::new();
    net.input("x", &[1, 2], range);
    net.value("y", &[1, 2], BYTES);
    net.op(Builtin::SIN, &["x"], &["y"]);
    net.outputs(&["y"]);
    net
}

#[test]
fn ranges_that_are_none() {
    for (range, wanted) in [
        ((1.0, -1.0), "its recorded range 1…-1 is none"),
        ((f32::NAN, 1.0), "its recorded range NaN…1 is none"),
        ((0.0, f32::INFINITY), "which no scale can hold"),
        ((f32::MIN, f32::MAX), "which no scale can hold"),
    ] {
        let error = sine(range).refused(&Options::default());
        assert!(
            error.starts_with("activation `x`: ") && error.contains(wanted),
            "{error}"
        );
    }
    let mut net = Net::new();
    for name in ["x", "y"] {
        net.bare(name, &[1, 2], DType::Float32);
    }
    net.op(Builtin::ABS, &["x"], &["y"]);
    assert_eq!(
        net.refused(&Options::default()),
        "the model: no activation has a recorded range; run `record` on it before `quantize`"
    );
}

#[test]
fn operators_that_stay_float_where_that_is_no_answer() {
    let strict = Options {
        strict: true,
        ..Options::default()
    };
    let error = sine(BYTES).refused(&strict);
    assert!(
        error.starts_with("the model: Quantization not yet supported for op: 'SIN'. "),
        "{error}"
    );
    // Somebody asked for it.
    let float = vec![Selector::Operator(Builtin::SIN)];
    let done = sine(BYTES).quantized(&Options { float, ..strict });
    assert_eq!(done.kept(), ["0 SIN y: it was asked to stay float"]);
}

#[test]
fn types_that_the_interface_does_not_have() {
    let options = Options {
        output: DType::Int16,
        ..Options::default()
    };
    assert_eq!(
        sine(BYTES).refused(&options),
        "outputs: int16 is no type of the interface of an int8 model; ask for float32, int8 or uint8"
    );
}

#[test]
fn models_that_are_quantized() {
    let mut net = sine(BYTES);
    let id = net.bare("q", &[1], DType::Int8);
    net.model.main_mut().tensor_mut(id).quant = Some(QuantParam {
        scale: vec![1.0],
        zero_point: vec![0],
        ..QuantParam::default()
    });
    let error = net.refused(&Options::default());
    assert!(
        error.starts_with("tensor `q`: ") && error.ends_with("start from the float model"),
        "{error}"
    );
}

#[test]
fn biases_of_another_length() {
    let mut net = Net::new();
    net.input("x", &[1, 2], BYTES);
    net.constant("w", &[2, 2], &[1.0; 4]);
    net.constant("b", &[3], &[1.0; 3]);
    net.value("y", &[1, 2], BYTES);
    net.op(Builtin::FULLY_CONNECTED, &["x", "w", "b"], &["y"]);
    assert_eq!(
        net.refused(&Options::default()),
        "bias `b`: bias of shape [3] for 2 channels; give the bias one element for each output channel"
    );
}
