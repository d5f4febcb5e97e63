//! Graphs for AMCT's flows as cases: a GraphDef in protobuf's text, its layers, and which tensors must have a golden.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::textproto::{self, Field, Value};

/// A graph in its folder of `recipes/`.
pub const FILE: &str = "graph.pbtxt";

/// A graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Its nodes, in their order.
    pub nodes: Vec<Node>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its operator.
    pub op: String,
    /// Its inputs, as they are written.
    pub inputs: Vec<String>,
    attributes: Vec<(String, Vec<Field>)>,
}

/// The operators that are quantized.
const LAYERS: [&str; 7] = [
    "Conv2D",
    "Conv3D",
    "DepthwiseConv2dNative",
    "Conv2DBackpropInput",
    "MatMul",
    "BatchMatMulV2",
    "AvgPool",
];

impl Graph {
    /// Reads a graph. Functions and versions are nobody's here.
    ///
    /// # Errors
    /// No protobuf text, or a node that is none, with line and column.
    pub fn read(text: &str) -> Result<Self, String> {
        let fields = textproto::parse(text).map_err(|error| error.to_string())?;
        let nodes = fields.iter().filter(|field| field.name == "node").map(Node::read);
        Ok(Self {
            nodes: nodes.collect::<Result<_, _>>()?,
        })
    }

    /// The node of a name, also with the number of its output.
    pub fn node(&self, name: &str) -> Option<&Node> {
        let name = name.strip_suffix(":0").unwrap_or(name);
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The node that makes an input, looked for through Identity.
    pub fn input(&self, node: &Node, input: usize) -> Option<&Node> {
        let mut found = self.node(node.inputs.get(input)?)?;
        // A chain that bites its tail has an end here, too.
        for _ in &self.nodes {
            if found.op != "Identity" {
                break;
            }
            found = self.node(found.inputs.first()?)?;
        }
        Some(found)
    }

    /// The node that alone reads a node's output.
    pub fn reader(&self, node: &Node) -> Option<&Node> {
        let reads = |other: &&Node| {
            let mut inputs = other.inputs.iter();
            inputs.any(|input| input.strip_suffix(":0").unwrap_or(input) == node.name)
        };
        let mut readers = self.nodes.iter().filter(reads);
        let first = readers.next()?;
        readers.next().is_none().then_some(first)
    }

    /// The layers, in their order.
    pub fn layers(&self) -> impl Iterator<Item = &Node> {
        self.nodes
            .iter()
            .filter(|node| LAYERS.contains(&node.op.as_str()))
    }

    /// The node that adds a layer's bias; that of its batch normalization, when it has one to fold.
    pub fn bias(&self, layer: &Node) -> Option<&Node> {
        let reader = self.reader(layer)?;
        match reader.op.as_str() {
            "BiasAdd" => Some(reader),
            _ if reader.is_normalization() && layer.folds() => Some(reader),
            _ => None,
        }
    }
}

impl Node {
    fn read(field: &Field) -> Result<Self, String> {
        let wrong = |field: &Field, what: &str| {
            let pos = field.pos;
            format!("{}:{}: {what}", pos.line, pos.column)
        };
        let Value::Message(fields) = &field.value else {
            return Err(wrong(field, "`node` is no message; write `node { … }`"));
        };
        let mut node = Self {
            name: String::new(),
            op: String::new(),
            inputs: Vec::new(),
            attributes: Vec::new(),
        };
        for field in fields {
            match (field.name.as_str(), &field.value) {
                ("name", Value::Text(text)) => node.name.clone_from(text),
                ("op", Value::Text(text)) => node.op.clone_from(text),
                ("input", Value::Text(text)) => node.inputs.push(text.clone()),
                ("attr", Value::Message(entry)) => {
                    let key = entry
                        .iter()
                        .find_map(|field| match (&field.value, field.name.as_str()) {
                            (Value::Text(text), "key") => Some(text.clone()),
                            _ => None,
                        });
                    let key = key.ok_or_else(|| wrong(field, "`attr` has no key"))?;
                    node.attributes.push((key, message(entry, "value").to_vec()));
                }
                ("device", _) => {}
                (other, _) => return Err(wrong(field, &format!("`{other}` is no field of a node here"))),
            }
        }
        if node.name.is_empty() || node.op.is_empty() {
            return Err(wrong(field, "a node needs name and op"));
        }
        Ok(node)
    }

    /// Whether it is a batch normalization as TensorFlow has it.
    pub fn is_normalization(&self) -> bool {
        self.op.starts_with("FusedBatchNorm")
    }

    /// Whether a batch normalization behind it is folded into its weights.
    pub fn folds(&self) -> bool {
        matches!(self.op.as_str(), "Conv2D" | "DepthwiseConv2dNative")
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&[Field]> {
        let found = self.attributes.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_slice())
    }

    /// A number of an attribute: its field `i` or `f`.
    pub fn number(&self, key: &str) -> Option<f64> {
        let value = self.attribute(key)?.first()?;
        match &value.value {
            Value::Word(word) => word.parse().ok(),
            _ => None,
        }
    }

    /// A text of an attribute.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.attribute(key)?.first()?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether an attribute is true.
    pub fn flag(&self, key: &str) -> bool {
        let value = self.attribute(key).and_then(<[Field]>::first);
        value.is_some_and(|field| matches!(&field.value, Value::Word(word) if word == "true"))
    }

    /// A list of numbers of an attribute.
    pub fn numbers(&self, key: &str) -> Vec<usize> {
        let list = message(self.attribute(key).unwrap_or_default(), "list");
        words(list, "i").collect()
    }

    /// The dimensions of an attribute `shape`.
    pub fn shape(&self) -> Vec<usize> {
        dimensions(message(self.attribute("shape").unwrap_or_default(), "shape"))
    }

    /// The dimensions and numbers of a constant: as many as its shape says, or one for all.
    pub fn constant(&self) -> Option<(Vec<usize>, Vec<f64>)> {
        let tensor = message(self.attribute("value").filter(|_| self.op == "Const")?, "tensor");
        let shape = dimensions(message(tensor, "tensor_shape"));
        let mut numbers: Vec<f64> = ["float_val", "int_val"]
            .iter()
            .flat_map(|name| words(tensor, name))
            .collect();
        let count = shape
            .iter()
            .try_fold(1usize, |count, size| count.checked_mul(*size))?;
        if let [one] = *numbers.as_slice() {
            if count > crate::limits::MAX_RECIPE_ELEMENTS {
                return None;
            }
            numbers = vec![one; count];
        }
        (numbers.len() == count).then_some((shape, numbers))
    }
}

fn message<'a>(fields: &'a [Field], name: &str) -> &'a [Field] {
    let found = fields.iter().find_map(|field| match &field.value {
        Value::Message(fields) if field.name == name => Some(fields.as_slice()),
        _ => None,
    });
    found.unwrap_or_default()
}

fn words<T: std::str::FromStr>(fields: &[Field], name: &str) -> impl Iterator<Item = T> {
    fields.iter().filter_map(move |field| match &field.value {
        Value::Word(word) if field.name == name => word.parse().ok(),
        _ => None,
    })
}

fn dimensions(shape: &[Field]) -> Vec<usize> {
    let sizes = shape.iter().filter_map(|dim| match &dim.value {
        Value::Message(fields) => words(fields, "size").next(),
        _ => None,
    });
    sizes.collect()
}

/// The tensors with a golden: of each layer its activation (`layer/input`), its weights (`layer`) and its bias (`layer/bias`),
/// those that it has.
///
/// # Errors
/// No graph, or one without layers.
pub fn tensors(text: &str) -> Result<Vec<String>, String> {
    let graph = Graph::read(text)?;
    let mut names = Vec::new();
    for layer in graph.layers() {
        names.push(format!("{}/input", layer.name));
        if layer.op != "AvgPool" {
            names.push(layer.name.clone());
            names.extend(graph.bias(layer).map(|_| format!("{}/bias", layer.name)));
        }
    }
    if names.is_empty() {
        return Err("1:1: no layer of the graph can be quantized".to_owned());
    }
    Ok(names)
}
