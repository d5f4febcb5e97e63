//! A model as the reference writes it: nodes as lists, tensors as type, sizes and values.

use std::collections::BTreeMap;

use quant_onnx::{Attribute, DataType, Graph, Model, Node, Tensor, TensorProto};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Values of a tensor that are written out; of more, their digest is.
const MOST: usize = 2048;

/// The nodes of a graph.
pub fn nodes(graph: &Graph) -> Value {
    Value::Array(graph.nodes.iter().map(node).collect())
}

fn node(node: &Node) -> Value {
    let attributes: Map<String, Value> = node
        .attributes()
        .map(|(name, value)| (name.to_owned(), attribute(&value.unwrap())))
        .collect();
    json!([
        node.op(),
        node.domain(),
        node.name(),
        node.inputs(),
        node.outputs(),
        attributes
    ])
}

fn attribute(value: &Attribute) -> Value {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
    match value {
        Attribute::Float(x) => number(*x),
        Attribute::Int(x) => json!(x),
        Attribute::Bytes(bytes) => text(bytes),
        Attribute::Tensor(tensor) => array(tensor),
        Attribute::Graph(graph) => {
            let graph = Graph::from_message(graph.clone());
            let names = |infos: &[quant_onnx::ValueInfo]| -> Vec<String> {
                infos.iter().map(|info| info.name().to_owned()).collect()
            };
            let tensors: Map<String, Value> = graph
                .initializers
                .iter()
                .map(|tensor| (tensor.name().to_owned(), array(tensor)))
                .collect();
            json!({"graph": {"nodes": nodes(&graph), "initializers": tensors,
                "inputs": names(&graph.inputs), "outputs": names(&graph.outputs)}})
        }
        Attribute::Floats(all) => all.iter().map(|x| number(*x)).collect(),
        Attribute::Ints(all) => json!(all),
        Attribute::Strings(all) => all.iter().map(|one| text(one)).collect(),
        other => json!(format!("{other:?}")),
    }
}

/// Numbers are compared as f32 of f64: the reference has the shortest decimal.
fn number(x: f32) -> Value {
    let shortest: f64 = x.to_string().parse().unwrap();
    json!(shortest)
}

/// A tensor.
pub fn array(proto: &TensorProto) -> Value {
    let tensor = proto.tensor().unwrap();
    let names = BTreeMap::from([
        (1, "float32"),
        (2, "uint8"),
        (3, "int8"),
        (4, "uint16"),
        (5, "int16"),
        (6, "int32"),
        (7, "int64"),
        (9, "bool"),
        (10, "float16"),
        (11, "float64"),
        (21, "uint4"),
        (22, "int4"),
    ]);
    let name = names.get(&tensor.data_type.0).copied().unwrap_or("?");
    let mut entry = json!({"t": name, "d": tensor.shape});
    if tensor.count() > MOST {
        entry["sha256"] = json!(digest(&tensor));
    } else {
        entry["v"] = values(&tensor);
    }
    entry
}

/// 4-bit integers are digested as a byte each.
fn digest(tensor: &Tensor) -> String {
    let bytes = match tensor.data_type {
        DataType::INT4 | DataType::UINT4 => tensor.to_ints().unwrap().into_iter().map(|q| q as u8).collect(),
        _ => tensor.bytes().to_vec(),
    };
    format!("{:x}", Sha256::digest(bytes))
}

fn values(tensor: &Tensor) -> Value {
    match (tensor.to_floats(), tensor.to_ints()) {
        (Some(floats), _) => floats.into_iter().map(number).collect(),
        (_, Some(ints)) if tensor.data_type == DataType::BOOL => ints.into_iter().map(|x| x != 0).collect(),
        (_, Some(ints)) => json!(ints),
        _ => Value::Null,
    }
}

/// What is equal but for the way it is written: numbers become f32, `"@key"` its array.
pub fn plain(value: &Value, arrays: &Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(key) => plain(&arrays[key], arrays),
            None => value.clone(),
        },
        Value::Number(x) if x.is_f64() => number(x.as_f64().unwrap() as f32),
        Value::Array(all) => all.iter().map(|one| plain(one, arrays)).collect(),
        Value::Object(all) if all.get("t") == Some(&json!("float16")) => {
            let mut all = all.clone();
            let halves = all["v"].as_array().unwrap().iter();
            let halves = halves.map(|x| number(half::f16::from_f64(x.as_f64().unwrap()).to_f32()));
            all["v"] = halves.collect();
            Value::Object(all)
        }
        Value::Object(all) => {
            let all = all.iter().map(|(name, one)| (name.clone(), plain(one, arrays)));
            Value::Object(all.collect())
        }
        _ => value.clone(),
    }
}

/// Initializers that are new or changed, and names of those that are gone.
pub fn changes(before: &Model, after: &Model) -> (Map<String, Value>, Vec<String>) {
    let old: BTreeMap<&str, &TensorProto> = named(before);
    let new = named(after);
    let changed = new.iter().filter(|(name, tensor)| {
        old.get(*name)
            .is_none_or(|old| old.tensor().unwrap() != tensor.tensor().unwrap())
    });
    let changed = changed.map(|(name, tensor)| ((*name).to_owned(), array(tensor)));
    let removed = old.keys().filter(|name| !new.contains_key(*name));
    (
        changed.collect(),
        removed.map(|name| (*name).to_owned()).collect(),
    )
}

fn named(model: &Model) -> BTreeMap<&str, &TensorProto> {
    let all = model.graph.initializers.iter();
    all.map(|tensor| (tensor.name(), tensor)).collect()
}
