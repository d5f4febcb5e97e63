//! The steps on small models.

mod interface;
mod lstm;
mod mended;
mod net;
mod resources;
mod scales;
mod shared;

use quant_ir::{Builtin as B, DType, format};

use super::super::{Options, Selector, Why};
use super::{quantize_int8, quantize_int16x8};
use net::{Net, operators, parameters, words};

/// Dense layer, sine, dense layer.
fn island() -> Net {
    let mut net = Net::new();
    let x = net.input("x", &[1, 2], (-1.0, 1.0));
    let w = net.floats("w", &[2, 2], &[1.0, -0.5, 0.25, 0.0]);
    let b = net.floats("b", &[2], &[0.5, -1.0]);
    let a = net.value("a", &[1, 2], (-2.0, 2.0));
    net.op(B::FULLY_CONNECTED, &[x, w, b], &[a]);
    let s = net.unary(B::SIN, a, "s", (-0.9, 0.9));
    let y = net.value("y", &[1, 2], (-3.0, 3.0));
    let w2 = net.floats("w2", &[2, 2], &[1.0, 1.0, 1.0, 1.0]);
    net.op(B::FULLY_CONNECTED, &[s, w2], &[y]);
    net.output(y)
}

#[test]
fn operators_without_a_rule_stay_float() {
    let mut model = island().0;
    let kept = quantize_int8(&mut model, &Options::default()).unwrap();
    let told = (
        kept[0].operator,
        kept[0].kind.as_str(),
        kept[0].output.as_str(),
        &kept[0].why,
    );
    assert_eq!((kept.len(), told), (1, (1, "SIN", "s", &Why::NoRule)));
    let wanted = [
        "QUANTIZE x → x_int8",
        "FULLY_CONNECTED x_int8 w b → a",
        "DEQUANTIZE a → a_float",
        "SIN a_float → s",
        "QUANTIZE s → s_int8",
        "FULLY_CONNECTED s_int8 w2 → y_int8",
        "DEQUANTIZE y_int8 → y",
    ];
    assert_eq!(operators(&model), wanted);
    // Each channel of w has a scale; that of the bias is the product with the input's.
    let input = 2.0_f32 / 255.0;
    assert_eq!(parameters(&model, "x_int8"), (DType::Int8, input, -1));
    assert_eq!(parameters(&model, "w"), (DType::Int8, 1.0 / 127.0, 0));
    assert_eq!(net::bytes(&model, "w"), [127, -64, 127, 0]);
    assert_eq!(words(&model, "b"), [8096, -64770]);
    let versions = |model: &quant_ir::Model| -> Vec<i32> {
        model
            .main()
            .operators()
            .iter()
            .map(|op| op.code.version)
            .collect()
    };
    // A QUANTIZE among the operators raises the version of all.
    assert_eq!(versions(&model), [2, 4, 2, 1, 2, 4, 2]);
    format::import(&format::export(&model, quant_ir::FileFormat::Tflite).unwrap()).unwrap();
}

#[test]
fn sixteen_bits_have_fewer_rules_and_wider_biases() {
    let mut net = Net::new();
    let x = net.input("x", &[1, 2], (-1.0, 1.0));
    let w = net.floats("w", &[2, 2], &[1.0, -0.5, 0.25, 0.0]);
    let b = net.floats("b", &[2], &[0.5, -1.0]);
    let a = net.value("a", &[1, 2], (-2.0, 2.0));
    net.op(B::FULLY_CONNECTED, &[x, w, b], &[a]);
    let h = net.unary(B::HARD_SWISH, a, "h", (-0.3, 2.0));
    let c = net.floats("c", &[1, 2], &[1.0, -0.5]);
    let y = net.value("y", &[1, 2], (-1.0, 3.0));
    net.op(B::ADD, &[h, c], &[y]);
    let float = net.output(y).0;
    for (bias, dtype) in [(DType::Int64, DType::Int64), (DType::Int32, DType::Int32)] {
        let mut model = float.clone();
        let options = Options {
            bias,
            ..Options::default()
        };
        let kept = quantize_int16x8(&mut model, &options).unwrap();
        assert_eq!((kept.len(), &kept[0].why), (1, &Why::NoRule16));
        assert_eq!(parameters(&model, "x_int16"), (DType::Int16, 1.0 / 32767.0, 0));
        assert_eq!(parameters(&model, "b").0, dtype);
        assert_eq!(parameters(&model, "c"), (DType::Int16, 1.0 / 32767.0, 0));
        let options: Vec<String> = model
            .main()
            .operators()
            .iter()
            .map(|op| format!("{:?}", op.options.builtin()))
            .collect();
        let word = if bias == DType::Int64 { "INT64" } else { "INT32" };
        assert!(
            options
                .iter()
                .any(|text| text.contains(&format!("quantized_bias_type: {word}")))
        );
        assert!(options.iter().any(|text| text.contains("pot_scale_int16: false")));
    }
    let mut model = float.clone();
    let strict = Options {
        strict: true,
        ..Options::default()
    };
    let error = quantize_int16x8(&mut model, &strict).unwrap_err().to_string();
    assert!(
        error.contains("Quantization to 16x8-bit not yet supported for op: 'HARD_SWISH'."),
        "{error}"
    );
    assert!(model == float);
}

#[test]
fn strict_refuses_what_nobody_asked_for() {
    let float = island().0;
    let mut model = float.clone();
    let strict = Options {
        strict: true,
        ..Options::default()
    };
    let error = quantize_int8(&mut model, &strict).unwrap_err().to_string();
    assert!(
        error.contains("Quantization not yet supported for op: 'SIN'."),
        "{error}"
    );
    assert!(model == float);
    let asked = Options {
        float: vec![Selector::Operator(B::SIN)],
        ..strict
    };
    let kept = quantize_int8(&mut model, &asked).unwrap();
    assert_eq!(
        kept.iter().map(|kept| &kept.why).collect::<Vec<_>>(),
        [&Why::Asked]
    );
}

#[test]
fn what_is_asked_to_stay_float_keeps_its_weights() {
    let mut model = island().0;
    let options = Options {
        float: vec![Selector::Name("y".into())],
        ..Options::default()
    };
    let kept = quantize_int8(&mut model, &options).unwrap();
    assert_eq!(
        kept.iter().map(|kept| &kept.why).collect::<Vec<_>>(),
        [&Why::NoRule, &Why::Asked]
    );
    assert_eq!(parameters(&model, "w2").0, DType::Float32);
    assert_eq!(operators(&model)[4..], ["FULLY_CONNECTED s w2 → y"]);
}

/// Two branches that do not depend on each other, in either order.
fn branches(swapped: bool) -> Net {
    let mut net = Net::new();
    let x = net.input("x", &[1, 2], (-1.0, 1.0));
    let shared = net.floats("shared", &[1, 2], &[0.5, 2.0]);
    let a = net.value("a", &[1, 2], (0.0, 1.0));
    let b = net.value("b", &[1, 2], (-4.0, 1.0));
    let y = net.value("y", &[2, 2], (-2.0, 2.0));
    let [one, two] = if swapped { [b, a] } else { [a, b] };
    net.op(B::MUL, &[x, shared], &[one]);
    net.op(B::MUL, &[x, shared], &[two]);
    net.op(B::CONCATENATION, &[a, b], &[y]);
    net.output(y)
}

#[test]
fn runs_and_orders_of_independent_operators_agree() {
    let quantized = |swapped| {
        let mut model = branches(swapped).0;
        quantize_int8(&mut model, &Options::default()).unwrap();
        model
    };
    let (once, twice, other) = (quantized(false), quantized(false), quantized(true));
    assert!(once == twice);
    for tensor in once.main().tensors() {
        let same = other.main().tensor(other.main().find(&tensor.name).unwrap());
        assert_eq!(
            (&tensor.quant, once.data(tensor)),
            (&same.quant, other.data(same)),
            "{}",
            tensor.name
        );
    }
    let lines = operators(&once);
    assert!(
        lines.contains(&"QUANTIZE a → a_requantized".into())
            && lines.contains(&"QUANTIZE b → b_requantized".into())
    );
}

#[test]
fn a_long_graph_takes_no_longer_for_each_operator() {
    // A pass that looked through the graph for each of them would take minutes.
    let mut net = Net::new();
    let mut x = net.input("x", &[1], (-1.0, 1.0));
    for number in 0..10_000 {
        x = net.unary(B::ABS, x, &format!("a{number}"), (0.0, 1.0));
        x = net.unary(B::SIN, x, &format!("s{number}"), (0.0, 1.0));
    }
    let mut model = net.output(x).0;
    assert_eq!(
        quantize_int8(&mut model, &Options::default()).unwrap().len(),
        10_000
    );
    assert_eq!(model.main().operators().len(), 40_000);
}
