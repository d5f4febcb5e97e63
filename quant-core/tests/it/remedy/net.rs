//! A small network with an expansion, a depthwise convolution, a projection, a mean and a classifier, and the same with
//! channels that are badly scaled.

use quant_core::ir::Model;
use quant_core::record::RandomRecords;

use crate::common::model as built;

/// The network; `activation` is that of its convolutions.
pub fn network(activation: &str) -> Model {
    let weights = |name: &str, dims: &[usize], deviation: f32| {
        let dims: Vec<String> = dims.iter().map(|d| format!("dim: {d}")).collect();
        format!(
            r#"operand {{ name: "{name}" type: FLOAT32 shape {{ {} }}
               filler {{ tag: "gaussian" arg: "0.05" arg: "{deviation}" }} }}"#,
            dims.join(" ")
        )
    };
    let value =
        |name: &str, dims: &str| format!(r#"operand {{ name: "{name}" type: FLOAT32 shape {{ {dims} }} }}"#);
    let text = [
        value("image", "dim: 1 dim: 4 dim: 4 dim: 3"),
        weights("w1", &[16, 1, 1, 3], 0.5),
        weights("b1", &[16], 0.2),
        value("expanded", "dim: 1 dim: 4 dim: 4 dim: 16"),
        weights("w2", &[1, 3, 3, 16], 0.4),
        weights("b2", &[16], 0.2),
        value("moved", "dim: 1 dim: 4 dim: 4 dim: 16"),
        weights("w3", &[8, 1, 1, 16], 0.3),
        weights("b3", &[8], 0.2),
        value("projected", "dim: 1 dim: 4 dim: 4 dim: 8"),
        r#"operand { name: "axes" type: INT32 shape { dim: 2 } filler { tag: "explicit" arg: "1" arg: "2" } }"#.to_owned(),
        value("mean", "dim: 1 dim: 8"),
        weights("w4", &[5, 8], 0.6),
        weights("b4", &[5], 0.1),
        value("logits", "dim: 1 dim: 5"),
        format!(
            r#"operation {{ type: "Conv2D" input: "image" input: "w1" input: "b1" output: "expanded"
                 conv2d_options {{ padding: VALID stride_w: 1 stride_h: 1 activation: {activation} }} }}
               operation {{ type: "DepthwiseConv2D" input: "expanded" input: "w2" input: "b2" output: "moved"
                 depthwiseconv2d_options {{ padding: SAME stride_w: 1 stride_h: 1 depth_multiplier: 1 activation: {activation} }} }}
               operation {{ type: "Conv2D" input: "moved" input: "w3" input: "b3" output: "projected"
                 conv2d_options {{ padding: VALID stride_w: 1 stride_h: 1 activation: {activation} }} }}
               operation {{ type: "Mean" input: "projected" input: "axes" output: "mean" mean_options {{ keep_dims: false }} }}
               operation {{ type: "FullyConnected" input: "mean" input: "w4" input: "b4" output: "logits"
                 fullyconnected_options {{ }} }}
               input: "image" output: "logits""#
        ),
    ];
    built(&text.join("\n"))
}

/// The network with each channel between its layers multiplied by a power of two and divided behind.
pub fn scaled() -> Model {
    let mut model = network("RELU");
    let factor = |seed: usize, channel: usize| f32::exp2(((channel * 7 + seed) % 13) as f32 - 6.0);
    change(&mut model, "w1", |at| factor(1, at / 3));
    change(&mut model, "b1", |at| factor(1, at));
    change(&mut model, "w2", |at| factor(5, at % 16) / factor(1, at % 16));
    change(&mut model, "b2", |at| factor(5, at));
    change(&mut model, "w3", |at| factor(3, at / 16) / factor(5, at % 16));
    change(&mut model, "b3", |at| factor(3, at));
    change(&mut model, "w4", |at| 1.0 / factor(3, at % 8));
    model
}

/// Multiplies the elements of a constant.
pub fn change(model: &mut Model, name: &str, factor: impl Fn(usize) -> f32) {
    let values = floats(model, name);
    let values = values.iter().enumerate().map(|(at, x)| x * factor(at));
    let bytes = values.flat_map(f32::to_le_bytes).collect();
    let id = model.main().find(name).unwrap();
    model.main_mut().tensor_mut(id).buffer = model.add_buffer(bytes);
}

/// The elements of a constant.
pub fn floats(model: &Model, name: &str) -> Vec<f32> {
    let graph = model.main();
    model.f32_data(graph.tensor(graph.find(name).unwrap())).unwrap()
}

/// Random images.
pub fn images(model: &Model) -> RandomRecords {
    RandomRecords::new(model.main().input_tensors(), 3, 40).unwrap()
}
