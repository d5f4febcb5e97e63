//! The ranges of a training.

use quant_ir::{Builtin, DType};
use quant_tensorflow::{Attribute, DataType, Graph, List, Lowering, Node, Shape, Tensor};

/// An image, filters with a range for each channel, a convolution and a range of its result.
fn graph() -> Graph {
    let mut input = Node::new("x", "Placeholder", &[]);
    input.set("dtype", &Attribute::Type(DataType::FLOAT));
    input.set("shape", &Attribute::Shape(Shape::of(&[1, 4, 4, 2])));
    let constant =
        |name: &str, shape: &[usize], values: &[f32]| Node::constant(name, Tensor::floats(shape, values));
    let mut conv = Node::new("conv", "Conv2D", &["x", "quantized"]);
    conv.set("padding", &Attribute::text("SAME"));
    let strides = List {
        ints: vec![1; 4],
        ..List::default()
    };
    conv.set("strides", &Attribute::List(strides));
    let mut graph = Graph::default();
    graph.nodes = vec![
        input,
        constant("w", &[1, 1, 2, 3], &[0.5, -1.0, 2.0, 0.1, 0.2, 0.3]),
        constant("min", &[3], &[-1.0, -2.0, -4.0]),
        constant("max", &[3], &[0.992_187_5, 1.984_375, 3.968_75]),
        Node::new(
            "quantized",
            "FakeQuantWithMinMaxVarsPerChannel",
            &["w", "min", "max"],
        ),
        conv,
        constant("low", &[], &[-3.0]),
        constant("high", &[], &[3.0]),
        Node::new("y", "FakeQuantWithMinMaxVars", &["conv", "low", "high"]),
    ];
    graph
}

fn builtins(whole: bool) -> (quant_ir::Model, Vec<Builtin>) {
    let lowering = Lowering {
        whole,
        ..Lowering::default()
    };
    let model = graph().lower(&lowering).unwrap().model;
    let codes = model
        .main()
        .operators()
        .iter()
        .map(|op| op.code.builtin)
        .collect();
    (model, codes)
}

#[test]
fn ranges_stand_on_weights_and_activations() {
    let (model, codes) = builtins(false);
    let expected = [
        Builtin::QUANTIZE,
        Builtin::DEQUANTIZE,
        Builtin::CONV_2D,
        Builtin::QUANTIZE,
        Builtin::DEQUANTIZE,
    ];
    assert_eq!(codes, expected);
    let graph = model.main();
    let made = |op: usize| graph.tensor(graph.operators()[op].outputs[0]);
    let weights = made(0);
    let params = weights.quant.as_ref().unwrap();
    // The filter is [out, height, width, in] there, and the ranges are still those of its channels.
    assert_eq!(
        (weights.dtype, weights.shape.as_slice()),
        (DType::Int8, &[3, 1, 1, 2][..])
    );
    assert_eq!(
        (params.scale.as_slice(), params.quantized_dimension),
        (&[1.0 / 128.0, 1.0 / 64.0, 1.0 / 32.0][..], 0)
    );
    assert_eq!(params.zero_point, [0, 0, 0]);
    let params = made(3).quant.as_ref().unwrap();
    assert_eq!(
        (params.scale.as_slice(), params.zero_point.as_slice()),
        (&[6.0 / 255.0][..], &[0][..])
    );
    assert_eq!(graph.tensor(graph.outputs()[0]).name, "y");
}

#[test]
fn a_whole_graph_keeps_its_nodes() {
    assert_eq!(builtins(true).1, [Builtin::CONV_2D, Builtin::FAKE_QUANT]);
}
