//! Filters, biases and other constants.

use super::*;

/// x, behind a pair with scale 1 and zero point 0, times a filter behind `pair`, and a bias.
fn product(builtin: Builtin, filter: &[f32], pair: (DType, f32, i64), bias: Option<&[f32]>) -> Net {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let w = net.constant("w", &[2, 2], filter);
    let f = net.fake(w, pair.0, pair.1, pair.2);
    let mut inputs = vec![d, f];
    inputs.extend(bias.map(|bias| net.constant("b", &[bias.len() as i32], bias)));
    let y = net.op(builtin, &inputs, "y");
    let e = net.uint8(y, 130);
    net.output(e);
    net
}

fn bytes(net: &Net, name: &str) -> Vec<i8> {
    let graph = net.0.main();
    let bytes = net.0.data(graph.tensor(graph.find(name).unwrap())).unwrap();
    bytes.iter().map(|byte| byte.cast_signed()).collect()
}

#[test]
fn filters_and_biases() {
    let mut net = product(
        Builtin::FULLY_CONNECTED,
        &[0.5, -0.5, 60.0, -64.0],
        (DType::Uint8, 0.5, 130),
        Some(&[0.25, 1.0]),
    );
    net.run(&int8());
    assert_eq!(
        lines(&net.0),
        ["FULLY_CONNECTED x/q:0 w:2×0.5 b:int32:0×0.5 -> y:2"]
    );
    assert_eq!(bytes(&net, "w"), [3, 1, 122, -126]);
    assert_eq!(bytes(&net, "b"), [1, 0, 0, 0, 2, 0, 0, 0]);
    // The pair's own tensors are gone.
    assert_eq!(net.0.main().find("w/q"), None);
    assert_eq!(net.0.main().operators()[0].code.version, 4);
}

#[test]
fn filters_of_convolutions_have_no_zero_point() {
    let filter = [0.5, -0.5, 60.0, -62.0];
    let run = |compat| {
        let mut net = product(
            Builtin::CONV_2D,
            &filter,
            (DType::Uint8, 0.5, 130),
            Some(&[1.0, 1.0]),
        );
        net.run(&Options { compat, ..int8() });
        (lines(&net.0)[0].clone(), bytes(&net, "w"))
    };
    let ours = "CONV_2D x/q:0 w:0×0.5 b:int32:0×0.5 -> y:2".to_owned();
    assert_eq!(run(false), (ours, vec![1, -1, 120, -124]));
    let original = "CONV_2D x/q:0 w:2×0.5 b:int32:0×0.5 -> y:2".to_owned();
    assert_eq!(run(true), (original, vec![3, 1, 122, -122]));
}

#[test]
fn filters_of_4_bits_are_int4() {
    for (builtin, version) in [
        (Builtin::FULLY_CONNECTED, 10),
        (Builtin::CONV_2D, 7),
        (Builtin::DEPTHWISE_CONV_2D, 7),
    ] {
        let mut net = product(builtin, &[1.0, -1.0, 3.5, -3.5], (DType::Uint4, 0.5, 8), None);
        net.run(&int8());
        assert_eq!(lines(&net.0)[0], format!("{builtin} x/q:0 w:int4:0×0.5 -> y:2"));
        assert_eq!(bytes(&net, "w"), [0xe2_u8, 0x97].map(u8::cast_signed));
        assert_eq!(net.0.main().operators()[0].code.version, version);
    }
    let mut net = product(Builtin::TRANSPOSE_CONV, &[1.0; 4], (DType::Uint4, 0.5, 8), None);
    assert!(matches!(net.run(&int8())[0].why, Why::Unsafe(why) if why.contains("4 bits")));
}

#[test]
fn channels_have_scales_of_their_own() {
    let build = |dimension| {
        let mut net = product(
            Builtin::CONV_2D,
            &[1.0, -1.0, 3.0, -3.0],
            (DType::Uint8, 1.0, 128),
            Some(&[1.0, 1.0]),
        );
        let id = net.0.main().find("w/q").unwrap();
        net.0.main_mut().tensor_mut(id).quant = Some(quant_ir::QuantParam {
            scale: vec![0.25, 0.5],
            zero_point: vec![128; 2],
            quantized_dimension: dimension,
            ..quant_ir::QuantParam::default()
        });
        net
    };
    let mut net = build(0);
    net.run(&int8());
    assert_eq!(bytes(&net, "w"), [4, -4, 6, -6]);
    assert_eq!(bytes(&net, "b"), [4, 0, 0, 0, 2, 0, 0, 0]);
    let scales = |name: &str| {
        net.0
            .main()
            .tensor(net.0.main().find(name).unwrap())
            .quant
            .clone()
            .unwrap()
            .scale
    };
    assert_eq!((scales("w"), scales("b")), (vec![0.25, 0.5], vec![0.25, 0.5]));
    // Scales of the inputs' channels are no use.
    let mut net = build(1);
    assert!(matches!(net.run(&int8())[0].why, Why::Unsafe(why) if why.contains("output channels")));
    assert!(
        lines(&net.0).iter().any(|line| line == "CONV_2D x/d w b -> y"),
        "{:?}",
        lines(&net.0)
    );
}

#[test]
fn what_no_integers_can_hold_keeps_its_operator_float() {
    let fc = |filter: &[f32], bias: &[f32]| {
        let mut net = product(
            Builtin::FULLY_CONNECTED,
            filter,
            (DType::Uint8, 0.5, 128),
            Some(bias),
        );
        let kept = net.run(&int8());
        assert!(
            lines(&net.0)
                .iter()
                .any(|line| line == "FULLY_CONNECTED x/d w b -> y"),
            "{:?}",
            lines(&net.0)
        );
        kept[0].why.to_string()
    };
    assert!(fc(&[f32::NAN, 1.0, 1.0, 1.0], &[1.0, 1.0]).contains("no scale can hold"));
    assert!(fc(&[1.0; 4], &[1.0, 2e9]).contains("its bias does not fit int32"));
    assert!(fc(&[1.0; 4], &[f32::NAN, 1.0]).contains("its bias does not fit int32"));
}

#[test]
fn constants_take_the_parameters_of_operators_with_one_scale() {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 100);
    let c = net.constant("c", &[1], &[-10.0]);
    let y = net.op(Builtin::MAXIMUM, &[d, c], "y");
    let y = net.op(Builtin::SIN, &[y], "s");
    net.output(y);
    let z = net.op(Builtin::SIN, &[c], "t");
    net.output(z);
    net.run(&int8());
    let wanted = [
        "MAXIMUM x/q:-28 c_int8:-28 -> y:-28",
        "DEQUANTIZE y:-28 -> y_float",
        "SIN y_float -> s",
        "SIN c -> t",
    ];
    assert_eq!(lines(&net.0), wanted);
    assert_eq!(bytes(&net, "c_int8"), [-38]);
}

#[test]
fn constants_without_a_pair_have_parameters_of_their_values() {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let factor = net.constant("c", &[2, 2], &[0.0, 0.5, 1.0, 1.992_187_5]);
    let y = net.op(Builtin::MUL, &[d, factor], "y");
    let e = net.uint8(y, 130);
    net.output(e);
    assert_eq!(net.run(&int8()), []);
    assert_eq!(lines(&net.0), ["MUL x/q:0 c:-128×0.0078125 -> y:2"]);
    assert_eq!(bytes(&net, "c"), [-128, -64, 0, 127]);
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let factor = net.constant("c", &[2, 2], &[1.0; 4]);
    let y = net.op(Builtin::MUL, &[d, factor], "y");
    let e = net.uint8(y, 130);
    net.output(e);
    let options = Options {
        only_given: true,
        ..int8()
    };
    assert_eq!(net.run(&options)[0].why, Why::NoRange("c".into()));
    // A filter has a scale for each output channel, and no zero point.
    for (per_tensor, scales, integers) in [
        (false, vec![1.0, 0.5], [127, -1, 127, 2]),
        (true, vec![1.0], [127, -1, 64, 1]),
    ] {
        let mut net = Net::new();
        let x = net.input("x");
        let d = net.uint8(x, 128);
        let w = net.constant("w", &[2, 2], &[127.0, -1.0, 63.5, 1.0]);
        let y = net.op(Builtin::FULLY_CONNECTED, &[d, w], "y");
        let e = net.uint8(y, 130);
        net.output(e);
        let options = Options { per_tensor, ..int8() };
        assert_eq!(net.run(&options), []);
        let graph = net.0.main();
        let quant = graph.tensor(graph.find("w").unwrap()).quant.clone().unwrap();
        assert_eq!(
            (quant.scale, quant.zero_point),
            (scales.clone(), vec![0; scales.len()])
        );
        assert_eq!(bytes(&net, "w"), integers);
    }
}

#[test]
fn a_constant_without_a_pair_that_is_no_number_or_two_things_at_once_has_none() {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let nan = net.constant("nan", &[2, 2], &[0.0, f32::NAN, 1.0, 1.0]);
    let both = net.constant("both", &[2, 2], &[0.0, 0.5, 1.0, 1.0]);
    let sum = net.op(Builtin::ADD, &[d, nan], "sum");
    let factor = net.op(Builtin::MUL, &[d, both], "factor");
    let product = net.op(Builtin::FULLY_CONNECTED, &[d, both], "product");
    for id in [sum, factor, product] {
        let e = net.uint8(id, 130);
        net.output(e);
    }
    let kept: Vec<Why> = net.run(&int8()).into_iter().map(|kept| kept.why).collect();
    let no_range = |name: &str| Why::NoRange(name.to_owned());
    assert_eq!(kept, [no_range("nan"), no_range("both"), no_range("both")]);
}
