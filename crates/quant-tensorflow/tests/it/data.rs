//! Nodes, attributes and constants as data.

use quant_tensorflow::{Attribute, DataType, Elements, Graph, Input, List, Node, Shape, Tensor};

#[test]
fn inputs_as_nodes_name_them() {
    let input = |node, output| Input { node, output };
    for (text, expected) in [
        ("a/b", input("a/b", Some(0))),
        ("a:3", input("a", Some(3))),
        ("^a", input("a", None)),
    ] {
        assert_eq!(Input::parse(text).unwrap(), expected);
        assert_eq!(expected.to_string(), text);
    }
    for text in ["", "^", ":1", "a:", "a:-1", "a:+1", "a:x", "a:out:0"] {
        let error = Input::parse(text).unwrap_err().to_string();
        assert!(error.contains("names no output of a node"), "{error}");
    }
}

#[test]
fn attributes_are_set_read_and_dropped() {
    let list = List {
        ints: vec![1, -2, 300],
        floats: vec![0.5],
        bools: vec![true],
        types: vec![DataType::FLOAT],
        bytes: vec![b"a".to_vec()],
        shapes: vec![Shape(None), Shape(Some(vec![-1, 0, 3]))],
    };
    let all = [
        ("s", Attribute::text("SAME")),
        ("i", Attribute::Int(-7)),
        ("zero", Attribute::Int(0)),
        ("f", Attribute::Float(-0.0)),
        ("b", Attribute::Bool(false)),
        ("type", Attribute::Type(DataType::HALF)),
        ("shape", Attribute::Shape(Shape(Some(vec![])))),
        ("tensor", Attribute::Tensor(Tensor::floats(&[2, 1], &[1.0, 2.0]))),
        ("list", Attribute::List(list)),
        ("empty", Attribute::List(List::default())),
        ("function", Attribute::Function("f".to_owned())),
        ("placeholder", Attribute::Placeholder("T".to_owned())),
    ];
    let mut node = Node::new("n", "Op", &["a", "^b"]);
    for (name, value) in &all {
        node.set(name, &Attribute::Int(1));
        node.set(name, value);
    }
    let mut graph = Graph::default();
    graph.nodes.push(node);
    let read = Graph::from_bytes(graph.to_bytes().unwrap()).unwrap();
    assert_eq!(read, Graph::from_text(&graph.to_text().unwrap()).unwrap());
    let mut node = read.nodes[0].clone();
    assert!(node.attribute_names().eq(all.iter().map(|(name, _)| *name)));
    for (name, value) in &all {
        assert_eq!(node.get(name).unwrap().as_ref(), Some(value));
    }
    let error = node.int("s").unwrap_err().to_string();
    assert_eq!(
        error,
        "Op `n`: attribute `s` is not an integer; freeze the graph again"
    );
    node.remove("s");
    node.set_inputs(["c"]);
    node.set_op("Other");
    assert_eq!(
        (node.text("s").unwrap(), node.op(), node.input_names().count()),
        (None, "Other", 1)
    );
}

fn tensor(text: &str) -> Result<Tensor, String> {
    let text =
        format!("node {{ name: 'c' op: 'Const' attr {{ key: 'value' value {{ tensor {{ {text} }} }} }} }}");
    let graph = Graph::from_text(&text).map_err(|error| error.to_string())?;
    let tensor = graph.nodes[0].tensor("value").map_err(|error| error.to_string());
    tensor.map(|tensor| tensor.unwrap())
}

#[test]
fn constants_in_all_encodings() {
    let floats = |text: &str| tensor(text).unwrap().to_floats().unwrap();
    let ints = |text: &str| tensor(text).unwrap().to_ints().unwrap();
    let three = "tensor_shape { dim { size: 3 } }";
    assert_eq!(
        floats(&format!("dtype: DT_FLOAT {three} float_val: 1.5")),
        [1.5; 3]
    );
    assert_eq!(
        floats(&format!("dtype: DT_FLOAT {three} float_val: [1, 2]")),
        [1.0, 2.0, 2.0]
    );
    assert_eq!(floats(&format!("dtype: DT_FLOAT {three}")), [0.0; 3]);
    assert_eq!(floats("dtype: DT_FLOAT float_val: 4"), [4.0]);
    assert_eq!(floats("dtype: DT_DOUBLE double_val: 0.1"), [0.1]);
    assert_eq!(floats("dtype: DT_HALF half_val: 15360"), [1.0]);
    assert_eq!(floats("dtype: DT_BFLOAT16 half_val: 16256"), [1.0]);
    assert_eq!(
        floats(r"dtype: DT_HALF tensor_shape { dim { size: 2 } } tensor_content: '\000<\000\300'"),
        [1.0, -2.0]
    );
    assert_eq!(
        ints(&format!("dtype: DT_INT32 {three} int_val: [-1, 5]")),
        [-1, 5, 5]
    );
    assert_eq!(
        ints(&format!("dtype: DT_INT64 {three} int64_val: -9000000000")),
        [-9_000_000_000; 3]
    );
    assert_eq!(
        ints(&format!("dtype: DT_INT8 {three} int_val: [-1, -128, 127]")),
        [-1, -128, 127]
    );
    assert_eq!(ints("dtype: DT_UINT8 int_val: 255"), [255]);
    assert_eq!(ints("dtype: DT_INT16 int_val: -300"), [-300]);
    assert_eq!(ints("dtype: DT_UINT16 int_val: 65535"), [65535]);
    assert_eq!(ints("dtype: DT_UINT32 uint32_val: 4294967295"), [4_294_967_295]);
    assert_eq!(ints("dtype: DT_UINT64 uint64_val: 7"), [7]);
    assert_eq!(
        ints(&format!("dtype: DT_BOOL {three} bool_val: [true, false]")),
        [1, 0, 0]
    );
    assert_eq!(ints("dtype: DT_QINT32 int_val: -5"), [-5]);
    let strings = tensor(&format!("dtype: DT_STRING {three} string_val: ['a', 'b']")).unwrap();
    let expected = [b"a", b"b", b"b"].map(|text| text.to_vec());
    assert_eq!(strings.elements, Elements::Strings(expected.to_vec()));
    let complex = tensor("dtype: DT_COMPLEX64 scomplex_val: [1, 2]").unwrap();
    assert_eq!(complex.bytes().len(), 8);
    assert!(
        tensor("dtype: DT_FLOAT tensor_shape { dim { size: 0 } }")
            .unwrap()
            .bytes()
            .is_empty()
    );
}

#[test]
fn constants_that_cannot_be_are_refused() {
    for (text, expected) in [
        (
            "dtype: DT_FLOAT float_val: [1, 2]",
            "Const `c`: 2 elements where its shape has 1",
        ),
        (
            "dtype: DT_FLOAT tensor_content: 'abc'",
            "Const `c`: 3 bytes of content for 1 elements of DT_FLOAT",
        ),
        (
            "dtype: DT_FLOAT tensor_shape { dim { size: -1 } }",
            "Const `c`: a constant has the shape [-1]",
        ),
        (
            "dtype: DT_FLOAT tensor_shape { unknown_rank: true }",
            "Const `c`: a constant has the shape [-1]",
        ),
        ("dtype: DT_VARIANT", "Const `c`: a constant of DT_VARIANT"),
        ("dtype: 99", "Const `c`: a constant of element type 99"),
        (
            "dtype: DT_FLOAT tensor_shape { dim { size: 4611686018427387904 } dim { size: 4 } }",
            "Const `c`: constant [4611686018427387904, 4] has more than 536870912 elements",
        ),
    ] {
        let error = tensor(text).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn names_are_one_of_each() {
    let text = "node { name: 'a' op: 'NoOp' } node { name: 'a' op: 'NoOp' }";
    let graph = Graph::from_text(text).unwrap();
    assert!(
        graph
            .names()
            .unwrap_err()
            .to_string()
            .contains("NoOp `a`: another node has the same name")
    );
    let graph = Graph::from_text("node { op: 'NoOp' }").unwrap();
    assert!(
        graph
            .names()
            .unwrap_err()
            .to_string()
            .contains("node 0: it has no name")
    );
}

#[test]
fn nodes_come_and_go_between_what_stands_beside_them() {
    let mut graph =
        Graph::from_text("versions { producer: 1 } node { name: 'a' } library { } node { name: 'b' }")
            .unwrap();
    graph.nodes.push(Node::new("c", "NoOp", &[]));
    graph.nodes.remove(0);
    graph.nodes.remove(0);
    let text = graph.to_text().unwrap();
    assert_eq!(
        text,
        "versions {\n  producer: 1\n}\nnode {\n  name: \"c\"\n  op: \"NoOp\"\n}\nlibrary {\n}\n"
    );
}
