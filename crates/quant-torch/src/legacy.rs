//! The older format: pickles one behind the other (magic number, version, facts of the machine, the objects, the names
//! of the storages), then each storage as its count of elements and its bytes.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use crate::check::named_storages;
use crate::checkpoint::{Checkpoint, Format, Record};
use crate::error::{Error, Place, Problem, Result};
use crate::pickle::{self, Graph, Object};
use crate::reference::reference;
use crate::source::{Input, Source};
use crate::storage::{Payload, Storages};

/// The pickle that such a file begins with: the integer 0x1950a86a20f9469cfc6c.
pub(crate) const MAGIC: [u8; 14] = *b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
const VERSION: i64 = 1001;

/// The record that holds the first three pickles as they are.
const HEAD: &str = "head";

/// The head of a new file. torch writes the widths that C's types have on the machine.
pub(crate) fn records() -> Vec<Record> {
    let mut head = MAGIC.to_vec();
    head.extend(
        b".\x80\x02M\xe9\x03.\x80\x02}q\x00(X\x10\x00\x00\x00protocol_versionq\x01M\xe9\x03X\x0d\x00\x00\x00",
    );
    head.extend(
        b"little_endianq\x02\x88X\x0a\x00\x00\x00type_sizesq\x03}q\x04(X\x05\x00\x00\x00shortq\x05K\x02",
    );
    head.extend(b"X\x03\x00\x00\x00intq\x06K\x04X\x04\x00\x00\x00longq\x07K\x04uu.");
    vec![Record {
        name: HEAD.to_owned(),
        payload: Payload::Bytes(head.into()),
    }]
}

fn damaged(what: impl Into<String>) -> Error {
    Error::new(
        "",
        Problem::Damaged(what.into()),
        "the file is damaged or cut off; save or copy it again",
    )
}

/// Reads such a file.
pub(crate) fn read(source: &Arc<dyn Source>) -> Result<Checkpoint> {
    let size = source.size()?;
    let mut input = Input::new(source.as_ref(), 0, size);
    let mut facts = Graph::default();
    pickle::read(&mut input, &mut facts)?;
    let version = pickle::read(&mut input, &mut facts)?.root;
    if facts.as_int(version) != Some(VERSION) {
        return Err(Error::new(
            "",
            Problem::Version("the version of the format is not 1001".into()),
            "save it with a newer torch",
        ));
    }
    let machine = pickle::read(&mut input, &mut facts)?.root;
    let little = facts.lookup(machine, "little_endian").map(|id| facts.get(id));
    if little != Some(&Object::Bool(true)) {
        return Err(Error::new(
            "",
            Problem::BigEndian,
            "load the checkpoint and save it on another machine",
        ));
    }
    let head = Payload::File {
        source: Arc::clone(source),
        offset: 0,
        size: input.position(),
        crc: None,
    };
    let mut graph = Graph::default();
    let pickled = pickle::read(&mut input, &mut graph)?;
    let mut sizes = BTreeMap::new();
    for id in graph
        .ids()
        .filter(|id| matches!(graph.get(*id), Object::Persistent(_)))
    {
        if let Some(reference) = reference(&graph, id)? {
            sizes.insert(reference.key.clone(), reference.dtype.size());
        }
    }
    let names = pickle::read(&mut input, &mut facts)?.root;
    let names = facts
        .as_items(names)
        .ok_or_else(|| damaged("the names of the storages are no list"))?;
    let mut storages = Storages::default();
    let mut at = input.position();
    for name in names {
        let key = facts
            .as_text(*name)
            .ok_or_else(|| damaged("a storage has no name"))?;
        let element = sizes
            .remove(key)
            .ok_or_else(|| damaged(format!("storage {key} belongs to no tensor or comes twice")))?;
        let mut count = [0; 8];
        if at + 8 > size {
            return Err(damaged("the storages end early").within(Place::storage(key)));
        }
        source.read_at(at, &mut count)?;
        at += 8;
        let bytes = u64::from_le_bytes(count)
            .checked_mul(element)
            .filter(|bytes| *bytes <= size - at);
        let bytes = bytes
            .ok_or_else(|| damaged("the storage reaches beyond the file").within(Place::storage(key)))?;
        let payload = Payload::File {
            source: Arc::clone(source),
            offset: at,
            size: bytes,
            crc: None,
        };
        storages.push(key.to_owned(), payload);
        at += bytes;
    }
    if at != size {
        return Err(damaged("there are bytes behind the last storage").within(Place::Byte(at)));
    }
    Ok(Checkpoint {
        graph,
        root: pickled.root,
        protocol: pickled.protocol,
        format: Format::Legacy,
        storages,
        folder: String::new(),
        records: vec![Record {
            name: HEAD.to_owned(),
            payload: head,
        }],
    })
}

/// Writes such a file, storages in their order.
pub(crate) fn write(checkpoint: &Checkpoint, out: &mut dyn Write) -> Result<()> {
    for record in checkpoint.records.iter().filter(|record| record.name == HEAD) {
        out.write_all(&record.payload.read()?)?;
    }
    out.write_all(&pickle::write(
        &checkpoint.graph,
        checkpoint.root,
        checkpoint.protocol,
    )?)?;
    let sizes: BTreeMap<String, u64> = named_storages(&checkpoint.graph, checkpoint.root)?
        .into_iter()
        .collect();
    let named = checkpoint.storages().iter().filter_map(|storage| {
        let element = sizes.get(&storage.key)?;
        Some((storage, *element))
    });
    let mut names = Graph::default();
    let keys = named
        .clone()
        .map(|(storage, _)| names.text(storage.key.as_str()))
        .collect::<Result<_>>()?;
    let list = names.add(Object::List(keys))?;
    out.write_all(&pickle::write(&names, list, checkpoint.protocol)?)?;
    for (storage, element) in named {
        out.write_all(&(storage.payload.size() / element.max(1)).to_le_bytes())?;
        storage.payload.pieces(&mut |piece| Ok(out.write_all(piece)?))?;
    }
    Ok(())
}
