//! Nodes of a graph (`node_def.proto`), and what they read.

use std::fmt;

use quant_ir::{Error, Place, Problem, Result};

use crate::attribute::{Attribute, List};
use crate::data_type::DataType;
use crate::message::{Message, Value};
use crate::tensor::Tensor;
use quant_protobuf::typed_attributes;

/// A node: a view of its message, which keeps what is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node(pub Message);

/// What a node reads: an output of another node, or its end alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input<'a> {
    /// The name of the other node.
    pub node: &'a str,
    /// Which of its outputs; `None`: only that it has run (`^node`).
    pub output: Option<usize>,
}

mod field {
    pub const NAME: u32 = 1;
    pub const OP: u32 = 2;
    pub const INPUT: u32 = 3;
    pub const DEVICE: u32 = 4;
    pub const ATTRIBUTE: u32 = 5;
    pub const KEY: u32 = 1;
    pub const VALUE: u32 = 2;
}

impl<'a> Input<'a> {
    /// An input as a node names it: `name`, `name:1`, `^name`.
    ///
    /// # Errors
    /// `Parse`: it is none of these.
    pub fn parse(text: &'a str) -> Result<Self> {
        let input = match (text.strip_prefix('^'), text.rsplit_once(':')) {
            (Some(node), _) => Some(Self { node, output: None }),
            (None, None) => Some(Self {
                node: text,
                output: Some(0),
            }),
            (None, Some((node, output))) => {
                let digits = output.bytes().all(|byte| byte.is_ascii_digit());
                let output = output.parse().ok().filter(|_| digits && !node.contains(':'));
                output.map(|output| Self {
                    node,
                    output: Some(output),
                })
            }
        };
        input.filter(|input| !input.node.is_empty()).ok_or_else(|| {
            let what = format!("`{text}` names no output of a node");
            Error::new("", Problem::Parse(what), "write `name`, `name:1` or `^name`")
        })
    }
}

/// As a node names it; output 0 goes without number.
impl fmt::Display for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.output {
            None => write!(f, "^{}", self.node),
            Some(0) => f.write_str(self.node),
            Some(output) => write!(f, "{}:{output}", self.node),
        }
    }
}

impl Node {
    /// A node that reads `inputs`.
    pub fn new(name: &str, op: &str, inputs: &[&str]) -> Self {
        let mut node = Self::default();
        node.0.push(field::NAME, Value::text(name));
        node.0.push(field::OP, Value::text(op));
        node.set_inputs(inputs.iter().copied());
        node
    }

    /// A constant.
    pub fn constant(name: &str, tensor: Tensor) -> Self {
        let mut node = Self::new(name, "Const", &[]);
        node.set("dtype", &Attribute::Type(tensor.data_type));
        node.set("value", &Attribute::Tensor(tensor));
        node
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.text(field::NAME)
    }

    /// Gives it another name; those who read it are not changed.
    pub fn set_name(&mut self, name: &str) {
        self.0.set(field::NAME, [Value::text(name)]);
    }

    /// What it computes (`Conv2D`).
    pub fn op(&self) -> &str {
        self.0.text(field::OP)
    }

    /// Makes it compute something else.
    pub fn set_op(&mut self, op: &str) {
        self.0.set(field::OP, [Value::text(op)]);
    }

    /// Where it is to run; mostly empty.
    pub fn device(&self) -> &str {
        self.0.text(field::DEVICE)
    }

    /// What it reads, as it names them.
    pub fn input_names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.texts(field::INPUT)
    }

    /// What it reads.
    ///
    /// # Errors
    /// `Parse`: a text that names no output of a node.
    pub fn inputs(&self) -> Result<Vec<Input<'_>>> {
        let inputs = self.input_names().map(Input::parse).collect::<Result<_>>();
        inputs.map_err(|error| error.within(self.place()))
    }

    /// Makes it read these.
    pub fn set_inputs<S: AsRef<str>>(&mut self, inputs: impl IntoIterator<Item = S>) {
        let inputs = inputs.into_iter().map(|input| Value::text(input.as_ref()));
        self.0.set(field::INPUT, inputs);
    }

    /// The names of its attributes, in the order of the file.
    pub fn attribute_names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0
            .messages(field::ATTRIBUTE)
            .map(|entry| entry.text(field::KEY))
    }

    /// The message of an attribute.
    fn attribute_message(&self, name: &str) -> Option<&Message> {
        let mut entries = self.0.messages(field::ATTRIBUTE).rev();
        entries
            .find(|entry| entry.text(field::KEY) == name)?
            .message(field::VALUE)
    }

    /// An attribute.
    ///
    /// # Errors
    /// A tensor that cannot be read.
    pub fn get(&self, name: &str) -> Result<Option<Attribute>> {
        let message = self.attribute_message(name);
        let attribute = message.map(Attribute::from_message).transpose();
        attribute
            .map(Option::flatten)
            .map_err(|error| error.within(self.place()))
    }

    /// Sets an attribute: where it stood, or behind the others.
    pub fn set(&mut self, name: &str, attribute: &Attribute) {
        let value = Value::Message(attribute.to_message());
        let old = self
            .0
            .fields
            .iter_mut()
            .rev()
            .find_map(|entry| match &mut entry.value {
                Value::Message(message)
                    if entry.number == field::ATTRIBUTE && message.text(field::KEY) == name =>
                {
                    Some(message)
                }
                _ => None,
            });
        if let Some(entry) = old {
            entry.set(field::VALUE, [value]);
            return;
        }
        let mut entry = Message::default();
        entry.push(field::KEY, Value::text(name));
        entry.push(field::VALUE, value);
        let mut entries: Vec<Value> = self.0.all(field::ATTRIBUTE).cloned().collect();
        entries.push(Value::Message(entry));
        self.0.set(field::ATTRIBUTE, entries);
    }

    /// Drops an attribute.
    pub fn remove(&mut self, name: &str) {
        self.0.fields.retain(|entry| match &entry.value {
            Value::Message(message) => entry.number != field::ATTRIBUTE || message.text(field::KEY) != name,
            _ => true,
        });
    }

    /// The node as errors name it: ``Conv2D `name` ``.
    pub fn place(&self) -> Place {
        format!("{} `{}`", self.op(), self.name()).into()
    }
}

typed_attributes! { Node, "freeze the graph again";
    /// An attribute that is an integer.
    int: i64, "an integer" = Attribute::Int(value) => Some(value);
    /// An attribute that is a float.
    float: f32, "a float" = Attribute::Float(value) => Some(value);
    /// An attribute that is a bool.
    bool: bool, "a bool" = Attribute::Bool(value) => Some(value);
    /// An attribute that is a text.
    text: String, "a text" = Attribute::Bytes(bytes) => String::from_utf8(bytes).ok();
    /// An attribute that is an element type.
    data_type: DataType, "a type" = Attribute::Type(value) => Some(value);
    /// An attribute that is a list.
    list: List, "a list" = Attribute::List(list) => Some(list);
    /// An attribute that is a constant, such as `value` of `Const`.
    tensor: Tensor, "a tensor" = Attribute::Tensor(tensor) => Some(tensor);
}
