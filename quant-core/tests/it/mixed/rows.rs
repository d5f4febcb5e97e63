//! The operators, and the model of each.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "recipes are short texts"
)]

use quant_core::ir::{DType, Model, QuantParam};

/// Where the parameters of an operator's outputs come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Class {
    /// The recorded range.
    Own,
    /// The same, with whole numbers as scales.
    Whole,
    /// Fixed ones.
    Logistic,
    Tanh,
    Softmax,
    /// Those of the first quantized input.
    Input,
    /// The recorded range, which quantized inputs take over.
    Back,
}
use Class::{Back, Input, Logistic, Own, Softmax, Tanh, Whole};

/// Recorded ranges of `x`, `y` and each output.
pub const X: (f32, f32) = (-1.0, 3.0);
pub const Y: (f32, f32) = (-2.0, 1.5);
pub const O: (f32, f32) = (-4.0, 2.0);

/// Operator, its inputs, options, the inputs that are quantized, how many outputs, their class.
/// `x` and `y` are activations; `i` and `n` integer constants (four elements, one element), `k` a filter, `b` its
/// bias, `g` parameters along the last dimension, `-` an absent input.
pub type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    usize,
    Class,
);

pub const ROWS: &[Row] = &[
    ("Abs", "x", "", "x", 1, Own),
    ("AveragePool2D", "x", "", "x", 1, Own),
    ("BatchToSpaceND", "x i i", "", "x", 1, Own),
    ("Conv2D", "x k b", "", "x", 1, Own),
    ("DepthToSpace", "x", "", "x", 1, Own),
    ("DepthwiseConv2D", "x k b", "", "x", 1, Own),
    ("ELU", "x", "", "x", 1, Own),
    ("Exp", "x", "", "x", 1, Own),
    ("Floor", "x", "", "x", 1, Whole),
    ("FullyConnected", "x k b", "", "x", 1, Own),
    ("Gather", "x i", "", "x", 1, Input),
    ("Gelu", "x", "", "x", 1, Own),
    ("InstanceNorm", "x g g", "", "x", 1, Own),
    ("LeakyRelu", "x", "", "x", 1, Own),
    ("LocalResponseNormalization", "x", "", "x", 1, Own),
    ("Logistic", "x", "", "x", 1, Logistic),
    ("MaxPool2D", "x", "", "x", 1, Own),
    ("Mean", "x i", "", "x", 1, Own),
    ("MirrorPad", "x i", "", "x", 1, Own),
    ("Neg", "x", "", "x", 1, Own),
    ("Pad", "x i", "", "x", 1, Own),
    ("PadV2", "x i f", "", "x", 1, Back),
    ("PRelu", "x g", "", "x", 1, Own),
    ("ReduceProd", "x i", "", "x", 1, Own),
    ("ReduceMax", "x i", "", "x", 1, Own),
    ("ReduceMin", "x i", "", "x", 1, Own),
    ("ReLU", "x", "", "x", 1, Own),
    ("ReLU6", "x", "", "x", 1, Own),
    ("Reshape", "x i", "", "x", 1, Back),
    ("ResizeBilinear", "x i", "", "x", 1, Own),
    ("ResizeNearestNeighbor", "x i", "", "x", 1, Own),
    ("ReverseSequence", "x i", "", "x", 1, Own),
    ("RmsNorm", "x g", "", "x", 1, Own),
    ("Rsqrt", "x", "", "x", 1, Own),
    ("Slice", "x i i", "", "x", 1, Own),
    ("Softmax", "x", "", "x", 1, Softmax),
    ("SpaceToBatchND", "x i i", "", "x", 1, Own),
    ("SpaceToDepth", "x", "", "x", 1, Own),
    ("Squeeze", "x", "", "x", 1, Own),
    ("Sqrt", "x", "", "x", 1, Own),
    ("StridedSlice", "x i i i", "", "x", 1, Input),
    ("Sum", "x i", "", "x", 1, Own),
    ("Tanh", "x", "", "x", 1, Tanh),
    ("Tile", "x i", "", "x", 1, Own),
    ("Transpose", "x i", "", "x", 1, Back),
    ("TransposeConv", "i k x b", "", "x", 1, Own),
    ("Add", "x y", "", "x y", 1, Own),
    ("Add", "x y", "add_options { activation: TANH }", "x y", 1, Tanh),
    ("Add", "x x", "", "x", 1, Own),
    ("BatchMatMul", "x y", "", "x y", 1, Own),
    ("Div", "x y", "", "x y", 1, Own),
    ("FloorDiv", "x y", "", "x y", 1, Whole),
    ("Maximum", "x y", "", "x y", 1, Own),
    ("Minimum", "x y", "", "x y", 1, Own),
    ("Mul", "x y", "", "x y", 1, Own),
    ("Mul", "x x", "", "x", 1, Own),
    ("OneHot", "i n x y", "", "x y", 1, Back),
    ("Pow", "x y", "", "x y", 1, Own),
    ("Sub", "x y", "", "x y", 1, Own),
    ("Split", "n x", "split_options { num_splits: 2 }", "x", 2, Input),
    (
        "SplitV",
        "x i n",
        "split_v_options { num_splits: 2 }",
        "x",
        2,
        Input,
    ),
    ("TopKV2", "x n", "", "x", 1, Own),
    ("Unique", "x", "", "x", 1, Own),
    ("Unpack", "x", "unpack_options { num: 2 }", "x", 2, Input),
    ("AddN", "x y x", "", "x y", 1, Own),
    ("Concatenation", "x y", "", "x y", 1, Back),
    ("Pack", "x y", "", "x y", 1, Back),
];

/// The model of a row over `x` and `y`, or, with `constant`, over constants of the same ranges.
pub fn model(row: &Row, constant: bool) -> Model {
    let (kind, inputs, options, _, outputs, _) = row;
    let mut text = String::new();
    let mut operand = |name: &str, dtype: &str, shape: &[usize], values: &[f32]| {
        let dims: String = shape.iter().map(|d| format!("dim: {d} ")).collect();
        let args: String = values.iter().map(|x| format!("arg: \"{x}\" ")).collect();
        let filler = if values.is_empty() {
            String::new()
        } else {
            format!("filler {{ tag: \"explicit\" {args} }}")
        };
        text += &format!("operand {{ name: \"{name}\" type: {dtype} shape {{ {dims} }} {filler} }}\n");
    };
    let four = |(min, max): (f32, f32)| {
        if constant {
            vec![min, 0.5, 1.0, max]
        } else {
            Vec::new()
        }
    };
    operand("x", "FLOAT32", &[1, 1, 1, 4], &four(X));
    operand("y", "FLOAT32", &[1, 1, 1, 4], &four(Y));
    operand("u", "FLOAT32", &[1, 4], &[]);
    operand("i", "INT32", &[4], &[0.0, 1.0, 2.0, 3.0]);
    operand("n", "INT32", &[1], &[1.0]);
    operand("f", "FLOAT32", &[1], &[0.75]);
    let filter = [
        0.5, -0.25, 1.0, 0.125, 0.75, 0.5, -1.0, 0.25, 1.5, -0.5, 1.25, 0.25, 0.5, 0.5, 0.5, -2.0,
    ];
    operand("k", "FLOAT32", &[4, 1, 1, 4], &filter);
    operand("b", "FLOAT32", &[4], &[0.5, -0.5, 1.0, 2.0]);
    operand("g", "FLOAT32", &[4], &[0.5, -0.5, 1.0, 2.0]);
    operand("v", "FLOAT32", &[1, 4], &[]);
    for output in 0..*outputs {
        operand(&format!("o{output}"), "FLOAT32", &[1, 1, 1, 4], &[]);
    }
    operand("indices", "INT32", &[4], &[]);
    let mut inputs: Vec<&str> = inputs.split(' ').collect();
    // A depthwise filter has its channels last.
    if *kind == "DepthwiseConv2D" {
        text = text.replace("dim: 4 dim: 1 dim: 1 dim: 4", "dim: 1 dim: 1 dim: 4 dim: 4");
    }
    for input in &mut inputs {
        *input = if *input == "-" { "" } else { *input };
    }
    text += &format!("operation {{ type: \"{kind}\" ");
    inputs
        .iter()
        .for_each(|input| text += &format!("input: \"{input}\" "));
    (0..*outputs).for_each(|output| text += &format!("output: \"o{output}\" "));
    if matches!(*kind, "TopKV2" | "Unique") {
        text += "output: \"indices\" ";
    }
    text += &format!("{options} }}\noperation {{ type: \"Abs\" input: \"u\" output: \"v\" }} input: \"u\"\n");
    for activation in ["x", "y"] {
        if !constant && inputs.contains(&activation) {
            text += &format!("input: \"{activation}\" ");
        }
    }
    (0..*outputs).for_each(|output| text += &format!("output: \"o{output}\" "));
    text += "output: \"v\"";
    let parsed = quant_case::recipe::parse(&text).unwrap_or_else(|error| panic!("{kind}: {error}\n{text}"));
    let mut model = quant_recipe::build(&parsed).unwrap_or_else(|error| panic!("{kind}: {error}"));
    for tensor in 0..model.main().tensors().len() {
        let tensor = quant_core::ir::TensorId(tensor);
        let found = model.main().tensor(tensor);
        if found.dtype != DType::Float32 || model.is_const(found) {
            continue;
        }
        let (min, max) = match found.name.as_str() {
            "x" => X,
            "y" => Y,
            _ => O,
        };
        model.main_mut().tensor_mut(tensor).quant = Some(QuantParam {
            min: vec![min],
            max: vec![max],
            ..QuantParam::default()
        });
    }
    model
}
