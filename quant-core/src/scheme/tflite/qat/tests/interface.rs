//! Types of inputs and outputs, and what is refused.

use super::*;

/// x, a pool of it and x itself, all behind pairs, as outputs: lines, then the inputs and outputs.
fn through(input: DType, output: DType) -> Vec<String> {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let y = net.op(Builtin::MAX_POOL_2D, &[d], "y");
    let z = net.op(Builtin::ADD, &[y, y], "z");
    let e = net.uint8(z, 130);
    [y, e, d, x].into_iter().for_each(|id| net.output(id));
    net.run(&Options {
        input,
        output,
        ..Options::default()
    });
    let graph = net.0.main();
    let ends = graph.inputs().iter().chain(graph.outputs());
    let names = ends.map(|id| format!("{}:{}", graph.tensor(*id).name, graph.tensor(*id).dtype));
    lines(&net.0).into_iter().chain(names).collect()
}

#[test]
fn inputs_and_outputs_have_the_types_that_are_asked_for() {
    let wanted = [
        "QUANTIZE x -> x/q:0",
        "MAX_POOL_2D x/q:0 -> y_int8:0",
        "DEQUANTIZE y_int8:0 -> y",
        "ADD y_int8:0 y_int8:0 -> z:2",
        "DEQUANTIZE z:2 -> z/d",
        "DEQUANTIZE x/q:0 -> x/d",
        "x:float32",
        "y:float32",
        "z/d:float32",
        "x/d:float32",
        "x:float32",
    ];
    assert_eq!(through(DType::Float32, DType::Float32), wanted);
    let wanted = [
        "MAX_POOL_2D x/q:0 -> y:0",
        "ADD y:0 y:0 -> z:2",
        "x/q:int8",
        "y:int8",
        "z:int8",
        "x/q:int8",
        "x/q:int8",
    ];
    assert_eq!(through(DType::Int8, DType::Int8), wanted);
    let wanted = [
        "QUANTIZE x:uint8:128 -> x/q:0",
        "MAX_POOL_2D x/q:0 -> y_int8:0",
        "QUANTIZE y_int8:0 -> y:uint8:128",
        "ADD y_int8:0 y_int8:0 -> z:2",
        "QUANTIZE z:2 -> z/d:uint8:130",
        "QUANTIZE x/q:0 -> x/d:uint8:128",
        "x:uint8",
        "y:uint8",
        "z/d:uint8",
        "x/d:uint8",
        "x:uint8",
    ];
    assert_eq!(through(DType::Uint8, DType::Uint8), wanted);
}

#[test]
fn signatures_follow() {
    let mut net = Net::new();
    let x = net.input("x");
    let d = net.uint8(x, 128);
    let y = net.op(Builtin::ADD, &[d, d], "y");
    let e = net.uint8(y, 130);
    net.output(e);
    let named = |name: &str, id: TensorId| quant_ir::SignatureTensor {
        name: name.into(),
        tensor: id.0 as u32,
    };
    let signature = quant_ir::Signature {
        key: Some("serving_default".into()),
        tag: None,
        inputs: vec![named("in", x)],
        outputs: vec![named("out", e)],
        subgraph: 0,
    };
    net.0.set_signatures(Some(vec![signature])).unwrap();
    net.run(&int8());
    let signature = &net.0.signatures().unwrap()[0];
    let graph = net.0.main();
    let id = |entry: &quant_ir::SignatureTensor| TensorId(entry.tensor as usize);
    assert_eq!([id(&signature.inputs[0])], graph.inputs());
    assert_eq!([id(&signature.outputs[0])], graph.outputs());
    assert_eq!(graph.tensor(graph.outputs()[0]).dtype, DType::Int8);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_changes() {
    let refused = |options: &Options, words: &str, build: &dyn Fn(&mut Net, TensorId)| {
        let mut net = Net::new();
        let x = net.input("x");
        build(&mut net, x);
        let before = net.0.clone();
        let error = quantize(&mut net.0, options).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
        assert_eq!(net.0, before);
    };
    let int16 = Options {
        output: DType::Int16,
        ..Options::default()
    };
    refused(
        &int16,
        "output type: beside int8 no int16 is made; use float32, int8 or uint8",
        &|_, _| {},
    );
    let none = Options::default();
    refused(
        &none,
        "the model: no activation has a recorded range; give a model with QUANTIZE",
        &|net, x| {
            net.op(Builtin::RELU, &[x], "y");
        },
    );
    refused(
        &none,
        "QUANTIZE `x/q`: a fake quantization to int16 with these parameters is not known",
        &|net, x| {
            net.fake(x, DType::Int16, 1.0, 0);
        },
    );
    refused(
        &none,
        "QUANTIZE `x/q`: a fake quantization to uint8 with these parameters is not known",
        &|net, x| {
            net.fake(x, DType::Uint8, 0.0, 0);
        },
    );
    refused(
        &none,
        "QUANTIZE `x/q`: activations with 1 scales of int4 have no kernels; train with 8 bits",
        &|net, x| {
            net.fake(x, DType::Uint4, 1.0, 8);
        },
    );
}
