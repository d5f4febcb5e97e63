//! Small models beside what onnxruntime made of them (`tools/onnx_models.py`), and what is refused with its place.

use std::path::Path;

use quant_interp::{FloatProfile, Interpreter, Profile, Workspace};
use quant_ir::value::{Data, Value};
use quant_ir::{DType, ErrorKind};
use quant_onnx::{Attribute, DataType, Dim, Lowering, Model, Node, ValueInfo};
use serde_json::Value as Json;

/// How far a value may be, as a part of the largest.
const NEAR: f64 = 1e-5;

fn hostile(target: &str, name: &str) -> Model {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hostile");
    let bytes = std::fs::read(root.join(target).join(name)).unwrap();
    Model::from_bytes(bytes).unwrap()
}

fn tensor(json: &Json) -> (Vec<usize>, Vec<f32>) {
    let numbers = |key: &str| -> Vec<f64> {
        json[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect()
    };
    let shape = numbers("shape").iter().map(|x| *x as usize).collect();
    (shape, numbers("data").iter().map(|x| *x as f32).collect())
}

#[test]
fn small_models_compute_what_onnxruntime_computes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/values.json");
    let all: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let all = all.as_object().unwrap();
    assert_eq!(all.len(), 9);
    for (name, case) in all {
        let model = hostile("onnx_pipeline", name);
        for whole in [true, false] {
            let lowering = Lowering {
                whole,
                dynamic: true,
                ..Lowering::default()
            };
            let lowered = model.lower(&lowering).unwrap().model;
            let graph = lowered.main();
            let types = graph.inputs().iter().map(|id| graph.tensor(*id).dtype);
            let given = case["inputs"].as_array().unwrap().iter().map(tensor);
            let inputs = types.zip(given).map(|(dtype, (shape, data))| {
                let data = if dtype == DType::Bool {
                    Data::Bool(data.iter().map(|x| *x != 0.0).collect())
                } else {
                    Data::F32(data.into())
                };
                Value { shape, data }
            });
            let interpreter =
                Interpreter::with(&lowered, Profile::default(), FloatProfile::Onnxruntime).unwrap();
            let made = interpreter
                .run_with(inputs.collect(), &mut Workspace::new(1), &mut |_, _, _| Ok(()))
                .unwrap();
            for (id, found) in graph.outputs().iter().zip(made) {
                let output = &graph.tensor(*id).name;
                let (shape, expected) = tensor(&case["outputs"][output.as_str()]);
                let Data::F32(data) = found.data else {
                    panic!("{name}: {output} has no floats");
                };
                assert_eq!(found.shape, shape, "{name}: {output}");
                let largest = expected.iter().fold(0f64, |most, y| most.max(f64::from(y.abs())));
                for (a, b) in data.iter().zip(&expected) {
                    let apart = (f64::from(*a) - f64::from(*b)).abs() / largest;
                    assert!(apart <= NEAR, "{name}, whole {whole}: {output}: {a} for {b}");
                }
            }
        }
    }
}

fn of_one(node: Node) -> Model {
    let mut model = Model::new(8, &[("", 13)]);
    let image = [1, 2, 5, 5].map(Dim::Size);
    model
        .graph
        .inputs
        .push(ValueInfo::tensor("x", DataType::FLOAT, &image));
    model
        .graph
        .outputs
        .push(ValueInfo::tensor("y", DataType::FLOAT, &[]));
    model.graph.nodes.push(node);
    model
}

#[test]
fn what_is_not_lowered_is_named() {
    let node = |op: &str, attributes: &[(&str, Attribute)]| {
        let mut node = Node::new("n", op, &["x"], &["y"]);
        for (name, value) in attributes {
            node.set(name, value);
        }
        of_one(node)
    };
    let mut foreign = Node::new("", "FusedConv", &["x"], &["y"]);
    foreign.set_domain("com.microsoft");
    for (model, expected) in [
        (
            node("NonZero", &[]),
            "NonZero `n`: this operator is not lowered; docs/onnx.md lists",
        ),
        (
            of_one(foreign),
            "com.microsoft.FusedConv `y`: this operator is not lowered",
        ),
        (
            node("MaxPool", &[("kernel_shape", Attribute::Ints(vec![9, 9]))]),
            "MaxPool `n`: a window of 9 over 5 elements; no window has room",
        ),
        (
            node("LRN", &[("size", Attribute::Int(2))]),
            "LRN `n`: a window of 2 channels; models have odd ones",
        ),
        (
            node("Cast", &[("to", Attribute::Int(8))]),
            "Cast `n`: a cast to STRING; numbers and bools are lowered",
        ),
        (
            of_one(Node::new("n", "Relu", &["z"], &["y"])),
            "Relu `n`: it reads `z`, which nothing makes",
        ),
        (hostile("onnx_model", "a_loop_of_2_to_the_62"), "Loop `"),
        (
            hostile("onnx_model", "a_function_that_calls_itself"),
            "more than 32 functions within each other",
        ),
        (
            hostile("onnx_model", "a_scale_of_zero"),
            "scales [0.0]; scales are above zero",
        ),
    ] {
        let error = model.lower(&Lowering::default()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn inputs_and_outputs_are_asked_for() {
    let mut model = of_one(Node::new("a", "Relu", &["x"], &["h"]));
    model.graph.nodes.push(Node::new("b", "Sigmoid", &["h"], &["y"]));
    let names = |lowering: Lowering| {
        let model = model.lower(&lowering).map_err(|error| error.to_string())?.model;
        let graph = model.main();
        let of = |ids: &[quant_ir::TensorId]| graph.tensor(ids[0]).name.clone();
        Ok((of(graph.inputs()), of(graph.outputs()), graph.operators().len()))
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let found: Result<_, String> = names(Lowering {
        outputs: owned(&["h"]),
        ..Lowering::default()
    });
    assert_eq!(found, Ok(("x".to_owned(), "h".to_owned(), 1)));
    let cut = names(Lowering {
        inputs: owned(&["h"]),
        shapes: [("h".to_owned(), vec![2, 3])].into(),
        ..Lowering::default()
    });
    assert_eq!(cut, Ok(("h".to_owned(), "y".to_owned(), 1)));
    let error = names(Lowering {
        outputs: owned(&["hh"]),
        ..Lowering::default()
    });
    assert!(error.unwrap_err().contains("did you mean `h`?"));
    let shape = names(Lowering {
        shapes: [("x".to_owned(), vec![1, 2, 5, 6])].into(),
        ..Lowering::default()
    });
    assert!(shape.unwrap_err().contains("the model has [1, 2, 5, 5]"));
    let mut old = model.clone();
    old.set_opset("", 6);
    let error = old.lower(&Lowering::default()).unwrap_err();
    assert!(error.to_string().contains("operators of opset 6"), "{error}");
    let empty = Model::new(8, &[]).lower(&Lowering::default()).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::Invalid);
}

/// A model that quantizes `x` when it runs; `node` reads what comes of it.
fn at_run(node: Node, output: &str) -> Model {
    let mut quantize = Node::new("d", "DynamicQuantizeLinear", &["x"], &["q"]);
    quantize.set_outputs(&["q".to_owned(), "s".to_owned(), "z".to_owned()]);
    let mut model = of_one(quantize);
    model.graph.nodes.push(node);
    model.graph.outputs = vec![ValueInfo::tensor(output, DataType::FLOAT, &[])];
    model
}

#[test]
fn what_is_quantized_at_run_is_read_in_one_way() {
    let node = |op: &str, inputs: &[&str]| Node::new("n", op, inputs, &["y"]);
    let reads = "it reads what is quantized when the model runs; docs/onnx.md says which operators";
    let output = "an output of what is quantized when the model runs; name the float value in front";
    for (model, expected) in [
        (at_run(node("Relu", &["s"]), "y"), Some(reads)),
        (at_run(node("Relu", &["q"]), "y"), Some(reads)),
        (at_run(node("Mul", &["q", "s"]), "y"), Some(reads)),
        (at_run(node("Identity", &["q"]), "y"), Some(output)),
        (at_run(node("Identity", &["s"]), "y"), Some(output)),
        (at_run(node("DequantizeLinear", &["q", "s", "z"]), "y"), None),
    ] {
        let made = model.lower(&Lowering::default());
        match expected {
            // What gives the input the name of the output.
            None => assert_eq!(made.unwrap().model.main().operators().len(), 1),
            Some(expected) => {
                let error = made.unwrap_err();
                assert!(error.to_string().contains(expected), "{error}");
                assert_eq!(error.kind(), ErrorKind::Unsupported);
            }
        }
    }
}

#[test]
fn integers_are_exponents_of_floats() {
    let run = |exponent: &str| {
        let text = format!(
            r#"ir_version: 8 opset_import {{ version: 15 }} graph {{ name: "g"
               node {{ op_type: "Pow" input: "x" input: "p" output: "y" }}
               initializer {{ name: "p" {exponent} }}
               input {{ name: "x" type {{ tensor_type {{ elem_type: 1 shape {{ dim {{ dim_value: 2 }} }} }} }} }}
               output {{ name: "y" type {{ tensor_type {{ elem_type: 1 shape {{ dim {{ dim_value: 2 }} }} }} }} }} }}"#
        );
        let model = Model::from_text(&text).unwrap();
        let lowered = model.lower(&Lowering::default()).unwrap().model;
        let kinds: Vec<String> = lowered
            .main()
            .operators()
            .iter()
            .map(|op| op.code.builtin.to_string())
            .collect();
        let x = Value {
            shape: vec![2],
            data: Data::F32(vec![-1.5, 3.0].into()),
        };
        let interpreter = Interpreter::with(&lowered, Profile::default(), FloatProfile::Onnxruntime).unwrap();
        let made = interpreter
            .run_with(vec![x], &mut Workspace::new(1), &mut |_, _, _| Ok(()))
            .unwrap();
        let Data::F32(data) = &made[0].data else {
            panic!("no floats");
        };
        (kinds.join(" "), data.to_vec())
    };
    assert_eq!(
        run("data_type: 7 int64_data: 2"),
        ("SQUARE".to_owned(), vec![2.25, 9.0])
    );
    assert_eq!(
        run("data_type: 7 int64_data: 3"),
        ("POW".to_owned(), vec![-3.375, 27.0])
    );
    assert_eq!(
        run("data_type: 6 dims: 2 int32_data: [1, -1]"),
        ("POW".to_owned(), vec![-1.5, 1.0 / 3.0])
    );
}
