//! What is mended of onnxruntime's, on models of a few nodes; no reference data is needed.

use quant_onnx::quantize::number::Float;
use quant_onnx::quantize::{Format, Options, Range, Ranges, quantize};
use quant_onnx::{Attribute, DataType, Dim, Model, Node, Tensor, TensorProto, ValueInfo};

/// A model of one input `x` and these outputs.
fn model(opset: i64, nodes: Vec<Node>, tensors: &[(&str, Tensor)], outputs: &[&str]) -> Model {
    let mut model = Model::new(8, &[("", opset)]);
    let info = |name: &str| ValueInfo::tensor(name, DataType::FLOAT, &[Dim::Size(1), Dim::Size(2)]);
    let graph = &mut model.graph;
    graph.set_name("g");
    graph.inputs.push(info("x"));
    graph.outputs.extend(outputs.iter().map(|name| info(name)));
    let tensors = tensors
        .iter()
        .map(|(name, tensor)| TensorProto::new(name, tensor));
    graph.initializers.extend(tensors);
    graph.nodes = nodes;
    model
}

fn ranges(all: &[(&str, f32, f32)]) -> Ranges {
    let range = |low: f32, high: f32| Range {
        low,
        high,
        float: Float::F32,
    };
    all.iter()
        .map(|(name, low, high)| ((*name).to_owned(), range(*low, *high)))
        .collect()
}

fn ops(model: &Model) -> Vec<String> {
    model
        .graph
        .nodes
        .iter()
        .map(|node| node.op().to_owned())
        .collect()
}

fn floats(model: &Model, name: &str) -> Vec<f32> {
    model
        .graph
        .initializer(name)
        .unwrap()
        .tensor()
        .unwrap()
        .to_floats()
        .unwrap()
}

fn ints(model: &Model, name: &str) -> Vec<i64> {
    model
        .graph
        .initializer(name)
        .unwrap()
        .tensor()
        .unwrap()
        .to_ints()
        .unwrap()
}

fn faithful(options: &Options) -> Options {
    Options {
        faithful: true,
        ..options.clone()
    }
}

fn gemm(beta: f32) -> Model {
    let mut node = Node::new("gemm", "Gemm", &["x", "w", "b"], &["y"]);
    node.set("beta", &Attribute::Float(beta));
    let tensors = [
        ("w", Tensor::floats(&[2, 2], &[1.27, 0.0, 0.0, -1.27])),
        ("b", Tensor::floats(&[2], &[1.0, -2.0])),
    ];
    model(13, vec![node], &tensors, &["y"])
}

#[test]
fn beta_is_multiplied_into_the_bias() {
    let ranges = ranges(&[("x", -1.28, 1.27), ("y", -5.0, 5.0)]);
    let options = Options::default();
    let made = quantize(&gemm(0.5), &ranges, &options).unwrap();
    let value = |model: &Model| ints(model, "b_quantized")[0] as f32 * floats(model, "b_quantized_scale")[0];
    assert!((value(&made) - 0.5).abs() < 1e-4, "{}", value(&made));
    let theirs = quantize(&gemm(0.5), &ranges, &faithful(&options)).unwrap();
    assert!((value(&theirs) - 1.0).abs() < 1e-4, "{}", value(&theirs));
    for made in [made, theirs] {
        let gemm = made.graph.nodes.iter().find(|node| node.op() == "Gemm").unwrap();
        assert_eq!(gemm.float("beta").unwrap(), Some(1.0));
    }
}

fn relu(outputs: &[&str]) -> Model {
    let nodes = vec![
        Node::new("add", "Add", &["x", "c"], &["t"]),
        Node::new("relu", "Relu", &["t"], &["y"]),
    ];
    model(13, nodes, &[("c", Tensor::floats(&[2], &[1.0, -1.0]))], outputs)
}

#[test]
fn the_range_of_an_output_is_not_cut_by_a_relu_behind_it() {
    let ranges = ranges(&[("x", -2.0, 2.0), ("t", -2.55, 2.55), ("y", 0.0, 2.55)]);
    let options = Options {
        activation: quant_onnx::quantize::integer::Integer::U8,
        ..Options::default()
    };
    let made = quantize(&relu(&["t", "y"]), &ranges, &options).unwrap();
    assert_eq!(
        (floats(&made, "t_scale"), ints(&made, "t_zero_point")),
        (vec![0.02], vec![128])
    );
    let theirs = quantize(&relu(&["t", "y"]), &ranges, &faithful(&options)).unwrap();
    assert_eq!(
        (floats(&theirs, "t_scale"), ints(&theirs, "t_zero_point")),
        (vec![0.01], vec![0])
    );
}

#[test]
fn a_relu_goes_only_where_nobody_else_reads() {
    let ranges = ranges(&[("x", -2.0, 2.0), ("t", -2.55, 2.55), ("y", 0.0, 2.55)]);
    let options = Options {
        format: Format::QOperator,
        activation: quant_onnx::quantize::integer::Integer::U8,
        ..Options::default()
    };
    assert!(!ops(&quantize(&relu(&["y"]), &ranges, &options).unwrap()).contains(&"Relu".to_owned()));
    assert!(ops(&quantize(&relu(&["t", "y"]), &ranges, &options).unwrap()).contains(&"Relu".to_owned()));
    let theirs = quantize(&relu(&["t", "y"]), &ranges, &faithful(&options)).unwrap();
    assert!(!ops(&theirs).contains(&"Relu".to_owned()));
}

#[test]
fn names_of_the_model_are_not_taken_for_parameters() {
    let nodes = vec![Node::new("mul", "Mul", &["x", "x_scale"], &["y"])];
    let float = model(
        13,
        nodes,
        &[("x_scale", Tensor::floats(&[2], &[3.0, 5.0]))],
        &["y"],
    );
    let ranges = ranges(&[("x", -1.0, 1.0), ("y", -5.0, 5.0)]);
    let made = quantize(&float, &ranges, &Options::default()).unwrap();
    let quantized = made
        .graph
        .nodes
        .iter()
        .find(|node| node.name() == "x_QuantizeLinear")
        .unwrap();
    assert_eq!(floats(&made, quantized.inputs()[1]), [2.0 / 255.0]);
}

#[test]
fn a_matmul_has_scales_for_its_columns() {
    let nodes = vec![Node::new("mm", "MatMul", &["x", "w"], &["y"])];
    let weight = Tensor::floats(&[1, 2, 3], &[1.27, 2.54, 3.81, 0.0, 0.0, 0.0]);
    let float = model(13, nodes, &[("w", weight)], &["y"]);
    let ranges = ranges(&[("x", -1.0, 1.0), ("y", -5.0, 5.0)]);
    let options = Options {
        per_channel: true,
        ..Options::default()
    };
    let made = quantize(&float, &ranges, &options).unwrap();
    assert_eq!(floats(&made, "w_scale"), [0.01, 0.02, 0.03]);
    // Along the second axis its rows are added up.
    let theirs = quantize(&float, &ranges, &faithful(&options)).unwrap();
    assert_eq!(floats(&theirs, "w_scale"), [0.03, 1.0]);
}

#[test]
fn what_cannot_be_is_said() {
    let shown = |made: quant_ir::Result<Model>| made.err().map(|error| error.to_string()).unwrap_or_default();
    let missing = quantize(&gemm(1.0), &Ranges::new(), &Options::default());
    assert!(shown(missing).contains("tensor `x`: it has no recorded range"));
    let mut options = Options::default();
    assert!(options.set("ActivationSymetric", &true.into()).is_err());
    assert!(options.set("ActivationSymmetric", &"yes".into()).is_err());
    options.format = Format::QOperator;
    options.set("activation_type", &"QInt16".into()).unwrap();
    let wide = quantize(&gemm(1.0), &Ranges::new(), &options);
    assert!(shown(wide).contains("operators on 16-bit integers"));
    let mut broken = gemm(1.0);
    let nan = TensorProto::new("w", &Tensor::floats(&[2, 2], &[1.0, f32::NAN, 0.0, 0.0]));
    *broken.graph.initializer_mut("w").unwrap() = nan;
    let ranges = ranges(&[("x", -1.0, 1.0), ("y", -5.0, 5.0)]);
    let made = quantize(&broken, &ranges, &Options::default());
    assert!(
        shown(made).contains("element 1 is NaN"),
        "{:?}",
        shown(quantize(&broken, &ranges, &Options::default()))
    );
}

#[test]
fn what_onnxruntime_has_besides_is_refused_by_name() {
    for (name, value, words) in [
        (
            "BlockSize",
            "32",
            "`BlockSize` of 32; weights of MatMul in blocks are `--format matmul-nbits`",
        ),
        (
            "weight_type",
            "\"QInt4\"",
            "`weight_type` of \"QInt4\"; 4 bits are for weights of MatMul in blocks",
        ),
        (
            "activation_type",
            "\"QFLOAT8E4M3FN\"",
            "take integers of 8 or 16 bits",
        ),
        (
            "SmoothQuant",
            "true",
            "`SmoothQuant` of true; smooth the model before",
        ),
        ("SmoothQuantAlpha", "0.5", "`SmoothQuantAlpha` of 0.5"),
        (
            "TensorQuantOverrides",
            r#"{"x": [{"quant_type": "QUInt4"}]}"#,
            "`quant_type` is of 8 or 16 bits",
        ),
        (
            "TensorQuantOverrides",
            r#"{"x": [{"convert": {}}]}"#,
            "leave `convert` out",
        ),
    ] {
        let value = serde_json::from_str(value).unwrap();
        let error = Options::default().set(name, &value).unwrap_err();
        assert_eq!(error.kind(), quant_ir::ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    for (name, value) in [("BlockSize", "0"), ("SmoothQuant", "false")] {
        Options::default()
            .set(name, &serde_json::from_str(value).unwrap())
            .unwrap();
    }
}

#[test]
fn subgraphs_are_not_quantized() {
    let mut body = quant_onnx::Graph::default();
    body.set_name("b");
    body.nodes = vec![Node::new("", "Identity", &["x"], &["t"])];
    body.outputs.push(ValueInfo::tensor("t", DataType::FLOAT, &[]));
    let mut node = Node::new("if", "If", &["c"], &["y"]);
    for branch in ["then_branch", "else_branch"] {
        node.set(branch, &Attribute::Graph(body.to_message()));
    }
    let c = Tensor::numbers(DataType::BOOL, &[], vec![1]);
    let model = model(13, vec![node], &[("c", c)], &["y"]);
    for format in [Format::Qdq, Format::QOperator, Format::Dynamic] {
        let options = Options {
            format,
            subgraphs: true,
            ..Options::default()
        };
        let error = quantize(&model, &Ranges::new(), &options)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`EnableSubgraph` in a model with subgraphs"),
            "{error}"
        );
        let without = Options {
            subgraphs: false,
            ..options
        };
        quantize(&model, &Ranges::new(), &without).unwrap();
    }
}
