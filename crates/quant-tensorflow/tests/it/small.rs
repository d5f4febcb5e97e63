//! Small graphs: what is decided, what is refused, and how it is said.

use quant_interp::run;
use quant_ir::value::Value;
use quant_ir::{Builtin, ErrorKind};
use quant_tensorflow::{Graph, Lowered, Lowering};

/// An input of floats.
const X: &str = "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } \
                 attr { key: 'shape' value { shape { dim { size: -1 } dim { size: 2 } } } } }";

fn node(name: &str, op: &str, inputs: &str) -> String {
    let inputs: Vec<String> = inputs
        .split_whitespace()
        .map(|input| format!("input: '{input}'"))
        .collect();
    format!("node {{ name: '{name}' op: '{op}' {} }}\n", inputs.join(" "))
}

fn floats(name: &str, shape: &[usize], value: f32) -> String {
    let shape: Vec<String> = shape
        .iter()
        .map(|size| format!("dim {{ size: {size} }}"))
        .collect();
    let shape = shape.join(" ");
    format!(
        "node {{ name: '{name}' op: 'Const' attr {{ key: 'value' value {{ tensor {{ dtype: DT_FLOAT \
         tensor_shape {{ {shape} }} float_val: {value} }} }} }} }}\n"
    )
}

fn lower(text: &str, asked: &Lowering) -> Result<Lowered, String> {
    let graph = Graph::from_text(text).unwrap();
    graph.lower(asked).map_err(|error| error.to_string())
}

fn outputs(names: &[&str]) -> Lowering {
    Lowering {
        outputs: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Lowering::default()
    }
}

fn builtins(lowered: &Lowered) -> Vec<Builtin> {
    lowered
        .model
        .main()
        .operators()
        .iter()
        .map(|op| op.code.builtin)
        .collect()
}

#[test]
fn outputs_that_nobody_named_are_told() {
    let text = [
        X.to_owned(),
        node("a", "Relu", "x"),
        node("b", "Tanh", "a ^n"),
        node("c", "Abs", "a"),
        // No result of the inputs.
        node("n", "NoOp", ""),
        floats("k", &[2], 1.0),
        node("unread", "Identity", "k"),
    ];
    let lowered = lower(&text.concat(), &Lowering::default()).unwrap();
    assert_eq!(lowered.outputs, ["b:0", "c:0"]);
    assert_eq!(
        lowered.notes,
        [
            "outputs, since nothing reads them: `b`, `c`",
            "`x` has an open batch, which is 1 here",
        ]
    );
    let graph = lowered.model.main();
    let names = graph.outputs().iter().map(|id| graph.tensor(*id).name.as_str());
    assert!(names.eq(["b", "c"]));
    assert_eq!(graph.tensor(graph.inputs()[0]).shape, [1, 2]);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let x = X.to_owned();
    let cases = [
        (
            node("y", "Erf", "x"),
            "Erf `y`: this operator is not lowered; docs/tensorflow.md lists",
        ),
        (node("y", "While", "x"), "While `y`: this operator is not lowered"),
        (
            node("y", "Relu", "z"),
            "Relu `y`: it reads `z`, which is not there; freeze the graph again",
        ),
        (
            node("y", "Merge", "x z") + &node("z", "NextIteration", "y"),
            "NextIteration `z`: it reads `y`, which depends on its own output",
        ),
        (
            node("p", "Greater", "x x") + &node("s", "Switch", "x p") + &node("y", "Relu", "s:1"),
            "Switch `s`: its condition is computed when the graph runs",
        ),
        (
            node("y", "StatelessIf", "x x"),
            "StatelessIf `y`: its condition is computed when the graph runs",
        ),
        (
            node("y", "Relu", "x:1"),
            "Relu `y`: it reads output 1 of `x`, which no model has",
        ),
        (
            node("y", "Reshape", "x x"),
            "Reshape `y`: input 1 is computed when the graph runs",
        ),
        (
            node("y", "Conv2D", "x x"),
            "Conv2D `y`: filter [1, 2] is not of rank 4",
        ),
        (node("y", "Add", "x"), "Add `y`: input 1 is missing"),
        (
            floats("k", &[3], 1.0) + &node("y", "Add", "x k"),
            "Add `y`: ADD `y`: shapes [1, 2] and [3] do not broadcast",
        ),
        (
            floats("y", &[2], 1.0),
            "Const `y`: its value does not depend on the inputs",
        ),
        (
            node("z", "Placeholder", "") + &node("y", "Add", "x z"),
            "Placeholder `z`: its shape is open; say it with --input-shape z:1,…",
        ),
    ];
    for (rest, expected) in cases {
        let found = lower(&(x.clone() + &rest), &outputs(&["y"])).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    }
    let unknown = lower(&(x.clone() + &node("logits", "Relu", "x")), &outputs(&["logit"])).unwrap_err();
    assert_eq!(
        unknown,
        "output `logit`: the graph has no node of that name; near to it: `logits`"
    );
    let none = lower(&x, &Lowering::default()).unwrap_err();
    assert!(
        none.starts_with("the graph has no node that nobody reads"),
        "{none}"
    );
}

#[test]
fn a_graph_is_cut_at_its_inputs() {
    let text = [X.to_owned(), node("a", "Erf", "x"), node("y", "Relu", "a")].concat();
    let mut asked = outputs(&["y"]);
    asked.inputs = vec!["a".to_owned()];
    let open = lower(&text, &asked).unwrap_err();
    assert!(open.starts_with("Erf `a`: its shape is open"), "{open}");
    asked.shapes.insert("a".to_owned(), vec![3, 2]);
    let lowered = lower(&text, &asked).unwrap();
    let value = Value::f32(vec![3, 2], vec![-1.0, 1.0, -2.0, 2.0, 0.0, 3.0]);
    let made = run(&lowered.model, &[value]).unwrap();
    assert_eq!(made[0].as_f32().unwrap(), [0.0, 1.0, 0.0, 2.0, 0.0, 3.0]);
    asked.inputs = vec!["y".to_owned()];
    let beside = lower(&text, &asked).unwrap_err();
    assert!(
        beside.starts_with("node `a`: it has a shape, and is no input"),
        "{beside}"
    );
    let two = [X.to_owned(), X.replace("'x'", "'z'"), node("y", "Add", "x z")].concat();
    let mut asked = outputs(&["y"]);
    asked.inputs = vec!["x".to_owned()];
    let missing = lower(&two, &asked).unwrap_err();
    assert!(
        missing.starts_with("Placeholder `z`: it is not among the inputs that were named"),
        "{missing}"
    );
    asked.inputs.clear();
    asked.shapes.insert("x".to_owned(), vec![1, 3]);
    let other = lower(&two, &asked).unwrap_err();
    assert!(
        other.contains("the shape [1, 3] is asked for, the graph has [-1, 2]"),
        "{other}"
    );
}

/// A network with its channels first has one transposition at its input and one at its output.
#[test]
fn transpositions_vanish() {
    let first = "attr { key: 'data_format' value { s: 'NCHW' } } attr { key: 'padding' value { s: 'SAME' } }";
    let with = |node: String| node.trim_end().trim_end_matches('}').to_owned() + first + "}\n";
    let image = X.replace(
        "dim { size: 2 }",
        "dim { size: 2 } dim { size: 4 } dim { size: 4 }",
    );
    let text = [
        image,
        floats("w", &[1, 1, 2, 3], 0.5),
        floats("b", &[3], 1.0),
        floats("scale", &[3, 1, 1], 2.0),
        with(node("conv", "Conv2D", "x w")),
        with(node("bias", "BiasAdd", "conv b")),
        node("relu", "Relu", "bias"),
        node("scaled", "Mul", "relu scale"),
        with(node("again", "DepthwiseConv2dNative", "scaled v")),
        floats("v", &[1, 1, 3, 1], 1.0),
        node("y", "AddV2", "again scaled"),
    ];
    let lowered = lower(&text.concat(), &outputs(&["y"])).unwrap();
    let expected = [
        Builtin::TRANSPOSE,
        Builtin::CONV_2D,
        Builtin::MUL,
        Builtin::DEPTHWISE_CONV_2D,
        Builtin::ADD,
        Builtin::TRANSPOSE,
    ];
    assert_eq!(builtins(&lowered), expected);
    let graph = lowered.model.main();
    let output = graph.tensor(graph.outputs()[0]);
    assert_eq!(
        (output.name.as_str(), output.shape.as_slice()),
        ("y", &[1, 3, 4, 4][..])
    );
    let value = Value::f32(vec![1, 2, 4, 4], (0..32).map(|x| x as f32).collect());
    // 0.5 (a + b) + 1, times 2, twice.
    let made = run(&lowered.model, &[value]).unwrap();
    let expected: Vec<f32> = (0..48)
        .map(|at| 4.0 * (0.5 * ((at % 16) as f32 * 2.0 + 16.0) + 1.0))
        .collect();
    assert_eq!(made[0].as_f32().unwrap(), expected);
}

/// A function that a call names.
fn function(name: &str, body: &str, returned: &str) -> String {
    format!(
        "library {{ function {{ signature {{ name: '{name}' input_arg {{ name: 'a' }} output_arg {{ name: 'o' }} }} \
         {body} ret {{ key: 'o' value: '{returned}' }} }} }}"
    )
}

fn call(name: &str, input: &str, of: &str) -> String {
    format!(
        "node {{ name: '{name}' op: 'PartitionedCall' input: '{input}' \
         attr {{ key: 'f' value {{ func {{ name: '{of}' }} }} }} }}"
    )
}

#[test]
fn functions_are_inlined_unless_they_have_no_end() {
    let body = "node_def { name: 'r' op: 'Relu' input: 'a' } node_def { name: 's' op: 'Abs' input: 'r:activations:0' }";
    let text = [
        X.to_owned(),
        call("f", "x", "g"),
        node("y", "Neg", "f"),
        function("g", body, "s:y:0"),
    ];
    let lowered = lower(&text.concat(), &outputs(&["y"])).unwrap();
    assert_eq!(builtins(&lowered), [Builtin::RELU, Builtin::ABS, Builtin::NEG]);
    assert!(lowered.tensors.contains_key("f/r:0") && lowered.tensors.contains_key("f:0"));
    let itself = call("n", "a", "g").replace("node {", "node_def {");
    let text = [
        X.to_owned(),
        call("y", "x", "g"),
        function("g", &itself, "n:output:0"),
    ];
    let error = lower(&text.concat(), &outputs(&["y"])).unwrap_err();
    assert!(
        error.starts_with("function `g`: it reads `g`, which depends on its own output"),
        "{error}"
    );
    let text = [X.to_owned(), call("y", "x", "h")];
    let error = lower(&text.concat(), &outputs(&["y"])).unwrap_err();
    assert!(
        error.starts_with("PartitionedCall `y`: it calls `h`, which is not there"),
        "{error}"
    );
}

/// Before they take their place in memory.
#[test]
fn constants_take_no_more_than_a_file_has_room_for() {
    let int = |name: &str, data_type: &str, value: &str, shape: &str| {
        format!(
            "node {{ name: '{name}' op: 'Const' attr {{ key: 'value' value {{ tensor {{ dtype: {data_type} {shape} {value} }} }} }} }}\n"
        )
    };
    let rank_1 = "tensor_shape { dim { size: 1 } }";
    let text = [
        X.to_owned(),
        int("dims", "DT_INT32", "int_val: 536870912", rank_1),
        int("value", "DT_INT64", "int64_val: 1", ""),
        node("big", "Fill", "dims value"),
        node("y", "GatherV2", "x big axis"),
        int("axis", "DT_INT32", "int_val: 0", ""),
    ];
    let graph = Graph::from_text(&text.concat()).unwrap();
    let error = graph.lower(&outputs(&["y"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(
        error
            .to_string()
            .contains("constants of more than 2147483648 bytes"),
        "{error}"
    );
}
