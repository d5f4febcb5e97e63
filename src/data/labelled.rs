//! Records with what they are: the class of each example.

use std::fs::File;
use std::path::{Path, PathBuf};

use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Problem, Result as CoreResult};

use crate::failure::{Failure, Result};
use crate::{files, used_files};

/// Records whose classes are known. A record has as many as its batch; where examples do not fill the last batch, it has
/// fewer, and the rest of the record repeats the last example.
pub trait Labelled: Sync {
    /// How many records there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of the graph inputs of the record `index`, and the classes of its examples.
    ///
    /// # Errors
    /// The record cannot be read, does not fit the model, or has no class.
    fn get(&self, index: usize) -> CoreResult<(Vec<Value>, Vec<i64>)>;
}

/// Records, and their classes from elsewhere.
pub struct WithLabels {
    records: Box<dyn Records>,
    labels: Vec<i64>,
    batch: usize,
}

impl WithLabels {
    /// `examples` of them, so many in a record; each has a class.
    pub fn new(
        records: Box<dyn Records>,
        labels: Vec<i64>,
        batch: usize,
        examples: usize,
        shown: &str,
    ) -> Result<Self> {
        if labels.len() == examples {
            return Ok(Self {
                records,
                labels,
                batch,
            });
        }
        Err(Failure::Invalid(format!(
            "{shown}: {} labels for {examples} examples of the data; give one for each, in their order",
            labels.len()
        )))
    }
}

impl Labelled for WithLabels {
    fn len(&self) -> usize {
        self.records.len()
    }

    fn get(&self, index: usize) -> CoreResult<(Vec<Value>, Vec<i64>)> {
        let values = self.records.get(index)?;
        let labels = self.labels.chunks(self.batch.max(1)).nth(index);
        let labels = labels.ok_or_else(|| Error::new("records", Problem::NoRecord(index), ""))?;
        Ok((values, labels.to_vec()))
    }
}

/// The classes of pictures by the folders that they are in: a number by its value, other names by their place in order.
pub fn of_folders<'a>(names: impl Iterator<Item = &'a Path>) -> Option<Vec<i64>> {
    let folders: Option<Vec<String>> = names
        .map(|name| {
            let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty())?;
            Some(folder.to_string_lossy().into_owned())
        })
        .collect();
    let folders = folders?;
    let mut classes = folders.clone();
    classes.sort();
    classes.dedup();
    let number = |name: &String| name.parse::<i64>().ok();
    if classes.iter().all(|name| number(name).is_some()) {
        return folders.iter().map(number).collect();
    }
    let place = |name: &String| i64::try_from(classes.binary_search(name).ok()?).ok();
    folders.iter().map(place).collect()
}

/// The classes that a file has: a .npy file of integers, or a text file with a class on each line, alone or behind the name
/// of a picture, which is looked up then.
pub fn of_file(path: &Path, names: Option<&[PathBuf]>) -> Result<Vec<i64>> {
    if files::extension(path) == "npy" {
        used_files::read(path);
        return array(path);
    }
    let text = files::read_text(path)?;
    let wrong = |number: usize, what: &str| {
        Failure::Invalid(format!(
            "{}:{number}: {what}; write a class on each line, or the name of a picture and its class",
            path.display()
        ))
    };
    let mut labels = Vec::new();
    let mut by_name = std::collections::BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (name, label) = match line.rsplit_once([' ', '\t', ',']) {
            Some((name, label)) => (Some(name.trim()), label),
            None => (None, line),
        };
        let label: i64 = label.parse().map_err(|_| wrong(number + 1, "no integer"))?;
        match name {
            Some(name) => _ = by_name.insert(PathBuf::from(name), label),
            None => labels.push(label),
        }
    }
    if by_name.is_empty() {
        return Ok(labels);
    }
    let Some(names) = names.filter(|_| labels.is_empty()) else {
        return Err(wrong(1, "names of pictures, and data or lines without them"));
    };
    let label = |name: &PathBuf| {
        let found = by_name.get(name);
        let short = || by_name.get(Path::new(name.file_name()?));
        found.or_else(short).copied().ok_or_else(|| {
            Failure::Invalid(format!(
                "{}: there is no line for {}; write one for each picture",
                path.display(),
                name.display()
            ))
        })
    };
    names.iter().map(label).collect()
}

/// The integers of a NumPy file.
fn array(path: &Path) -> Result<Vec<i64>> {
    let fail = |error: std::io::Error| Failure::io(path, &error);
    let wrong = |what: String| {
        Failure::Invalid(format!(
            "{}: {what}; save an array of one integer for each example",
            path.display()
        ))
    };
    let header = quant_core::npy::header(File::open(path).map_err(fail)?)
        .map_err(|error| wrong(format!("no .npy header: {error}")))?;
    let bytes = std::fs::read(path).map_err(fail)?;
    let start = usize::try_from(header.start).unwrap_or(usize::MAX);
    let bytes = bytes.get(start..).unwrap_or_default();
    let flat = matches!(header.shape[..], [_] | [_, 1]);
    macro_rules! all {
        ($type:ty) => {
            (bytes.as_chunks().0.iter())
                .map(|x| i64::try_from(<$type>::from_le_bytes(*x)).ok())
                .collect::<Option<Vec<_>>>()
        };
    }
    let labels = match header.descr.trim_matches(['\'', '"']) {
        "|u1" => all!(u8),
        "|i1" => all!(i8),
        "<u2" => all!(u16),
        "<i2" => all!(i16),
        "<u4" => all!(u32),
        "<i4" => all!(i32),
        "<u8" => all!(u64),
        "<i8" => all!(i64),
        _ => None,
    };
    match labels {
        Some(labels) if flat && header.shape.first() == Some(&labels.len()) => Ok(labels),
        _ => Err(wrong(format!(
            "its type is {} and its shape {:?}",
            header.descr, header.shape
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_classes() {
        let labels = |names: &[&str]| of_folders(names.iter().map(Path::new));
        assert_eq!(
            labels(&["cat/1.png", "dog/1.png", "cat/2.png"]),
            Some(vec![0, 1, 0])
        );
        assert_eq!(
            labels(&["10/1.png", "9/1.png", "10/2.png"]),
            Some(vec![10, 9, 10])
        );
        assert_eq!(labels(&["10/1.png", "cat/1.png"]), Some(vec![0, 1]));
        assert_eq!(labels(&["cat/1.png", "2.png"]), None);
    }

    #[test]
    fn lines_are_classes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.txt");
        let read = |text: &str, names: Option<&[PathBuf]>| {
            std::fs::write(&path, text).unwrap();
            of_file(&path, names).map_err(|failure| failure.to_string())
        };
        assert_eq!(read("3\n\n -1 \n", None), Ok(vec![3, -1]));
        let names = ["a/x.png".into(), "b/y.png".into()];
        assert_eq!(read("y.png 7\na/x.png\t5\n", Some(&names)), Ok(vec![5, 7]));
        assert!(
            read("y.png 7\n", Some(&names))
                .unwrap_err()
                .contains("no line for a/x.png")
        );
        assert!(read("y.png 7\n", None).is_err() && read("3\ny.png 7\n", Some(&names)).is_err());
        assert!(
            read("3\nfour\n", None)
                .unwrap_err()
                .contains("labels.txt:2: no integer")
        );
    }
}
