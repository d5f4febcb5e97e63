//! Nodes of a graph, and what they read and make.

use quant_ir::{Place, Result};
use quant_protobuf::message::{Message, Value};
use quant_protobuf::typed_attributes;

use crate::attribute::{Attribute, field as attribute};
use crate::tensor::TensorProto;

/// A node: a view of its message, which keeps what is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node(pub Message);

mod field {
    pub const INPUT: u32 = 1;
    pub const OUTPUT: u32 = 2;
    pub const NAME: u32 = 3;
    pub const OP: u32 = 4;
    pub const ATTRIBUTE: u32 = 5;
    pub const DOMAIN: u32 = 7;
}

impl Node {
    /// A node that reads `inputs` and makes `outputs`; one that is absent is `""`.
    pub fn new(name: &str, op: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        let mut node = Self::default();
        node.set_inputs(inputs);
        node.set_outputs(outputs);
        if !name.is_empty() {
            node.set_name(name);
        }
        node.set_op(op);
        node
    }

    /// Its name, which may be empty.
    pub fn name(&self) -> &str {
        self.0.text(field::NAME)
    }

    /// Gives it another name.
    pub fn set_name(&mut self, name: &str) {
        self.0.set(field::NAME, [Value::text(name)]);
    }

    /// What it computes (`Conv`).
    pub fn op(&self) -> &str {
        self.0.text(field::OP)
    }

    /// Makes it compute something else.
    pub fn set_op(&mut self, op: &str) {
        self.0.set(field::OP, [Value::text(op)]);
    }

    /// Whose operator it is; that of ONNX itself is empty, also where a file writes `ai.onnx`.
    pub fn domain(&self) -> &str {
        match self.0.text(field::DOMAIN) {
            "ai.onnx" => "",
            domain => domain,
        }
    }

    /// Makes it an operator of another domain.
    pub fn set_domain(&mut self, domain: &str) {
        let domain = (!domain.is_empty()).then(|| Value::text(domain));
        self.0.set(field::DOMAIN, domain);
    }

    /// What it reads; `""` is absent.
    pub fn inputs(&self) -> Vec<&str> {
        self.0.texts(field::INPUT).collect()
    }

    /// What it makes; `""` is absent.
    pub fn outputs(&self) -> Vec<&str> {
        self.0.texts(field::OUTPUT).collect()
    }

    /// Makes it read these.
    pub fn set_inputs<S: AsRef<str>>(&mut self, inputs: &[S]) {
        let inputs = inputs.iter().map(|input| Value::text(input.as_ref()));
        self.0.set(field::INPUT, inputs);
    }

    /// Gives its outputs these names.
    pub fn set_outputs<S: AsRef<str>>(&mut self, outputs: &[S]) {
        let outputs = outputs.iter().map(|output| Value::text(output.as_ref()));
        self.0.set(field::OUTPUT, outputs);
    }

    /// Its attributes with their names, in the order of the file.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Result<Attribute>)> {
        let messages = self.0.messages(field::ATTRIBUTE);
        messages.map(|message| {
            (
                message.text(attribute::NAME),
                Attribute::from_message(message).map_err(|error| error.within(self.place())),
            )
        })
    }

    /// An attribute.
    ///
    /// # Errors
    /// Those of [`Attribute::from_message`].
    pub fn get(&self, name: &str) -> Result<Option<Attribute>> {
        let found = self.attributes().find(|(found, _)| *found == name);
        found.map(|(_, attribute)| attribute).transpose()
    }

    /// Sets an attribute: where it stood, or behind the others.
    pub fn set(&mut self, name: &str, to: &Attribute) {
        let value = Value::Message(to.to_message(name));
        let old = self.0.fields.iter_mut().find(|entry| {
            entry.number == field::ATTRIBUTE
                && matches!(&entry.value, Value::Message(message) if message.text(attribute::NAME) == name)
        });
        if let Some(entry) = old {
            entry.value = value;
            return;
        }
        let mut entries: Vec<Value> = self.0.all(field::ATTRIBUTE).cloned().collect();
        entries.push(value);
        self.0.set(field::ATTRIBUTE, entries);
    }

    /// Drops an attribute.
    pub fn remove(&mut self, name: &str) {
        self.0.fields.retain(|entry| match &entry.value {
            Value::Message(message) => {
                entry.number != field::ATTRIBUTE || message.text(attribute::NAME) != name
            }
            _ => true,
        });
    }

    /// The node as errors name it: ``Conv `name` ``; one without a name by its first output.
    pub fn place(&self) -> Place {
        let name = match self.name() {
            "" => self.0.texts(field::OUTPUT).find(|output| !output.is_empty()),
            name => Some(name),
        };
        let domain = match self.domain() {
            "" => String::new(),
            domain => format!("{domain}."),
        };
        format!("{domain}{} `{}`", self.op(), name.unwrap_or_default()).into()
    }
}

typed_attributes! { Node, "export the model again";
    /// An attribute that is an integer.
    int: i64, "an integer" = Attribute::Int(value) => Some(value);
    /// An attribute that is a float.
    float: f32, "a float" = Attribute::Float(value) => Some(value);
    /// An attribute that is a text.
    text: String, "a text" = Attribute::Bytes(bytes) => String::from_utf8(bytes).ok();
    /// An attribute that is integers.
    ints: Vec<i64>, "integers" = Attribute::Ints(values) => Some(values);
    /// An attribute that is floats.
    floats: Vec<f32>, "floats" = Attribute::Floats(values) => Some(values);
    /// An attribute that is texts.
    texts: Vec<String>, "texts" = Attribute::Strings(texts) => {
        let texts = texts.into_iter().map(|text| String::from_utf8(text).ok());
        texts.collect::<Option<Vec<String>>>()
    };
    /// An attribute that is a constant.
    tensor: TensorProto, "a tensor" = Attribute::Tensor(tensor) => Some(tensor);
    /// An attribute that is a graph, as its message.
    graph: Message, "a graph" = Attribute::Graph(graph) => Some(graph);
}
