//! Element types of a graph's values, as far as its operators tell.

use std::collections::BTreeMap;

use crate::attribute::Attribute;
use crate::data_type::DataType;
use crate::graph::Graph;
use crate::model::Model;
use crate::node::Node;

type Types = BTreeMap<String, DataType>;

/// Types of all values of a model's graph whose types are known.
pub(super) fn of(model: &Model) -> Types {
    let mut types = Types::new();
    add(&model.graph, &mut types);
    types
}

fn add(graph: &Graph, types: &mut Types) {
    for tensor in &graph.initializers {
        types.insert(tensor.name().to_owned(), tensor.data_type());
    }
    let infos = graph
        .value_infos
        .iter()
        .chain(&graph.outputs)
        .chain(&graph.inputs);
    let said: Vec<(String, DataType)> = infos
        .filter_map(|info| Some((info.name().to_owned(), info.data_type()?)))
        .collect();
    types.extend(said);
    for node in &graph.nodes {
        let made = outputs(node, types);
        for (name, data_type) in node.outputs().into_iter().zip(made) {
            if let Some(data_type) = data_type
                && !name.is_empty()
                && !types.contains_key(name)
            {
                types.insert(name.to_owned(), data_type);
            }
        }
    }
}

/// Types of a node's outputs.
fn outputs(node: &Node, types: &Types) -> Vec<Option<DataType>> {
    let inputs = node.inputs();
    let input = |at: usize| inputs.get(at).and_then(|name| types.get(*name)).copied();
    let int = |name: &str| {
        node.int(name)
            .ok()
            .flatten()
            .and_then(|value| i32::try_from(value).ok())
    };
    let count = node.outputs().len();
    let first = |data_type: Option<DataType>| vec![data_type];
    if !node.domain().is_empty() {
        return Vec::new();
    }
    match node.op() {
        "Shape" | "Size" | "ArgMax" | "ArgMin" | "NonZero" | "NonMaxSuppression" => {
            first(Some(DataType::INT64))
        }
        "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or" | "Xor" | "Not"
        | "IsNaN" | "IsInf" => first(Some(DataType::BOOL)),
        "Cast" => first(int("to").map(DataType)),
        "CastLike" | "Where" | "DequantizeLinear" => first(input(1)),
        "OneHot" => first(input(2)),
        "RandomNormal" | "RandomUniform" => first(Some(int("dtype").map_or(DataType::FLOAT, DataType))),
        "EyeLike" | "RandomNormalLike" | "RandomUniformLike" | "Bernoulli" => {
            first(int("dtype").map(DataType).or(input(0)))
        }
        "Multinomial" => first(Some(int("dtype").map_or(DataType::INT32, DataType))),
        "Constant" => first(constant(node)),
        "ConstantOfShape" => {
            let value = node.tensor("value").ok().flatten();
            first(Some(value.map_or(DataType::FLOAT, |value| value.data_type())))
        }
        "TopK" | "MaxPool" => vec![input(0), Some(DataType::INT64)],
        "Dropout" => vec![input(0), Some(DataType::BOOL)],
        "Unique" => {
            let int = Some(DataType::INT64);
            vec![input(0), int, int, int]
        }
        "LayerNormalization" => vec![input(0), Some(DataType::FLOAT), Some(DataType::FLOAT)],
        "QuantizeLinear" => first(
            input(2)
                .or(int("output_dtype").map(DataType))
                .or(Some(DataType::UINT8)),
        ),
        "DynamicQuantizeLinear" => vec![
            Some(DataType::UINT8),
            Some(DataType::FLOAT),
            Some(DataType::UINT8),
        ],
        "ConvInteger" | "MatMulInteger" => first(Some(DataType::INT32)),
        "QLinearConv" | "QLinearMatMul" => first(input(7)),
        "SplitToSequence" | "SequenceAt" | "SequenceConstruct" | "SequenceEmpty" | "SequenceInsert"
        | "SequenceErase" | "SequenceMap" | "Optional" | "OptionalGetElement" | "StringNormalizer"
        | "TfIdfVectorizer" => Vec::new(),
        "If" => within(node, &["then_branch"], types, 0),
        "Loop" => within(node, &["body"], types, 1),
        "Scan" => within(node, &["body"], types, 0),
        _ => vec![input(0); count],
    }
}

fn constant(node: &Node) -> Option<DataType> {
    let (name, attribute) = node.attributes().next()?;
    match (name, attribute.ok()?) {
        (_, Attribute::Tensor(tensor)) => Some(tensor.data_type()),
        ("value_float" | "value_floats", _) => Some(DataType::FLOAT),
        ("value_int" | "value_ints", _) => Some(DataType::INT64),
        ("value_string" | "value_strings", _) => Some(DataType::STRING),
        _ => None,
    }
}

/// Types of the outputs of a subgraph, without the first few.
fn within(node: &Node, names: &[&str], types: &Types, skip: usize) -> Vec<Option<DataType>> {
    let graph = names.iter().find_map(|name| node.graph(name).ok().flatten());
    let Some(graph) = graph.map(Graph::from_message) else {
        return Vec::new();
    };
    let mut inner = types.clone();
    add(&graph, &mut inner);
    let outputs = graph.outputs.iter().skip(skip);
    outputs.map(|info| inner.get(info.name()).copied()).collect()
}
