//! What callers give and get, and what a model needs.

use quant_ir::{Builtin as B, DType};

use super::super::super::{Options, Why};
use super::super::{quantize_int8, quantize_int16x8};
use super::island;
use super::net::{Net, operators, parameters};

#[test]
fn the_interface() {
    let quantized = |input, output, compat| {
        let mut model = island().0;
        let options = Options {
            input,
            output,
            compat,
            ..Options::default()
        };
        quantize_int8(&mut model, &options).map(|_| model)
    };
    let model = quantized(DType::Int8, DType::Uint8, true).unwrap();
    let lines = operators(&model);
    assert_eq!(
        (lines[0].as_str(), lines[5].as_str()),
        ("FULLY_CONNECTED x w b → a", "QUANTIZE y_int8 → y")
    );
    let y = (6.0_f32 / 255.0, -1 + 128);
    assert_eq!(parameters(&model, "y"), (DType::Uint8, y.0, y.1));
    assert_eq!(parameters(&model, "y_int8"), (DType::Int8, y.0, y.1 - 128));
    for (input, output) in [(DType::Int16, DType::Float32), (DType::Float32, DType::Bool)] {
        let error = quantized(input, output, false).unwrap_err().to_string();
        assert!(
            error.contains("beside int8 activations; use float32 or int8 or uint8"),
            "{error}"
        );
    }
    // 16 bits at the interface: the ends of a float one are cut off, and the names stay.
    let mut model = island().0;
    let options = Options {
        input: DType::Int16,
        output: DType::Int16,
        ..Options::default()
    };
    quantize_int16x8(&mut model, &options).unwrap();
    let lines = operators(&model);
    assert_eq!(lines[0], "FULLY_CONNECTED x_int16 w b → a");
    assert_eq!(lines.last().unwrap(), "FULLY_CONNECTED s_int16 w2 → y_int16");
}

#[test]
fn a_model_needs_ranges_and_floats() {
    let mut net = Net::new();
    let x = net.unrecorded("x", &[2]);
    net.0.main_mut().add_input(x).unwrap();
    let y = net.unrecorded("y", &[2]);
    net.op(B::ABS, &[x], &[y]);
    let mut model = net.output(y).0;
    let error = quantize_int8(&mut model, &Options::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the model: no activation has a recorded range; record first"
    );
    // A range that a tensor alone lacks keeps its operators float; the original gives up.
    let mut net = Net::new();
    let x = net.input("x", &[2], (-1.0, 1.0));
    let y = net.unrecorded("y", &[2]);
    net.op(B::ABS, &[x], &[y]);
    let float = net.output(y).0;
    let mut model = float.clone();
    let kept = quantize_int8(&mut model, &Options::default()).unwrap();
    assert_eq!(kept[0].why, Why::NoRange("y".into()));
    let mut model = float.clone();
    let compat = Options {
        compat: true,
        ..Options::default()
    };
    let error = quantize_int8(&mut model, &compat).unwrap_err().to_string();
    assert!(
        error.contains("should be recorded during calibration: Failed for tensor y"),
        "{error}"
    );
    // A second time.
    let mut model = island().0;
    quantize_int8(&mut model, &Options::default()).unwrap();
    let error = quantize_int8(&mut model, &Options::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the model is quantized already; start from the float model"),
        "{error}"
    );
    for range in [
        (f32::NAN, 1.0),
        (2.0, 1.0),
        (f32::MIN, f32::MAX),
        (0.0, f32::INFINITY),
    ] {
        let mut net = Net::new();
        let x = net.input("x", &[2], range);
        let y = net.unary(B::ABS, x, "y", (0.0, 1.0));
        assert!(
            quantize_int8(&mut net.output(y).0, &Options::default()).is_err(),
            "{range:?}"
        );
    }
}
