//! Profiling data: which operators of the first model each operator of this one comes from.
//!
//! Circle models carry it as two buffers that metadata name (layout of ONE's `luci` exporter, all numbers u32
//! little-endian):
//! `ONE_source_table` is a count, then for each source its number, the length of its name with the final zero, and the
//! name; `ONE_op_table` is a count, then for each operator its index, the count of its sources, and their numbers.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::ir::{Buffer, BufferId, Metadata, Model};

const SOURCES: &str = "ONE_source_table";
const OPERATORS: &str = "ONE_op_table";

/// The sources of each operator of the main graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Names of sources, by number.
    sources: BTreeMap<u32, String>,
    /// Numbers of sources, by the name of an operator's first output.
    operators: BTreeMap<String, BTreeSet<u32>>,
}

impl Profile {
    /// What a model says of itself: its tables, or, where it has none, each operator is a source with its own index
    /// and the name of its first output. To be taken before a stage changes the operators.
    ///
    /// # Errors
    /// Tables that are cut short, or name a source or an operator twice.
    pub fn of(model: &Model) -> Result<Self> {
        let graph = model.main();
        let name = |index: usize| {
            let output = graph.operators.get(index)?.outputs.first()?;
            Some(graph.tensor(*output).name.clone())
        };
        let itself = |index: usize| BTreeSet::from([index as u32]);
        let sources = table(model, SOURCES, decode_sources)?;
        let listed = table(model, OPERATORS, decode_operators)?;
        let mut operators = BTreeMap::new();
        let mut own = BTreeMap::new();
        for index in 0..graph.operators.len() {
            let Some(name) = name(index) else { continue };
            let from = listed.as_ref().and_then(|listed| listed.get(&(index as u32)));
            operators.insert(name.clone(), from.cloned().unwrap_or_else(|| itself(index)));
            own.insert(index as u32, name);
        }
        Ok(Self {
            sources: sources.unwrap_or(own),
            operators,
        })
    }

    /// Writes the tables into a model that came of the one that [`Profile::of`] saw. An operator that is new there
    /// has the sources of the operator whose result is its first input; without one it has no entry.
    pub fn write(&self, model: &mut Model) {
        let graph = model.main();
        let mut known = self.operators.clone();
        let mut rows: Vec<(u32, BTreeSet<u32>)> = Vec::new();
        for (index, operator) in graph.operators.iter().enumerate() {
            let Some(output) = operator.outputs.first().map(|id| &graph.tensor(*id).name) else {
                continue;
            };
            let before = operator.input(0).map(|id| &graph.tensor(id).name);
            let from = known.get(output).or_else(|| known.get(before?)).cloned();
            if let Some(from) = from {
                known.insert(output.clone(), from.clone());
                rows.push((index as u32, from));
            }
        }
        put(model, SOURCES, encode_sources(&self.sources));
        put(model, OPERATORS, encode_operators(&rows));
    }
}

/// The table of that name; `None` when the model has none.
fn table<T>(
    model: &Model,
    name: &str,
    decode: fn(&mut Words<'_>) -> Option<BTreeMap<u32, T>>,
) -> Result<Option<BTreeMap<u32, T>>> {
    let named = model
        .metadata
        .iter()
        .flatten()
        .find(|metadata| metadata.name == name);
    let content = named.and_then(|metadata| model.buffers.get(metadata.buffer.0)?.data.as_ref());
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        return Ok(None);
    };
    let table = decode(&mut Words(&content.bytes()));
    let wrong = || {
        Error::invalid(
            format!("metadata `{name}`"),
            "the table is cut short, or names an entry twice",
            "leave profiling data out, or make the model again",
        )
    };
    table.map(Some).ok_or_else(wrong)
}

fn put(model: &mut Model, name: &str, bytes: Vec<u8>) {
    let list = model.metadata.get_or_insert_default();
    let buffer = Buffer {
        data: Some(bytes.into()),
        external: false,
    };
    if let Some(old) = list.iter().find(|metadata| metadata.name == name)
        && let Some(place) = model.buffers.get_mut(old.buffer.0)
    {
        *place = buffer;
        return;
    }
    model.buffers.push(buffer);
    list.push(Metadata {
        name: name.to_owned(),
        buffer: BufferId(model.buffers.len() - 1),
    });
}

/// Bytes that are read from the front.
struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))
    }
}

/// Reads a count and so many entries, each of its own number, until the end.
fn entries<T>(
    words: &mut Words<'_>,
    mut entry: impl FnMut(&mut Words<'_>) -> Option<T>,
) -> Option<BTreeMap<u32, T>> {
    let count = words.u32()?;
    let mut table = BTreeMap::new();
    for _ in 0..count {
        let number = words.u32()?;
        let entry = entry(words)?;
        table.insert(number, entry).is_none().then_some(())?;
    }
    words.0.is_empty().then_some(table)
}

fn decode_sources(words: &mut Words<'_>) -> Option<BTreeMap<u32, String>> {
    entries(words, |words| {
        let length = words.u32()?;
        let name = words.bytes(length as usize)?.split_last()?.1;
        String::from_utf8(name.to_vec()).ok()
    })
}

fn decode_operators(words: &mut Words<'_>) -> Option<BTreeMap<u32, BTreeSet<u32>>> {
    entries(words, |words| {
        let count = words.u32()?;
        (0..count).map(|_| words.u32()).collect()
    })
}

fn encode_sources(sources: &BTreeMap<u32, String>) -> Vec<u8> {
    let mut bytes = (sources.len() as u32).to_le_bytes().to_vec();
    for (number, name) in sources {
        bytes.extend(number.to_le_bytes());
        bytes.extend((name.len() as u32 + 1).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.push(0);
    }
    bytes
}

fn encode_operators(rows: &[(u32, BTreeSet<u32>)]) -> Vec<u8> {
    let mut bytes = (rows.len() as u32).to_le_bytes().to_vec();
    for (index, from) in rows {
        bytes.extend(index.to_le_bytes());
        bytes.extend((from.len() as u32).to_le_bytes());
        from.iter().for_each(|source| bytes.extend(source.to_le_bytes()));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Builtin, DType, FileFormat, OpCode, Operator, Options, Tensor, TensorId};

    /// A chain of operators whose results have these names.
    fn chain(names: &[&str]) -> Model {
        let mut model = Model::new(FileFormat::Circle);
        let graph = model.main_mut();
        graph.add_tensor(Tensor::new("in", DType::Float32, vec![1]));
        for (index, name) in names.iter().enumerate() {
            let output = graph.add_tensor(Tensor::new(*name, DType::Float32, vec![1]));
            let code = OpCode::builtin(Builtin::RELU);
            let inputs = vec![Some(TensorId(index))];
            graph
                .operators
                .push(Operator::new(code, inputs, vec![output], Options::default()));
        }
        model
    }

    fn bytes(model: &Model, name: &str) -> Vec<u8> {
        let named = model.metadata.iter().flatten().find(|m| m.name == name).unwrap();
        model.buffers[named.buffer.0]
            .data
            .as_ref()
            .unwrap()
            .bytes()
            .to_vec()
    }

    #[test]
    fn layouts_are_those_of_the_exporter() {
        let mut model = chain(&["ofm"]);
        Profile::of(&model).unwrap().write(&mut model);
        assert_eq!(
            bytes(&model, SOURCES),
            [1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, b'o', b'f', b'm', 0]
        );
        assert_eq!(
            bytes(&model, OPERATORS),
            [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn new_operators_have_the_sources_of_what_they_read() {
        let before = chain(&["a", "b"]);
        let profile = Profile::of(&before).unwrap();
        let mut after = chain(&["a", "a_Quantize", "b"]);
        profile.write(&mut after);
        let again = Profile::of(&after).unwrap();
        assert_eq!(again.sources, profile.sources);
        assert_eq!(again.operators["a_Quantize"], BTreeSet::from([0]));
        assert_eq!(again.operators["b"], BTreeSet::from([1]));
        // Writing a second time takes the place of the first.
        let buffers = after.buffers.len();
        again.write(&mut after);
        assert_eq!(after.buffers.len(), buffers);
    }

    #[test]
    fn damaged_tables_are_errors() {
        let mut model = chain(&["a", "b"]);
        Profile::of(&model).unwrap().write(&mut model);
        for name in [SOURCES, OPERATORS] {
            let whole = bytes(&model, name);
            for length in 1..whole.len() {
                let mut cut = model.clone();
                put(&mut cut, name, whole[..length].to_vec());
                assert!(Profile::of(&cut).is_err(), "{name} {length}");
            }
            let mut twice = whole.clone();
            twice[0] += 1;
            twice.extend(&whole[4..]);
            let mut wrong = model.clone();
            put(&mut wrong, name, twice);
            assert!(Profile::of(&wrong).is_err());
        }
    }
}
