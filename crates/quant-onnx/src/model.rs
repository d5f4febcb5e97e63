//! A model as data: its graph, and what stands beside it.

use quant_ir::{Bytes, Error, Problem, Result};
use quant_protobuf::limits::MAX_MESSAGE_BYTES;
use quant_protobuf::message::{Message, Value};
use quant_protobuf::{pbtxt, wire};

use crate::graph::Graph;
use crate::schema::MODEL_PROTO;

/// A model (`ModelProto`). What it is read from is what it is written as, until somebody changes it.
///
/// ```
/// use quant_onnx::{DataType, Dim, Model, Node, Tensor, TensorProto, ValueInfo};
///
/// let mut model = Model::new(10, &[("", 21)]);
/// let graph = &mut model.graph;
/// graph.set_name("g");
/// for (infos, name) in [(&mut graph.inputs, "x"), (&mut graph.outputs, "y")] {
///     infos.push(ValueInfo::tensor(name, DataType::FLOAT, &[Dim::Size(2)]));
/// }
/// graph.initializers.push(TensorProto::new("b", &Tensor::floats(&[2], &[0.5, -1.0])));
/// graph.nodes.push(Node::new("add", "Add", &["x", "b"], &["y"]));
///
/// let again = Model::from_bytes(model.to_bytes()?)?;
/// assert_eq!(again, model);
/// assert_eq!(again.graph.initializer("b").unwrap().tensor()?.to_floats(), Some(vec![0.5, -1.0]));
/// # Ok::<(), quant_ir::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The graph.
    pub graph: Graph,
    /// Everything else; its graph is empty.
    pub message: Message,
}

/// Operators of a domain, as they are at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSet {
    /// Whose; that of ONNX itself is empty.
    pub domain: String,
    /// The version.
    pub version: i64,
}

mod field {
    pub const IR_VERSION: u32 = 1;
    pub const PRODUCER: u32 = 2;
    pub const PRODUCER_VERSION: u32 = 3;
    pub const GRAPH: u32 = 7;
    pub const OPSETS: u32 = 8;
    pub const METADATA: u32 = 14;
    pub const FUNCTIONS: u32 = 25;
}

impl Model {
    /// A model without nodes.
    pub fn new(ir_version: i64, opsets: &[(&str, i64)]) -> Self {
        let mut model = Self::default();
        model.set_ir_version(ir_version);
        for (domain, version) in opsets {
            model.set_opset(domain, *version);
        }
        model
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Those of [`wire::read`]; `Missing`: a file without a graph.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self> {
        let hint = "export the model again; files over 2 GiB keep their tensors as external data";
        Self::from_message(wire::read(&bytes.into(), &MODEL_PROTO, hint)?)
    }

    /// Reads protobuf's text form (`.textproto`), as `onnx.save` writes it.
    ///
    /// # Errors
    /// Those of [`pbtxt::read`]; `Missing`: a text without a graph.
    pub fn from_text(text: &str) -> Result<Self> {
        Self::from_message(pbtxt::read(text, &MODEL_PROTO)?)
    }

    fn from_message(mut message: Message) -> Result<Self> {
        let graph = message
            .fields
            .iter_mut()
            .find(|found| found.number == field::GRAPH);
        let Some(Value::Message(graph)) = graph.map(|field| &mut field.value) else {
            let problem = Problem::Missing("it has no graph".into());
            return Err(Error::new("ModelProto", problem, "give an ONNX model"));
        };
        let graph = Graph::from_message(std::mem::take(graph));
        Ok(Self { graph, message })
    }

    /// Whether it takes more than one message may, so that its tensors have to stand beside it ([`Model::externalize`]).
    pub fn is_too_long(&self) -> bool {
        self.byte_length() > MAX_MESSAGE_BYTES
    }

    /// The bytes that it takes in one file.
    pub fn byte_length(&self) -> usize {
        wire::length(&self.to_message())
    }

    /// The file. Tensors that stand in other files still do.
    ///
    /// # Errors
    /// It takes 2 GiB or more: [`Model::externalize`] first.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        wire::write(&self.to_message())
    }

    /// The whole message.
    pub fn to_message(&self) -> Message {
        let mut message = self.message.clone();
        message.set(field::GRAPH, [Value::Message(self.graph.to_message())]);
        message
    }

    /// The version of the file format.
    pub fn ir_version(&self) -> i64 {
        self.message.int(field::IR_VERSION)
    }

    /// Sets the version of the file format.
    pub fn set_ir_version(&mut self, version: i64) {
        self.message.set(field::IR_VERSION, [Value::int(version)]);
    }

    /// The versions of the operators.
    pub fn opsets(&self) -> Vec<OperatorSet> {
        let opsets = self.message.messages(field::OPSETS);
        opsets.map(OperatorSet::of).collect()
    }

    /// The version of a domain's operators; that of ONNX itself is `""`.
    pub fn opset(&self, domain: &str) -> Option<i64> {
        let mut opsets = self.opsets().into_iter();
        opsets.find(|set| set.domain == domain).map(|set| set.version)
    }

    /// Sets the version of a domain's operators: where it stood, or behind the others.
    pub fn set_opset(&mut self, domain: &str, version: i64) {
        let mut sets: Vec<Value> = self.message.all(field::OPSETS).cloned().collect();
        let found = sets.iter_mut().find_map(|set| match set {
            Value::Message(set) if OperatorSet::of(set).domain == domain => Some(set),
            _ => None,
        });
        if let Some(set) = found {
            set.set(2, [Value::int(version)]);
        } else {
            let mut set = Message::default();
            set.push(1, Value::text(domain));
            set.push(2, Value::int(version));
            sets.push(Value::Message(set));
        }
        self.message.set(field::OPSETS, sets);
    }

    /// Says who made the file.
    pub fn set_producer(&mut self, name: &str, version: &str) {
        self.message.set(field::PRODUCER, [Value::text(name)]);
        self.message.set(field::PRODUCER_VERSION, [Value::text(version)]);
    }

    /// Who made the file, and which version of it.
    pub fn producer(&self) -> (&str, &str) {
        let text = |number| self.message.text(number);
        (text(field::PRODUCER), text(field::PRODUCER_VERSION))
    }

    /// Keys and texts that the file has for others.
    pub fn metadata(&self) -> Vec<(&str, &str)> {
        let entries = self.message.messages(field::METADATA);
        entries.map(|entry| (entry.text(1), entry.text(2))).collect()
    }

    /// Sets the text of a key: where it stood, or behind the others.
    pub fn set_metadata(&mut self, key: &str, text: &str) {
        let mut entries: Vec<Value> = self.message.all(field::METADATA).cloned().collect();
        let mut entry = Message::default();
        entry.push(1, Value::text(key));
        entry.push(2, Value::text(text));
        let old = entries
            .iter_mut()
            .find(|entry| matches!(entry, Value::Message(entry) if entry.text(1) == key));
        match old {
            Some(old) => *old = Value::Message(entry),
            None => entries.push(Value::Message(entry)),
        }
        self.message.set(field::METADATA, entries);
    }

    /// Its functions (`FunctionProto`), each as its message.
    pub fn functions(&self) -> impl Iterator<Item = &Message> {
        self.message.messages(field::FUNCTIONS)
    }
}

/// Models are equal when they are written as the same.
impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.to_message() == other.to_message()
    }
}

impl OperatorSet {
    pub(crate) fn of(message: &Message) -> Self {
        let domain = match message.text(1) {
            "ai.onnx" => "",
            domain => domain,
        };
        Self {
            domain: domain.to_owned(),
            version: message.int(2),
        }
    }
}
