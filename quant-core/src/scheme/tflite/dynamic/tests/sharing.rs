//! Constants and bytes that several have.

use super::*;
use crate::scheme::tflite::Selector;

#[test]
fn what_is_asked_to_stay_float_does() {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[32, 32]), net.constant("w", &[32, 32]));
    let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[32, 32]);
    let z = net.op(Builtin::FULLY_CONNECTED, &[y, w], "z", &[32, 32]);
    net.output(z);
    let asked = Options {
        float: vec![Selector::Name("y".into())],
        strict: true,
        ..Options::default()
    };
    for flavour in [quantize, quantize_legacy] {
        let mut model = net.0.clone();
        let kept = flavour(&mut model, &asked).unwrap();
        assert_eq!(kept, [Kept::new(0, 0, Builtin::FULLY_CONNECTED, "y", Why::Asked)]);
        let graph = model.main();
        let weights = |op: usize| graph.tensor(graph.operators()[op].input(1).unwrap());
        assert_eq!([0, 1].map(|op| weights(op).dtype), [DType::Float32, DType::Int8]);
        assert_eq!(model.f32_data(weights(0)), net.0.f32_data(net.0.main().tensor(w)));
    }
}

#[test]
fn tensors_that_share_bytes_share_integers() {
    let mut net = Net::new();
    let (x, w) = (net.input("x", &[32, 32]), net.constant("w", &[32, 32]));
    let v = net.tensor("v", &[32, 32]);
    net.0.main_mut().tensor_mut(v).buffer = net.0.main().tensor(w).buffer;
    let y = net.op(Builtin::FULLY_CONNECTED, &[x, w], "y", &[32, 32]);
    let z = net.op(Builtin::FULLY_CONNECTED, &[y, v], "z", &[32, 32]);
    net.output(z);
    quantize(&mut net.0, &Options::default()).unwrap();
    let graph = net.0.main();
    assert_eq!(graph.tensor(v).buffer, graph.tensor(w).buffer);
    assert_eq!(graph.tensor(v).quant, graph.tensor(w).quant);
    let bytes: usize = net
        .0
        .buffers()
        .iter()
        .filter_map(|buffer| buffer.data.as_ref())
        .map(quant_ir::Content::len)
        .sum();
    assert_eq!(bytes, 1024);
}
