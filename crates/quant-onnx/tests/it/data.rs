//! Models, nodes, attributes and tensors as data.

use quant_onnx::message::{Message, Value};
use quant_onnx::{Attribute, DataType, Dim, Elements, Model, Node, Tensor, TensorProto, ValueInfo};

fn small() -> Model {
    let mut model = Model::new(10, &[("", 21), ("com.microsoft", 1)]);
    let graph = &mut model.graph;
    graph.set_name("g");
    graph.inputs.push(ValueInfo::tensor(
        "x",
        DataType::FLOAT,
        &[Dim::Param("n".into()), Dim::Size(2), Dim::Open],
    ));
    graph.outputs.push(ValueInfo::tensor("y", DataType::FLOAT, &[]));
    let b = TensorProto::new("b", &Tensor::floats(&[2, 1], &[0.5, -1.0]));
    graph.initializers.push(b);
    graph.nodes.push(Node::new("add", "Add", &["x", "b", ""], &["y"]));
    model
}

#[test]
fn a_model_is_built_and_changed() {
    let mut model = small();
    model.set_metadata("a", "1");
    model.set_metadata("b", "2");
    model.set_metadata("a", "3");
    model.set_opset("com.microsoft", 2);
    model.set_producer("quant", "1");
    let again = Model::from_bytes(model.to_bytes().unwrap()).unwrap();
    assert_eq!(again.to_message(), model.to_message());
    assert_eq!(again.metadata(), [("a", "3"), ("b", "2")]);
    assert_eq!(
        (again.opset(""), again.opset("com.microsoft"), again.opset("x")),
        (Some(21), Some(2), None)
    );
    assert_eq!(
        (again.ir_version(), again.producer(), again.graph.name()),
        (10, ("quant", "1"), "g")
    );
    let node = &again.graph.nodes[0];
    assert_eq!((node.inputs(), node.outputs()), (vec!["x", "b", ""], vec!["y"]));
    let x = &again.graph.inputs[0];
    assert_eq!(
        x.dims().unwrap(),
        [Dim::Param("n".into()), Dim::Size(2), Dim::Open]
    );
    assert_eq!((x.name(), x.data_type()), ("x", Some(DataType::FLOAT)));
}

#[test]
fn attributes_are_set_read_and_dropped() {
    let mut inner = Message::default();
    inner.push(2, Value::text("inner"));
    let all = [
        ("f", Attribute::Float(-0.0)),
        ("i", Attribute::Int(-7)),
        ("s", Attribute::text("SAME_UPPER")),
        (
            "t",
            Attribute::Tensor(TensorProto::new("", &Tensor::ints(&[1], &[5]))),
        ),
        ("g", Attribute::Graph(inner.clone())),
        ("floats", Attribute::Floats(vec![0.5, 1.5])),
        ("ints", Attribute::Ints(vec![1, -2, 300])),
        ("strings", Attribute::Strings(vec![b"a".to_vec(), vec![]])),
        ("tensors", Attribute::Tensors(vec![])),
        ("graphs", Attribute::Graphs(vec![inner])),
        ("ref", Attribute::Reference("alpha".to_owned())),
    ];
    let mut node = Node::new("n", "Op", &[], &["y"]);
    for (name, value) in &all {
        node.set(name, &Attribute::Int(1));
        node.set(name, value);
    }
    let mut model = small();
    model.graph.nodes.push(node);
    let read = Model::from_bytes(model.to_bytes().unwrap()).unwrap();
    let mut node = read.graph.nodes[1].clone();
    assert!(
        node.attributes()
            .map(|(name, _)| name)
            .eq(all.iter().map(|(name, _)| *name))
    );
    for (name, value) in &all {
        assert_eq!(node.get(name).unwrap().as_ref(), Some(value));
    }
    let error = node.int("s").unwrap_err().to_string();
    assert_eq!(
        error,
        "Op `n`: attribute `s` is not an integer; export the model again"
    );
    node.remove("s");
    node.set_op("Other");
    node.set_domain("com.microsoft");
    assert_eq!(
        (node.text("s").unwrap(), node.op(), node.domain()),
        (None, "Other", "com.microsoft")
    );
}

/// A tensor whose elements stand in field `number`, as varints.
fn one_by_one(data_type: DataType, dims: &[i64], number: u32, values: &[i64]) -> TensorProto {
    let mut message = Message::default();
    dims.iter().for_each(|size| message.push(1, Value::int(*size)));
    message.push(2, Value::int(data_type.0.into()));
    values
        .iter()
        .for_each(|value| message.push(number, Value::int(*value)));
    TensorProto(message)
}

#[test]
fn tensors_in_all_encodings() {
    let ints = |data_type, number, values: &[i64]| {
        let count = values.len() as i64;
        one_by_one(data_type, &[count], number, values)
            .tensor()
            .unwrap()
            .to_ints()
            .unwrap()
    };
    assert_eq!(ints(DataType::INT8, 5, &[-1, -128, 127]), [-1, -128, 127]);
    assert_eq!(ints(DataType::UINT8, 5, &[255]), [255]);
    assert_eq!(ints(DataType::INT16, 5, &[-300]), [-300]);
    assert_eq!(ints(DataType::UINT16, 5, &[65535]), [65535]);
    assert_eq!(ints(DataType::INT32, 5, &[-5]), [-5]);
    assert_eq!(ints(DataType::INT64, 7, &[-9_000_000_000]), [-9_000_000_000]);
    assert_eq!(ints(DataType::UINT32, 11, &[4_294_967_295]), [4_294_967_295]);
    assert_eq!(ints(DataType::UINT64, 11, &[7]), [7]);
    assert_eq!(ints(DataType::BOOL, 5, &[1, 0]), [1, 0]);
    let half = one_by_one(DataType::FLOAT16, &[2], 5, &[15360, 0xc000]);
    assert_eq!(half.tensor().unwrap().to_floats().unwrap(), [1.0, -2.0]);
    let four = Tensor::numbers(DataType::INT4, &[3], vec![0xf1, 0x08]);
    assert_eq!(
        TensorProto::new("w", &four).tensor().unwrap().to_ints().unwrap(),
        [1, -1, -8]
    );
    let packed = one_by_one(DataType::UINT4, &[3], 5, &[0xf1, 0x08]);
    assert_eq!(packed.tensor().unwrap().to_ints().unwrap(), [1, 15, 8]);
    let mut strings = Message::default();
    strings.push(1, Value::int(1));
    strings.push(2, Value::int(8));
    strings.push(6, Value::text("a"));
    let strings = TensorProto(strings).tensor().unwrap();
    assert_eq!(strings.elements, Elements::Strings(vec![b"a".to_vec()]));
}

#[test]
fn tensors_that_cannot_be_are_refused() {
    for (tensor, expected) in [
        (
            one_by_one(DataType::INT8, &[2], 5, &[1]),
            "1 bytes of elements where 2 of INT8 take 2",
        ),
        (
            one_by_one(DataType::INT8, &[-1], 5, &[1]),
            "it has the shape [-1]",
        ),
        (
            one_by_one(DataType(99), &[1], 5, &[1]),
            "a constant of element type 99",
        ),
        (
            one_by_one(DataType::INT8, &[1 << 62, 4], 5, &[]),
            "has more than 536870912 elements",
        ),
        (
            one_by_one(DataType::STRING, &[2], 5, &[]),
            "0 strings where its shape has 2",
        ),
    ] {
        let error = tensor.tensor().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn elements_in_other_files() {
    let mut model = small();
    let whole = model.clone();
    let pieces = model.externalize("w.bin", 1);
    assert_eq!(pieces.len(), 1);
    let mut read = Model::from_bytes(model.to_bytes().unwrap()).unwrap();
    assert!(read.external_files().unwrap().iter().eq(["w.bin"]));
    let error = read.graph.initializers[0].tensor().unwrap_err().to_string();
    assert!(
        error.contains("its elements stand in `w.bin`, which was not read"),
        "{error}"
    );
    let mut short = read.clone();
    let files = [("w.bin".to_owned(), vec![0; 7].into())].into();
    let error = short.attach(&files).unwrap_err().to_string();
    assert!(
        error.contains("`w.bin` has 7 bytes, and 8 bytes from 0 are wanted"),
        "{error}"
    );
    read.attach(&[("w.bin".to_owned(), pieces[0].1.clone())].into())
        .unwrap();
    assert_eq!(
        read.graph,
        Model::from_bytes(whole.to_bytes().unwrap()).unwrap().graph
    );
    for location in ["", "/etc/passwd", "../w.bin", "a/../../w.bin", "..\\w", "c:\\w"] {
        let mut model = small();
        model.externalize(location, 1);
        let error = model.external_files().unwrap_err().to_string();
        assert!(error.contains("must stand in the folder of the model"), "{error}");
    }
}

/// Fields of a graph come in another order than their numbers, some of them unknown; new ones stand behind their kind.
#[test]
fn the_order_of_a_file_is_kept() {
    let text = |number: u32, text: &str| {
        let mut message = Message::default();
        message.push(number, Value::text(text));
        Value::Message(message)
    };
    let mut graph = Message::default();
    graph.push(11, text(1, "x"));
    graph.push(1, text(3, "a"));
    graph.push(99, Value::int(5));
    graph.push(1, text(3, "b"));
    graph.push(2, Value::text("g"));
    let mut message = Message::default();
    message.push(7, Value::Message(graph));
    message.push(1, Value::int(8));
    message.push(1000, Value::text("kept"));
    let bytes = quant_protobuf::wire::write(&message).unwrap();
    let mut model = Model::from_bytes(bytes.clone()).unwrap();
    assert_eq!(model.to_bytes().unwrap(), bytes);
    model.graph.nodes.push(Node::new("c", "Relu", &["x"], &["y"]));
    model.graph.nodes.remove(0);
    model
        .graph
        .initializers
        .push(TensorProto::new("w", &Tensor::ints(&[], &[1])));
    let numbers: Vec<u32> = model
        .graph
        .to_message()
        .fields
        .iter()
        .map(|field| field.number)
        .collect();
    assert_eq!(numbers, [5, 11, 1, 99, 1, 2]);
}
