//! The zip format: `data.pkl`, a record for each storage, and some about the file itself.

use std::io::Write;
use std::sync::Arc;

use crate::check::named_storages;
use crate::checkpoint::{Checkpoint, Format, Record};
use crate::error::{Error, Problem, Result};
use crate::pickle::{self, Graph};
use crate::source::{Input, Source};
use crate::storage::{Payload, Storages};
use crate::zip;

const PICKLE: &str = "data.pkl";
const STORAGES: &str = "data/";
const VERSION: &str = "version";

fn text(name: &str, text: &str) -> Record {
    Record {
        name: name.to_owned(),
        payload: Payload::Bytes(text.as_bytes().into()),
    }
}

/// The records of a new archive.
pub(crate) fn records() -> Vec<Record> {
    vec![
        text(PICKLE, ""),
        text("byteorder", "little"),
        text(VERSION, "3\n"),
    ]
}

/// Reads an archive.
pub(crate) fn read(source: &Arc<dyn Source>) -> Result<Checkpoint> {
    let entries = zip::entries(source.as_ref())?;
    let suffix = format!("/{PICKLE}");
    let folder = entries.iter().find_map(|entry| entry.name.strip_suffix(&suffix));
    let folder = folder.filter(|folder| !folder.contains('/')).ok_or_else(|| {
        let what = format!("the archive has no {PICKLE}");
        Error::new("zip", Problem::Archive(what), "give a file that torch.save wrote")
    })?;
    let folder = folder.to_owned();
    let mut graph = Graph::default();
    let mut pickled = None;
    let (mut storages, mut records) = (Storages::default(), Vec::new());
    for entry in entries {
        let name = entry
            .name
            .strip_prefix(&folder)
            .and_then(|name| name.strip_prefix('/'));
        let name = name.ok_or_else(|| {
            let what = format!("the entry lies outside of `{folder}`");
            Error::new(
                entry.name.clone(),
                Problem::Archive(what),
                "give a file that torch.save wrote",
            )
        })?;
        let payload = Payload::File {
            source: Arc::clone(source),
            offset: entry.offset,
            size: entry.size,
            crc: Some(entry.crc),
        };
        if name == PICKLE {
            let mut input = Input::new(source.as_ref(), entry.offset, entry.offset + entry.size);
            pickled = Some(pickle::read(&mut input, &mut graph).map_err(|error| error.within(PICKLE))?);
        } else if name == "constants.pkl" || name.starts_with("code/") {
            return Err(Error::new(
                entry.name,
                Problem::Program("the archive is a TorchScript program".into()),
                "save its state_dict with torch.save",
            ));
        } else if name == "byteorder" && payload.read()? != b"little" {
            return Err(Error::new(
                entry.name,
                Problem::BigEndian,
                "load the checkpoint and save it on another machine",
            ));
        }
        let is_storage = name.strip_prefix(STORAGES).inspect(|key| {
            storages.push((*key).to_owned(), payload.clone());
        });
        let stands_elsewhere = is_storage.is_some() || name == PICKLE;
        records.push(if stands_elsewhere {
            text(name, "")
        } else {
            Record {
                name: name.to_owned(),
                payload,
            }
        });
    }
    let pickled = pickled.ok_or_else(|| {
        let what = format!("the archive has no {PICKLE}");
        Error::new("zip", Problem::Archive(what), "give a file that torch.save wrote")
    })?;
    Ok(Checkpoint {
        graph,
        root: pickled.root,
        protocol: pickled.protocol,
        format: Format::Zip,
        storages,
        folder,
        records,
    })
}

/// Writes an archive: records in their order, new storages behind the old ones, or before the version.
pub(crate) fn write(checkpoint: &Checkpoint, out: &mut dyn Write) -> Result<()> {
    let pickle = pickle::write(&checkpoint.graph, checkpoint.root, checkpoint.protocol)?;
    let pickle = Payload::Bytes(pickle.into());
    let named = named_storages(&checkpoint.graph, checkpoint.root)?;
    let named: std::collections::BTreeSet<String> = named.into_iter().map(|(key, _)| key).collect();
    let old: std::collections::BTreeSet<&str> = checkpoint
        .records
        .iter()
        .filter_map(|record| record.name.strip_prefix(STORAGES))
        .collect();
    let last = checkpoint
        .records
        .iter()
        .rposition(|record| record.name.starts_with(STORAGES));
    let version = checkpoint
        .records
        .iter()
        .position(|record| record.name == VERSION);
    let place = last
        .map(|last| last + 1)
        .or(version)
        .unwrap_or(checkpoint.records.len());

    let mut archive = zip::Writer::new(out);
    let name = |name: &str| format!("{}/{name}", checkpoint.folder);
    for at in 0..=checkpoint.records.len() {
        if at == place {
            let new = checkpoint.storages().iter();
            for storage in new.filter(|storage| named.contains(&storage.key) && !old.contains(&*storage.key))
            {
                archive.entry(&name(&format!("{STORAGES}{}", storage.key)), &storage.payload)?;
            }
        }
        let Some(record) = checkpoint.records.get(at) else {
            break;
        };
        if let Some(key) = record.name.strip_prefix(STORAGES) {
            if named.contains(key) {
                archive.entry(&name(&record.name), &checkpoint.storage(key)?.payload)?;
            }
        } else if record.name == PICKLE {
            archive.entry(&name(PICKLE), &pickle)?;
        } else {
            archive.entry(&name(&record.name), &record.payload)?;
        }
    }
    archive.finish()
}
