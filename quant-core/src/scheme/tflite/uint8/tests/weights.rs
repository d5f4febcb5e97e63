//! Filters and biases.

use super::*;

/// A product of x, from −255 to 0, with a filter, and a bias.
fn product(filter: &[f32; 4], bias: Option<&[f32]>) -> Net {
    let mut net = Net::new();
    let x = net.input("x", (-255.0, 0.0));
    let w = net.constant("w", &[2, 2], filter);
    let mut inputs = vec![x, w];
    inputs.extend(bias.map(|bias| net.constant("b", &[bias.len() as i32], bias)));
    let y = net.op(Builtin::FULLY_CONNECTED, &inputs, "y", (-100.0, 155.0));
    net.output(y);
    net
}

fn bytes(net: &Net, name: &str) -> Vec<u8> {
    let graph = net.0.main();
    net.0
        .data(graph.tensor(graph.find(name).unwrap()))
        .unwrap()
        .to_vec()
}

#[test]
fn filters_have_a_zero_point_and_biases_the_product_of_scales() {
    let mut net = product(&[-51.0, 204.0, 0.5, 1.25], Some(&[1.5, -2.5]));
    net.run(&uint8());
    assert_eq!(lines(&net.0), ["FULLY_CONNECTED x:255 w:51 b:int32:0 -> y:100"]);
    assert_eq!(bytes(&net, "w"), [0, 255, 52, 52]);
    assert_eq!(bytes(&net, "b"), [2, 0, 0, 0, 253, 255, 255, 255]);
}

#[test]
fn a_missing_bias_is_zeros() {
    let mut net = product(&[0.0, 255.0, 0.0, 0.0], None);
    net.run(&uint8());
    assert_eq!(
        lines(&net.0),
        ["FULLY_CONNECTED x:255 w:0 y_bias:int32:0 -> y:100"]
    );
    assert_eq!(bytes(&net, "y_bias"), [0; 8]);
    // Zeros alone have the scale of 1.
    let mut net = product(&[0.0; 4], None);
    net.run(&uint8());
    assert_eq!(
        lines(&net.0),
        ["FULLY_CONNECTED x:255 w:0×0.003921569 y_bias:int32:0×0.003921569 -> y:100"]
    );
    // Without output channels there are none.
    let mut net = Net::new();
    let (x, w) = (net.input("x", (-255.0, 0.0)), net.constant("w", &[4], &[1.0; 4]));
    let y = net.op(Builtin::DEPTHWISE_CONV_2D, &[x, w], "y", (-100.0, 155.0));
    net.output(y);
    let error = quantize(&mut net.0, &uint8()).unwrap_err().to_string();
    let words = "DEPTHWISE_CONV_2D `y`: its filter has no dimension of output channels";
    assert!(error.starts_with(words), "{error}");
}

#[test]
fn a_bias_that_does_not_fit_keeps_its_operator_float() {
    let net = || product(&[255e-6, 0.0, 0.0, 0.0], Some(&[3000.0, 1.0]));
    let mut ours = net();
    let kept = ours.run(&uint8());
    assert!(
        matches!(kept[0].why, Why::Unsafe(why) if why.starts_with("its bias does not fit int32")),
        "{kept:?}"
    );
    assert_eq!(lines(&ours.0), ["FULLY_CONNECTED x w b -> y"]);
    // toco let it saturate.
    let mut original = net();
    original.run(&Options {
        compat: true,
        ..uint8()
    });
    assert_eq!(bytes(&original, "b")[..4], i32::MAX.to_le_bytes());
}

#[test]
fn constants_that_no_scale_can_hold_keep_their_operator_float() {
    for value in [f32::NAN, f32::INFINITY, f32::MAX] {
        for (filter, bias) in [([value, 0.0, 0.0, 0.0], [0.0; 2]), ([1.0; 4], [value, 0.0])] {
            let mut net = product(&filter, Some(&bias));
            let kept = net.run(&uint8());
            assert!(
                matches!(kept[0].why, Why::Unsafe(why) if why.contains("no scale can hold")),
                "{kept:?}"
            );
            assert_eq!(lines(&net.0), ["FULLY_CONNECTED x w b -> y"]);
        }
    }
}

#[test]
fn a_constant_has_a_form_for_each_use() {
    let mut net = Net::new();
    let x = net.input("x", (-255.0, 0.0));
    let w = net.constant("w", &[2, 2], &[-51.0, 204.0, 0.0, 0.0]);
    let b = net.constant("b", &[2], &[1.0, 2.0]);
    let y = net.op(Builtin::FULLY_CONNECTED, &[x, w, b], "y", (-100.0, 155.0));
    let z = net.op(Builtin::ADD, &[y, w], "z", (-127.5, 0.0));
    let z = net.op(Builtin::FULLY_CONNECTED, &[z, w, b], "u", (-100.0, 155.0));
    let z = net.op(Builtin::MAXIMUM, &[z, w], "v", (-100.0, 155.0));
    let z = net.op(Builtin::SIN, &[w, z], "s", None);
    net.output(z);
    net.run(&uint8());
    let wanted = [
        "FULLY_CONNECTED x:255 w_uint8:51 b:int32:0 -> y:100",
        "ADD y:100 w_uint8:51 -> z:255×0.5",
        "FULLY_CONNECTED z:255×0.5 w_uint8:51 b_uint8:int32:0×0.5 -> u:100",
        "MAXIMUM u:100 w_uint8_1:100 -> v:100",
        "DEQUANTIZE v:100 -> v_dequantized",
        "SIN w v_dequantized -> s",
    ];
    assert_eq!(lines(&net.0), wanted);
    assert_eq!(bytes(&net, "w_uint8_1"), [49, 255, 100, 100]);
}
