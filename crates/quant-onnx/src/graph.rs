//! A graph as data: nodes, initializers, and what goes in and comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::vec::IntoIter;

use quant_protobuf::message::{Field, Message, Value};

use crate::node::Node;
use crate::tensor::TensorProto;
use crate::value_info::ValueInfo;

/// A graph (`GraphProto`). What it is read from is what it is written as, until somebody changes it.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The nodes, each behind those that make what it reads.
    pub nodes: Vec<Node>,
    /// Constants that nodes read by their names.
    pub initializers: Vec<TensorProto>,
    /// Inputs; in old files (IR version 3 and before) initializers are among them.
    pub inputs: Vec<ValueInfo>,
    /// Outputs.
    pub outputs: Vec<ValueInfo>,
    /// What the file says of other values.
    pub value_infos: Vec<ValueInfo>,
    /// Name, text, sparse initializers, annotations and what is not known.
    others: Vec<Field>,
    /// The order of the file: numbers of fields, and how many of each follow each other.
    order: Vec<(u32, usize)>,
}

mod field {
    pub const NODE: u32 = 1;
    pub const NAME: u32 = 2;
    pub const INITIALIZER: u32 = 5;
    pub const INPUT: u32 = 11;
    pub const OUTPUT: u32 = 12;
    pub const VALUE_INFO: u32 = 13;
    pub const SPARSE: u32 = 15;
}

impl Graph {
    /// The graph of a message.
    pub fn from_message(message: Message) -> Self {
        let mut graph = Self::default();
        for Field { number, value } in message.fields {
            match graph.order.last_mut() {
                Some((last, count)) if *last == number => *count = count.saturating_add(1),
                _ => graph.order.push((number, 1)),
            }
            match (number, value) {
                (field::NODE, Value::Message(node)) => graph.nodes.push(Node(node)),
                (field::INITIALIZER, Value::Message(tensor)) => graph.initializers.push(TensorProto(tensor)),
                (field::INPUT, Value::Message(info)) => graph.inputs.push(ValueInfo(info)),
                (field::OUTPUT, Value::Message(info)) => graph.outputs.push(ValueInfo(info)),
                (field::VALUE_INFO, Value::Message(info)) => graph.value_infos.push(ValueInfo(info)),
                (number, value) => graph.others.push(Field { number, value }),
            }
        }
        graph
    }

    /// As its message: in the order of the file that it was read from; what is new stands behind what was there of its kind,
    /// and kinds that are new in the order of their numbers.
    pub fn to_message(&self) -> Message {
        let mut others: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
        for field in &self.others {
            others.entry(field.number).or_default().push(field.value.clone());
        }
        let mut of = |number: u32| -> Vec<Value> {
            match number {
                field::NODE => self.nodes.iter().map(|x| Value::Message(x.0.clone())).collect(),
                field::INITIALIZER => {
                    let all = self.initializers.iter();
                    all.map(|x| Value::Message(x.0.clone())).collect()
                }
                field::INPUT => infos(&self.inputs),
                field::OUTPUT => infos(&self.outputs),
                field::VALUE_INFO => infos(&self.value_infos),
                _ => others.remove(&number).unwrap_or_default(),
            }
        };
        let mut order = self.order.clone();
        let known: BTreeSet<u32> = order.iter().map(|(number, _)| *number).collect();
        let mut new: BTreeSet<u32> = self.others.iter().map(|field| field.number).collect();
        new.extend([
            field::NODE,
            field::INITIALIZER,
            field::INPUT,
            field::OUTPUT,
            field::VALUE_INFO,
        ]);
        for number in new.difference(&known) {
            let at = order.iter().position(|(known, _)| known > number);
            order.insert(at.unwrap_or(order.len()), (*number, 0));
        }
        let mut left: BTreeMap<u32, IntoIter<Value>> = BTreeMap::new();
        let mut last: BTreeMap<u32, usize> = BTreeMap::new();
        for (at, (number, _)) in order.iter().enumerate() {
            left.entry(*number).or_insert_with(|| of(*number).into_iter());
            last.insert(*number, at);
        }
        let mut message = Message::default();
        for (at, (number, count)) in order.iter().enumerate() {
            let rest = last.get(number) == Some(&at);
            let count = if rest { usize::MAX } else { *count };
            for value in left.get_mut(number).into_iter().flatten().take(count) {
                message.push(*number, value);
            }
        }
        message
    }

    /// Its name.
    pub fn name(&self) -> &str {
        let mut fields = self.others.iter();
        match fields
            .find(|field| field.number == field::NAME)
            .map(|field| &field.value)
        {
            Some(Value::Bytes(name)) => std::str::from_utf8(name).unwrap_or_default(),
            _ => "",
        }
    }

    /// Gives it a name, which a graph must have.
    pub fn set_name(&mut self, name: &str) {
        self.others.retain(|field| field.number != field::NAME);
        self.others.push(Field {
            number: field::NAME,
            value: Value::text(name),
        });
    }

    /// The initializer of a name.
    pub fn initializer(&self, name: &str) -> Option<&TensorProto> {
        self.initializers.iter().find(|tensor| tensor.name() == name)
    }

    /// The same, to be changed.
    pub fn initializer_mut(&mut self, name: &str) -> Option<&mut TensorProto> {
        self.initializers.iter_mut().find(|tensor| tensor.name() == name)
    }

    /// Whether it has sparse initializers.
    pub fn has_sparse(&self) -> bool {
        self.others.iter().any(|field| field.number == field::SPARSE)
    }
}

/// Graphs are equal when they are written as the same.
impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.to_message() == other.to_message()
    }
}

fn infos(infos: &[ValueInfo]) -> Vec<Value> {
    infos.iter().map(|x| Value::Message(x.0.clone())).collect()
}
