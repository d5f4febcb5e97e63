//! Tests of `named`.

use quant_ir::{Builtin, OpCode, Operator, Options, TensorId};

use crate::graph;

#[test]
fn names_and_beginnings() {
    let graph = graph(&[
        "x",
        "net/conv1/Relu;net/conv1/BiasAdd",
        "a;b",
        "a;c",
        "x",
        "a",
        "z;1",
        "z;2",
    ]);
    for (name, number) in [("x", 0), ("x#4", 4), ("net/conv1/Relu", 1), ("a;c", 3), ("a", 5)] {
        assert_eq!(graph.names().tensor(name), Ok(TensorId(number)), "{name}");
    }
    assert_eq!(
        graph.names().tensor("z").unwrap_err().to_string(),
        "tensor `z`: the model has none of that name; 2 names begin so; give one of them whole: `z;1`, `z;2`"
    );
}

#[test]
fn operators_by_names_that_repeat() {
    // The input and what the first two operators make are called `dup`. Of `c`, the later operator makes the tensor that
    // has it as its label.
    let mut graph = graph(&["dup", "dup", "dup", "b", "", "fused;whole", "c", "c"]);
    for outputs in [&[1][..], &[3, 2], &[4], &[5], &[7], &[6]] {
        let outputs = outputs.iter().copied().map(TensorId).collect();
        let code = OpCode::builtin(Builtin::ABS);
        let op = Operator::new(code, Vec::new(), outputs, Options::default());
        graph.push(op).unwrap();
    }
    let names = graph.operator_names();
    for (name, number) in [
        ("dup", Some(0)),
        ("dup#1", Some(0)),
        ("dup#2", Some(1)),
        ("b", Some(1)),
        ("#4", Some(2)),
        ("", None),
        ("fused", Some(3)),
        ("c", Some(5)),
        ("c#7", Some(4)),
        ("dup#0", None),
    ] {
        assert_eq!(names.get(name), number, "{name}");
    }
    // Tensors keep their labels.
    assert_eq!(graph.names().tensor("dup"), Ok(TensorId(0)));
}

#[test]
fn near_names_are_told() {
    let graph = graph(&[
        "input",
        "net/conv1/Relu;net/conv1/BiasAdd",
        "net/conv2/Relu",
        "Identity",
    ]);
    for (wrong, hint) in [
        ("inptu", "is it `input`? `quant info` lists all names"),
        ("identity", "is it `Identity`? `quant info` lists all names"),
        // The part before `;` is enough.
        (
            "net/conv1/relu",
            "is it `net/conv1/Relu` or `net/conv2/Relu`? `quant info` lists all names",
        ),
        ("conv2", "is it `net/conv2/Relu`? `quant info` lists all names"),
        (
            "nothing",
            "names are those of `quant info`, as in `input`, `net/conv1/Relu;net/conv1/BiasAdd`, `net/conv2/Relu`",
        ),
    ] {
        let error = graph.names().tensor(wrong).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("tensor `{wrong}`: the model has none of that name; {hint}")
        );
    }
}
