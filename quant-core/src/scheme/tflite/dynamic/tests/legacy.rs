//! The older quantizer.

use super::*;

#[test]
fn whoever_cannot_read_integers_reads_what_dequantize_makes() {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[32, 32]), net.constant("w", &[32, 32]));
    let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[32, 32]);
    let y = net.op(Builtin::ADD, &[y, w], "z", &[32, 32]);
    let y = net.op(Builtin::MUL, &[y, w], "u", &[32, 32]);
    net.output(y);
    quantize_legacy(&mut net.0, &Options::default()).unwrap();
    let wanted = [
        "FULLY_CONNECTED 9 x w:int8 -> y",
        "DEQUANTIZE 2 w:int8 -> w_dequantize",
        "ADD 1 y w_dequantize -> z",
        "MUL 1 z w_dequantize -> u",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn tables_are_dequantized_behind_their_only_reader() {
    let net = || {
        let mut net = Net::new();
        let (t, i) = (net.constant("t", &[64, 32]), net.input("i", &[64]));
        let y = net.op(Builtin::EMBEDDING_LOOKUP, &[i, t], "y", &[64, 32]);
        net.output(y);
        net
    };
    let mut ours = net();
    quantize_legacy(&mut ours.0, &Options::default()).unwrap();
    let wanted = [
        "EMBEDDING_LOOKUP 3 i t:int8 -> y_int8:int8",
        "DEQUANTIZE 2 y_int8:int8 -> y",
    ];
    assert_eq!(lines(&ours.0), wanted);
    // The original's output has another name.
    let mut original = net();
    quantize_legacy(&mut original.0, &options(false, true)).unwrap();
    let wanted = [
        "EMBEDDING_LOOKUP 3 i t:int8 -> y:int8",
        "DEQUANTIZE 2 y:int8 -> y_dequantize",
    ];
    assert_eq!(lines(&original.0), wanted);
}

#[test]
fn versions_follow_the_kind() {
    let net = |version| {
        let mut net = Net::new();
        let (x, w) = (net.input("x", &[1, 4]), net.constant("w", &[4, 4]));
        let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[1, 4]);
        net.output(y);
        net.0
            .main_mut()
            .edit(quant_ir::OpId(0), |op| op.code.version = version)
            .unwrap();
        net.0.opcodes = vec![net.0.main().operators()[0].code.clone()];
        net
    };
    for (before, per_tensor, compat, after) in [
        (1, false, true, 9),
        (1, true, true, 3),
        (6, true, true, 3),
        (6, true, false, 6),
        (12, false, false, 12),
    ] {
        let mut net = net(before);
        quantize_legacy(&mut net.0, &options(per_tensor, compat)).unwrap();
        assert_eq!(net.0.main().operators()[0].code.version, after);
        assert_eq!(net.0.opcodes[0].version, after);
    }
}

#[test]
fn a_filter_has_the_channels_of_its_first_reader() {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[1, 8, 8, 16]), net.constant("w", &[1, 8, 8, 16]));
    let y = net.op(Builtin::CONV_2D, &[x, w], "y", &[1, 1, 1, 1]);
    let z = net.op(Builtin::DEPTHWISE_CONV_2D, &[x, w], "z", &[1, 1, 1, 16]);
    net.output(y);
    net.output(z);
    let mut original = net.0.clone();
    quantize_legacy(&mut original, &options(false, true)).unwrap();
    let wanted = ["CONV_2D 5 x w:int8 -> y", "DEPTHWISE_CONV_2D 6 x w:int8 -> z"];
    assert_eq!(lines(&original), wanted);
    quantize_legacy(&mut net.0, &Options::default()).unwrap();
    let wanted = [
        "CONV_2D 5 x w:int8 y_bias -> y",
        "DEQUANTIZE 5 w:int8 -> w_dequantize",
        "DEPTHWISE_CONV_2D 6 x w_dequantize z_bias -> z",
    ];
    assert_eq!(lines(&net.0), wanted);
}

#[test]
fn a_constant_that_is_an_output_stays_float_there() {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[32, 32]), net.constant("w", &[32, 32]));
    let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[32, 32]);
    net.output(y);
    net.output(w);
    for flavour in [quantize, quantize_legacy] {
        let mut model = net.0.clone();
        flavour(&mut model, &Options::default()).unwrap();
        let read = model.main().operators()[0].input(1).unwrap();
        assert_eq!(model.main().tensor(read).name, "w_int8");
        assert_eq!(model.main().tensor(w), net.0.main().tensor(w));
    }
}
