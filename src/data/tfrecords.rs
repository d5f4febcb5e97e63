//! TFRecords of tf.Example: pictures and tensors in fields, which inputs take by name.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Problem, Result as CoreResult};
use quant_picture::example::Example;
use quant_picture::tfrecord::{self, Place};

use super::fields::Fields;
use super::inputs::Inputs;
use super::labelled::Labelled;
use super::target::convert;
use crate::failure::{Failure, Result};
use crate::{files, used_files};

/// Records of one file or more.
pub struct TfRecords {
    files: Vec<Shard>,
    /// Records of compressed files, taken out of them; a file without a name, which goes with the command.
    unpacked: Option<Mutex<File>>,
    fields: Fields,
    /// The field of labels.
    label: String,
}

/// A file.
struct Shard {
    path: PathBuf,
    /// Whether places are those of the file itself.
    plain: bool,
    places: Vec<Place>,
    /// Records of the files before.
    before: usize,
}

/// The field that ImageNet's records have their labels in.
pub const LABEL: &str = "image/class/label";

/// Whether a file is called as one of TFRecords: by its extension, or as a part, NAME-00000-of-00010.
pub fn is_named(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let extension = files::extension(Path::new(name));
    let digits = |text: &str| text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let part = name.rsplit_once("-of-").is_some_and(|(front, total)| {
        let number = front.rsplit_once('-').map_or("", |(_, number)| number);
        digits(number) && digits(total)
    });
    matches!(&*extension, "tfrecord" | "tfrecords" | "tfrec") || part
}

/// The files that an argument stands for, sorted: a file; those of a folder that are called so; those whose names fit a
/// pattern with `*`.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if path.is_file() || !name.contains('*') && !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (folder, pattern) = if path.is_dir() {
        (path, None)
    } else {
        (path.parent().unwrap_or(Path::new("")), Some(name))
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let fail = |error: std::io::Error| Failure::io(folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?.path();
        let name = entry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let fits = match &pattern {
            Some(pattern) => fits(pattern, &name),
            None => is_named(&entry),
        };
        if fits && entry.is_file() {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a name fits a pattern, in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(head) else {
        return false;
    };
    let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.any(|at| fits(rest, &name[at..]))
}

impl TfRecords {
    /// The records of files, for a model. `label` is the field of labels.
    pub fn open(paths: &[PathBuf], inputs: &Inputs, label: &str) -> Result<Self> {
        let mut files = Vec::with_capacity(paths.len());
        let mut unpacked = None;
        let (mut before, mut end) = (0, 0);
        for path in paths {
            used_files::read(path);
            let (plain, mut places) = places(path, &mut unpacked)?;
            if !plain {
                for place in &mut places {
                    place.start += end;
                }
                end = places.last().map_or(end, |place| place.start + place.length);
            }
            let count = places.len();
            files.push(Shard {
                path: path.clone(),
                plain,
                places,
                before,
            });
            before += count;
        }
        let Some(first) = files.iter().position(|file| !file.places.is_empty()) else {
            let path = paths.first().map_or(Path::new("data"), PathBuf::as_path);
            return Err(Failure::Invalid(format!(
                "{}: it does not contain any record; write at least one",
                path.display()
            )));
        };
        let mut records = Self {
            files,
            unpacked: unpacked.map(Mutex::new),
            fields: Fields::default(),
            label: label.to_owned(),
        };
        let bytes = records.bytes(first, 0)?;
        let shown = records.shown(first, 0);
        let example = Example::parse(&bytes).map_err(|error| convert(error).within(&*shown))?;
        records.fields = Fields::find(inputs, &example, &shown)?;
        Ok(records)
    }

    fn shown(&self, file: usize, number: usize) -> String {
        format!("{}: record {number}", self.files[file].path.display())
    }

    /// The bytes of a record of a file, compared with their checksum.
    fn bytes(&self, file: usize, number: usize) -> CoreResult<Vec<u8>> {
        let shard = &self.files[file];
        let place = shard.places[number];
        let fail = |error: std::io::Error| {
            Error::io(shard.path.display(), error.to_string(), "check the file").caused_by(error)
        };
        match &self.unpacked {
            Some(unpacked) if !shard.plain => {
                let mut bytes = vec![0; usize::try_from(place.length).unwrap_or_default()];
                let mut unpacked = unpacked.lock().unwrap_or_else(PoisonError::into_inner);
                std::io::Seek::seek(&mut *unpacked, std::io::SeekFrom::Start(place.start)).map_err(fail)?;
                unpacked.read_exact(&mut bytes).map_err(fail)?;
                Ok(bytes)
            }
            // There may be more files than a process may have open.
            _ => {
                let source = File::open(&shard.path).map_err(fail)?;
                tfrecord::read(source, place, number)
                    .map_err(|error| convert(error).within(shard.path.display()))
            }
        }
    }

    fn count(&self) -> usize {
        self.files
            .last()
            .map_or(0, |file| file.before + file.places.len())
    }

    /// Does `work` with each example of a record, which is a batch of them.
    fn each(&self, index: usize, mut work: impl FnMut(&Example<'_>) -> CoreResult<()>) -> CoreResult<()> {
        let start = index * self.fields.batch();
        if start >= self.count() {
            return Err(Error::new("records", Problem::NoRecord(index), ""));
        }
        for example in start..(start + self.fields.batch()).min(self.count()) {
            let file = self.files.partition_point(|file| file.before <= example) - 1;
            let number = example - self.files[file].before;
            let bytes = self.bytes(file, number)?;
            let shown = || self.shown(file, number);
            let example = Example::parse(&bytes).map_err(|error| convert(error).within(shown()))?;
            work(&example).map_err(|error| error.within(shown()))?;
        }
        Ok(())
    }
}

/// Where the records of a file stand, and whether in the file itself; those of a compressed one are put behind what
/// `unpacked` has.
fn places(path: &Path, unpacked: &mut Option<File>) -> Result<(bool, Vec<Place>)> {
    let io = |error: std::io::Error| Failure::io(path, &error);
    let wrong = |error: quant_picture::Error| Failure::from(convert(error).within(path.display()));
    let mut file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(io(std::io::ErrorKind::IsADirectory.into()));
    }
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(12)
        .read_to_end(&mut start)
        .map_err(io)?;
    if !tfrecord::is_gzip(&start) {
        let places = tfrecord::index(&mut file, metadata.len()).map_err(wrong)?;
        return Ok((true, places));
    }
    let out = match unpacked {
        Some(out) => out,
        None => unpacked.insert(tempfile::tempfile().map_err(io)?),
    };
    let source = File::open(path).map_err(io)?;
    let places = tfrecord::unpack(BufReader::new(source), BufWriter::new(&*out)).map_err(wrong)?;
    Ok((false, places))
}

impl Records for TfRecords {
    fn len(&self) -> usize {
        self.count().div_ceil(self.fields.batch())
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        let mut batch = self.fields.start();
        self.each(index, |example| batch.add(example))?;
        batch.finish()
    }
}

impl Labelled for TfRecords {
    fn len(&self) -> usize {
        Records::len(self)
    }

    fn get(&self, index: usize) -> CoreResult<(Vec<Value>, Vec<i64>)> {
        let mut batch = self.fields.start();
        let mut labels = Vec::new();
        self.each(index, |example| {
            labels.push(example.int(&self.label).map_err(convert)?);
            batch.add(example)
        })?;
        Ok((batch.finish()?, labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for name in [
            "a.tfrecord",
            "a.TFRecords",
            "a.tfrecord.gz",
            "validation-00000-of-00128",
            "x-00001-of-00002.gz",
        ] {
            assert!(is_named(Path::new(name)), "{name}");
        }
        for name in [
            "a",
            "a.npy",
            "a.gz",
            "a-of-b",
            "validation-0-of-1",
            "00000-of-00002",
        ] {
            assert!(!is_named(Path::new(name)), "{name}");
        }
        assert!(fits("a*c*", "abcd") && fits("*", "") && fits("a*", "a") && fits("*é", "aé"));
        assert!(!fits("a*c", "abcd") && !fits("a", "ab") && !fits("b*", "ab"));
    }
}
