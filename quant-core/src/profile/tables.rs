//! The bytes of the two tables.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{BufferId, Graph, Metadata, Model};

/// The table of that name; `None` when the model has none.
pub fn table<T>(
    model: &Model,
    name: &str,
    decode: fn(&mut Words<'_>) -> Option<BTreeMap<u32, T>>,
) -> Result<Option<BTreeMap<u32, T>>> {
    let named = model
        .metadata
        .iter()
        .flatten()
        .find(|metadata| metadata.name == name);
    let content = named.and_then(|metadata| model.buffers().get(metadata.buffer.index())?.data.as_ref());
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        return Ok(None);
    };
    let table = decode(&mut Words(&content.bytes()));
    let wrong = || {
        Error::new(
            Place::named("metadata", name),
            Problem::Malformed("the table is cut short, or names an entry twice".into()),
            "make the model again, without profiling data or with whole tables",
        )
    };
    table.map(Some).ok_or_else(wrong)
}

/// Puts a table into the model, in the place of an old one of that name: into its buffer when nothing else has that.
pub fn put(model: &mut Model, name: &str, bytes: Vec<u8>) {
    let list = model.metadata.clone().unwrap_or_default();
    let old = list.iter().position(|metadata| metadata.name == name);
    let own = |id: BufferId| {
        let mut tensors = model.graphs().iter().flat_map(Graph::tensors);
        id != BufferId::default()
            && tensors.all(|tensor| tensor.buffer != id)
            && list.iter().filter(|metadata| metadata.buffer == id).count() == 1
    };
    if let Some(id) = old.map(|at| list[at].buffer)
        && own(id)
    {
        model.set_content(id, bytes.into());
        model.set_external(id, false);
        return;
    }
    let metadata = Metadata {
        name: name.to_owned(),
        buffer: model.add_buffer(bytes),
    };
    let list = model.metadata.get_or_insert_default();
    match old {
        Some(at) => list[at] = metadata,
        None => list.push(metadata),
    }
}

/// Bytes that are read from the front.
pub struct Words<'a>(pub &'a [u8]);

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

/// Names of sources by number.
pub fn decode_sources(words: &mut Words<'_>) -> Option<BTreeMap<u32, String>> {
    entries(words, |words| {
        let length = words.u32()?;
        let name = words.bytes(length as usize)?.split_last()?.1;
        String::from_utf8(name.to_vec()).ok()
    })
}

/// Numbers of sources by an operator's index.
pub fn decode_operators(words: &mut Words<'_>) -> Option<BTreeMap<u32, BTreeSet<u32>>> {
    entries(words, |words| {
        let count = words.u32()?;
        (0..count).map(|_| words.u32()).collect()
    })
}

/// The bytes of a table of sources.
pub fn encode_sources(sources: &BTreeMap<u32, String>) -> Vec<u8> {
    let mut bytes = (sources.len() as u32).to_le_bytes().to_vec();
    for (number, name) in sources {
        bytes.extend(number.to_le_bytes());
        bytes.extend((name.len() as u32 + 1).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.push(0);
    }
    bytes
}

/// The bytes of a table of operators: index, and numbers of sources.
pub fn encode_operators(rows: &[(u32, BTreeSet<u32>)]) -> Vec<u8> {
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
    use quant_ir::FileFormat;

    #[test]
    fn a_buffer_that_others_have_stays() {
        let mut model = Model::new(FileFormat::Circle);
        let metadata = |name: &str| Metadata {
            name: name.to_owned(),
            buffer: BufferId::default(),
        };
        model.metadata = Some(vec![metadata("a"), metadata("b")]);
        put(&mut model, "a", vec![1]);
        assert_eq!(model.buffers()[0].data, None);
        put(&mut model, "a", vec![2]);
        let found: Vec<usize> = model
            .metadata
            .iter()
            .flatten()
            .map(|metadata| metadata.buffer.index())
            .collect();
        assert_eq!((found, model.buffers().len()), (vec![1, 0], 2));
        assert_eq!(model.buffers()[1].data, Some(vec![2].into()));
    }
}
