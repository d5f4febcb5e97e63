//! Ascend's operators beside their original kernels, bit by bit.

use std::fs;
use std::path::Path;

use quant_interp::ops;
use quant_ir::value::{Data, Value};
use quant_ir::{Builtin, OpCode};
use quant_tensorflow::{Attribute, DataType, Graph, List, Lowering, Node, Shape, Tensor};
use serde_json::Value as Json;

use crate::reference::{folder, say};

/// An array as a constant.
fn npy(path: &Path) -> Tensor {
    let bytes = fs::read(path).unwrap();
    let header = quant_types::npy::header(bytes.as_slice()).unwrap();
    let data_type = match header.descr.trim_matches('\'') {
        "<f4" => DataType::FLOAT,
        "|i1" => DataType::INT8,
        "<u8" => DataType::UINT64,
        other => panic!("{}: {other}", path.display()),
    };
    Tensor::numbers(data_type, &header.shape, bytes[header.start as usize..].to_vec())
}

/// A graph of one node, and the data of its input.
fn graph(case: &Json, folder: &Path) -> (Graph, Tensor) {
    let file = |key: &str| case[key].as_str().map(|name| npy(&folder.join(name)));
    let op = case["op"].as_str().unwrap();
    let x = file("x").unwrap();
    let mut graph = Graph::default();
    if op == "AscendWeightQuant" {
        graph.nodes.push(Node::constant("x", x.clone()));
    } else {
        let mut input = Node::new("x", "Placeholder", &[]);
        input.set("dtype", &Attribute::Type(DataType::FLOAT));
        input.set("shape", &Attribute::Shape(Shape::of(&x.shape)));
        graph.nodes.push(input);
    }
    let mut inputs = vec!["x"];
    for key in ["offset_w", "deq_scale"] {
        if let Some(tensor) = file(key) {
            graph.nodes.push(Node::constant(key, tensor));
            inputs.push(key);
        }
    }
    let mut node = Node::new("y", op, &inputs);
    for key in ["scale", "offset"] {
        if let Some(value) = case[key].as_f64() {
            node.set(key, &Attribute::Float(value as f32));
        }
    }
    for key in ["dst_type", "data_format"] {
        if let Some(value) = case[key].as_str() {
            node.set(key, &Attribute::text(value));
        }
    }
    if let Some(ksize) = case["ksize"].as_array() {
        let ints = ksize.iter().map(|size| size.as_i64().unwrap()).collect();
        let list = List {
            ints,
            ..List::default()
        };
        node.set("ksize", &Attribute::List(list));
    }
    graph.nodes.push(node);
    (graph, x)
}

#[test]
fn ascend_operators_are_exact() {
    let folder = folder().join("reference/amct/ops");
    let Ok(index) = fs::read(folder.join("index.json")) else {
        return say("ascend: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    };
    let index: Json = serde_json::from_slice(&index).unwrap();
    let (mut count, mut without) = (0, 0);
    for case in index["cases"].as_array().unwrap() {
        let op = case["op"].as_str().unwrap();
        let custom = OpCode {
            custom: Some(op.to_owned()),
            ..OpCode::builtin(Builtin::CUSTOM)
        };
        if op == "AscendQuant" && ops::definition(&custom).is_none() {
            without += 1;
            continue;
        }
        let (mut graph, x) = graph(case, &folder);
        let expected = npy(&folder.join(case["y"].as_str().unwrap()))
            .to_floats()
            .unwrap();
        let lowering = |outputs: &str| Lowering {
            outputs: vec![outputs.to_owned()],
            whole: true,
            ..Lowering::default()
        };
        let found = if op == "AscendWeightQuant" {
            // Weights are computed at once; something must depend on an input.
            let mut input = Node::new("in", "Placeholder", &[]);
            input.set("shape", &Attribute::Shape(Shape(Some(vec![]))));
            graph.nodes.push(input);
            graph.nodes.push(Node::new("out", "AddV2", &["y", "in"]));
            let lowered = graph.lower(&lowering("out")).unwrap();
            let tensor = lowered.model.main().tensor(lowered.tensors["y:0"]);
            quant_interp::constant(&lowered.model, tensor).unwrap().unwrap()
        } else {
            let lowered = graph.lower(&lowering("y")).unwrap();
            let input = Value::f32(x.shape.clone(), x.to_floats().unwrap());
            quant_interp::run(&lowered.model, &[input]).unwrap().remove(0)
        };
        let Data::F32(found) = found.data else {
            panic!("no floats");
        };
        let same = found
            .iter()
            .zip(&expected)
            .filter(|(a, b)| a == b || a.is_nan() && b.is_nan())
            .count();
        assert!(
            same == expected.len() && found.len() == same,
            "{}: {found:?} {expected:?}",
            case["case"]
        );
        count += 1;
    }
    say(&format!(
        "ascend: {count} cases, 0 differ, {without} without a kernel"
    ));
}

/// A dot product on whole numbers is exact, and its factor is multiplied once, behind it.
#[test]
fn sums_stay_whole_in_front_of_the_factor() {
    let mut input = Node::new("x", "Placeholder", &[]);
    input.set("dtype", &Attribute::Type(DataType::FLOAT));
    input.set("shape", &Attribute::Shape(Shape::of(&[1, 64])));
    let mut quant = Node::new("q", "AscendQuant", &["x"]);
    quant.set("scale", &Attribute::Float(1.0));
    quant.set("offset", &Attribute::Float(0.0));
    let weights: Vec<f32> = (0..64u8).map(|i| f32::from(i % 11) - 3.0).collect();
    let factor = 0.1f32;
    let word = u64::from(factor.to_bits()).to_le_bytes().to_vec();
    let mut product = Node::new("y", "MatMul", &["q", "w"]);
    product.set("T", &Attribute::Type(DataType::FLOAT));
    let mut graph = Graph::default();
    graph.nodes.extend([
        input,
        quant,
        Node::constant("w", Tensor::floats(&[64, 1], &weights)),
        product,
        Node::constant("s", Tensor::numbers(DataType::UINT64, &[1], word)),
        Node::new("z", "AscendDequant", &["y", "s"]),
    ]);
    let model = graph.lower(&Lowering::default()).unwrap().model;
    let x: Vec<f32> = (0..64u8).map(|i| f32::from(i) * 1.75 - 50.0).collect();
    let whole: f32 = x
        .iter()
        .zip(&weights)
        .map(|(x, w)| (x.abs() + 0.5).floor().copysign(*x) * w)
        .sum();
    let found = quant_interp::run(&model, &[Value::f32(vec![1, 64], x)]).unwrap();
    assert_eq!(found[0].as_f32(), Some([whole * factor].as_slice()));
}
