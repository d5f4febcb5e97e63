//! What LiteRT refuses, ends at, or takes for something else, is refused, whatever its kernels here could compute: models of the
//! integer vectors, each with one thing changed. That LiteRT does so was asked of ai-edge-litert 2.3.0.

use std::collections::BTreeMap;
use std::path::Path;

use quant_core::format;
use quant_core::interp::{Interpreter, Profile};
use quant_core::ir::{DType, Graph, Model, Operator, TensorId};
use serde_json::Value as Json;

use crate::integer_vectors::{bytes, cases, word};

/// Files of vectors that were read, by their operators.
#[derive(Default)]
struct Vectors(BTreeMap<&'static str, Vec<Json>>);

impl Vectors {
    /// The first vector of an operator in these types.
    fn model(&mut self, operator: &'static str, types: &str) -> Model {
        let file = self.0.entry(operator).or_insert_with(|| {
            let path = format!("tests/integer_vectors/{operator}.json.gz");
            cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        });
        let case = file.iter().find(|case| word(case, "types") == types).unwrap();
        format::import(&bytes(word(case, "model"))).unwrap()
    }
}

fn operator(graph: &Graph) -> &Operator {
    graph.operators().first().unwrap()
}

fn read(graph: &Graph, at: usize) -> TensorId {
    operator(graph).inputs[at].unwrap()
}

fn made(graph: &Graph) -> TensorId {
    operator(graph).outputs[0]
}

type Change = fn(&mut Graph);

fn zero_scale(graph: &mut Graph) {
    let id = read(graph, 0);
    graph.tensor_mut(id).quant.as_mut().unwrap().scale = vec![0.0];
}

fn other_scale(graph: &mut Graph) {
    let id = made(graph);
    graph.tensor_mut(id).quant.as_mut().unwrap().scale = vec![0.3];
}

fn no_zero_point(graph: &mut Graph) {
    let id = read(graph, 0);
    graph.tensor_mut(id).quant.as_mut().unwrap().zero_point.clear();
}

fn zero_points(graph: &mut Graph, id: TensorId) {
    let quant = graph.tensor_mut(id).quant.as_mut().unwrap();
    quant.zero_point = vec![5; quant.scale.len()];
}

fn shifted_input(graph: &mut Graph) {
    zero_points(graph, read(graph, 0));
}

fn shifted_output(graph: &mut Graph) {
    zero_points(graph, made(graph));
}

fn shifted_weights(graph: &mut Graph) {
    zero_points(graph, read(graph, 1));
}

fn shifted_bias(graph: &mut Graph) {
    zero_points(graph, read(graph, 2));
}

fn other_output(graph: &mut Graph) {
    let id = made(graph);
    graph.tensor_mut(id).dtype = DType::Int16;
    graph.tensor_mut(id).quant.as_mut().unwrap().zero_point = vec![0];
}

fn bytes_of_all(graph: &mut Graph) {
    for id in [read(graph, 0), made(graph)] {
        graph.tensor_mut(id).dtype = DType::Uint8;
        graph.tensor_mut(id).quant.as_mut().unwrap().zero_point = vec![7];
    }
}

const ONE_SCALE: &str = "LiteRT has one scale and zero point for its output";

const REFUSED: &[(&str, &str, Change, &str)] = &[
    ("ADD", "int8", zero_scale, "no activation of scale 0"),
    ("EQUAL", "int8", zero_scale, "no activation of scale 0"),
    ("ADD", "int8", no_zero_point, "no scale without its zero point"),
    (
        "RESHAPE",
        "int8",
        no_zero_point,
        "no scale without its zero point",
    ),
    ("ADD", "int8", other_output, "activations of one type"),
    ("MEAN", "int8", other_output, "activations of one type"),
    ("ADD", "int16", shifted_input, "without a zero point"),
    ("CONV_2D", "int16", shifted_output, "without a zero point"),
    (
        "DEQUANTIZE",
        "int16>float32",
        shifted_input,
        "without a zero point",
    ),
    (
        "CONV_2D",
        "int8",
        shifted_weights,
        "no zero point of signed weights",
    ),
    (
        "DEPTHWISE_CONV_2D",
        "int8",
        shifted_weights,
        "no zero point of signed weights",
    ),
    (
        "FULLY_CONNECTED",
        "int8",
        shifted_weights,
        "no zero point of signed weights",
    ),
    ("CONV_2D", "int8", shifted_bias, "no zero point of a bias"),
    (
        "FULLY_CONNECTED",
        "int8",
        bytes_of_all,
        "weights of uint8 beside activations of uint8",
    ),
    ("ABS", "int8", bytes_of_all, "no kernel of this type"),
    ("EXP", "int8", bytes_of_all, "no kernel of this type"),
    (
        "ARG_MAX",
        "int8",
        |graph| {
            let id = read(graph, 0);
            graph.tensor_mut(id).dtype = DType::Int16;
            graph.tensor_mut(id).quant.as_mut().unwrap().zero_point = vec![0];
        },
        "no kernel of this type",
    ),
    ("SOFTMAX", "int8", other_scale, ONE_SCALE),
    ("SOFTMAX", "int8", shifted_output, ONE_SCALE),
    ("LOG_SOFTMAX", "uint8", other_scale, ONE_SCALE),
    ("L2_NORMALIZATION", "int8", shifted_output, ONE_SCALE),
    ("LOGISTIC", "int16", other_scale, ONE_SCALE),
    ("TANH", "int16", other_scale, ONE_SCALE),
];

#[test]
fn what_litert_refuses_is_refused() {
    let mut vectors = Vectors::default();
    for (name, types, change, what) in REFUSED {
        let mut model = vectors.model(name, types);
        for profile in [Profile::LitertReference, Profile::Litert] {
            Interpreter::with_profile(&model, profile).unwrap();
        }
        change(model.main_mut());
        for profile in [Profile::LitertReference, Profile::Litert, Profile::Xnnpack] {
            let error = Interpreter::with_profile(&model, profile)
                .map(|_| ())
                .unwrap_err();
            let error = error.to_string();
            assert!(
                error.starts_with(&format!("{name} `")) && error.contains(what),
                "{error}"
            );
        }
    }
}

/// In LOGISTIC of 8 bits XNNPACK takes any scale, the kernels one.
#[test]
fn the_delegate_takes_other_scales() {
    let mut model = Vectors::default().model("LOGISTIC", "int8");
    other_scale(model.main_mut());
    assert!(Interpreter::with_profile(&model, Profile::Litert).is_err());
    Interpreter::with_profile(&model, Profile::Xnnpack).unwrap();
}
