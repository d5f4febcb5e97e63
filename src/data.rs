//! Calibration data: what the argument names, as a stream of records.

mod adapter;
pub(crate) mod column;
pub(crate) mod description;
pub(crate) mod elements;
mod fields;
mod hdf5;
mod hints;
mod inputs;
mod labelled;
mod labels;
mod mt19937;
mod npy;
mod npz;
mod pictures;
mod prepare;
mod raw;
mod shapes;
mod target;
mod text;
mod tfrecords;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use quant_core::ir::Model;
use quant_core::record::{RandomRecords, Records};

pub use hdf5::Hdf5Records;
pub use labelled::Labelled;
pub use labels::{Labels, shown as labels_shown};
pub use mt19937::Mt19937Records;
pub use raw::RawRecords;
pub use shapes::Shapes;

use inputs::Inputs;
use labelled::WithLabels;
use pictures::PictureRecords;
use tfrecords::TfRecords;

use crate::failure::{Failure, Result};
use crate::{files, used_files};

/// The words for it in `--help`.
pub const HELP: &str = "Data: a folder of pictures (JPEG, PNG, WebP; also in folders by class), TFRecords of tf.Example \
(tfrecord:FILE, a folder of them, or tfrecord:'NAME-*'), a folder of records (0.txt, 1.txt, …; line n holds the values of graph \
input n), a .npy file (first axis: records; several graph inputs: one file each, separated by commas, in their order or as \
INPUT=FILE), a .npz file (arrays named as the inputs), a .h5 file (/value/RECORD/INPUT), list:FILE (a line a record: files of raw \
bytes), raw:FOLDER (a file of raw bytes a record), or random:SEED:N";

/// Where records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A folder of text files, of pictures or of TFRecords; or a picture.
    Folder(PathBuf),
    /// Files of TFRecords: one, those of a folder, or those whose names fit a pattern.
    TfRecords(PathBuf),
    /// A NumPy file for each graph input.
    Npy(Vec<PathBuf>),
    /// An archive of NumPy arrays.
    Npz(PathBuf),
    /// An HDF5 file.
    Hdf5(PathBuf),
    /// A text file that names files of raw bytes.
    List(PathBuf),
    /// A folder of files of raw bytes.
    Raw(PathBuf),
    /// Random values.
    Random {
        /// Seed.
        seed: u64,
        /// How many records.
        count: usize,
    },
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) | Self::Hdf5(path) | Self::Npz(path) => write!(f, "{}", path.display()),
            Self::TfRecords(path) => write!(f, "tfrecord:{}", path.display()),
            Self::Npy(paths) => {
                let paths = paths.iter().map(|path| path.display().to_string());
                f.write_str(&paths.collect::<Vec<_>>().join(","))
            }
            Self::List(path) => write!(f, "list:{}", path.display()),
            Self::Raw(path) => write!(f, "raw:{}", path.display()),
            Self::Random { seed, count } => write!(f, "random:{seed}:{count}"),
        }
    }
}

impl FromStr for Data {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if let Some(numbers) = text.strip_prefix("random:") {
            let numbers = numbers.split_once(':').and_then(|(seed, count)| {
                let count = count.parse().ok().filter(|count| *count > 0)?;
                Some((seed.parse().ok()?, count))
            });
            let (seed, count) = numbers.ok_or("write random:SEED:N, as in random:1:8")?;
            return Ok(Self::Random { seed, count });
        }
        if let Some(path) = text.strip_prefix("list:") {
            return Ok(Self::List(path.into()));
        }
        if let Some(path) = text.strip_prefix("raw:") {
            return Ok(Self::Raw(path.into()));
        }
        if let Some(path) = text.strip_prefix("tfrecord:") {
            return Ok(Self::TfRecords(path.into()));
        }
        let path = Path::new(text);
        let is_pattern = text.rsplit('/').next().is_some_and(|name| name.contains('*'));
        let is_named = tfrecords::is_named(path) && !path.is_dir();
        if is_named || is_pattern && !path.exists() && files::extension(path) != "npy" {
            return Ok(Self::TfRecords(text.into()));
        }
        Ok(match files::extension(Path::new(text)).as_str() {
            "npz" => Self::Npz(text.into()),
            "h5" | "hdf5" => Self::Hdf5(text.into()),
            // A file may have commas in its name.
            "npy" if Path::new(text).exists() => Self::Npy(vec![text.into()]),
            "npy" => Self::Npy(npy_files(text)),
            _ => Self::Folder(text.into()),
        })
    }
}

/// Names of `.npy` files, separated by commas. A comma within a name does not follow `.npy`.
fn npy_files(text: &str) -> Vec<PathBuf> {
    let mut names: Vec<String> = Vec::new();
    let mut whole = true;
    for part in text.split(',') {
        match names.last_mut() {
            Some(name) if !whole => *name = format!("{name},{part}"),
            _ => names.push(part.to_owned()),
        }
        whole = files::extension(Path::new(part)) == "npy";
    }
    names.into_iter().map(PathBuf::from).collect()
}

impl Data {
    /// The records for a model. They are read one at a time, when their turn comes.
    pub fn open(&self, model: &Model, shapes: &Shapes) -> Result<Box<dyn Records>> {
        let inputs = Inputs::new(model, shapes)?;
        match self {
            Self::Hdf5(path) | Self::List(path) => used_files::read(path),
            _ => {}
        }
        Ok(match self {
            Self::Folder(path) => folder(path, model, inputs)?,
            Self::TfRecords(path) => {
                let records = tfrecords(path, &inputs, "")?;
                hints::looked_at(&self.to_string(), model, &inputs, records)?
            }
            Self::Npy(paths) => {
                let records = npy::NpyRecords::open(paths, &inputs)?;
                hints::looked_at(&self.to_string(), model, &inputs, records)?
            }
            Self::Npz(path) => {
                let records = npz::open(path, &inputs)?;
                hints::looked_at(&self.to_string(), model, &inputs, records)?
            }
            Self::Hdf5(path) => Box::new(Hdf5Records::prepared(path, inputs)?),
            Self::List(path) => Box::new(RawRecords::list(path, &inputs.tensors)?),
            Self::Raw(path) => Box::new(RawRecords::folder(path, &inputs.tensors)?),
            Self::Random { seed, count } => Box::new(RandomRecords::new(inputs.tensors, *seed, *count)?),
        })
    }

    /// The records for a model with one class for each example.
    pub fn open_labelled(
        &self,
        model: &Model,
        shapes: &Shapes,
        labels: Option<&Labels>,
    ) -> Result<Box<dyn Labelled>> {
        let inputs = Inputs::new(model, shapes)?;
        let files = match self {
            Self::TfRecords(path) => Some(path),
            Self::Folder(path) if is_tfrecords(path)? => Some(path),
            _ => None,
        };
        if let (Some(path), None | Some(Labels::Field(_))) = (files, labels) {
            let field = match labels {
                Some(Labels::Field(field)) => field,
                _ => tfrecords::LABEL,
            };
            let records = tfrecords(path, &inputs, field)?;
            hints::look(&self.to_string(), model, &inputs, &records)?;
            return Ok(Box::new(records));
        }
        let pictures = match self {
            Self::Folder(path) => PictureRecords::open(path, &inputs.tensors, &inputs.prepare)?,
            _ => None,
        };
        if let Some(pictures) = pictures {
            let names: Vec<PathBuf> = pictures.names().map(Path::to_owned).collect();
            let found = labels::of_pictures(labels, &names, &self.to_string())?;
            let (batch, count) = (pictures.batch(), names.len());
            hints::look(&self.to_string(), model, &inputs, &pictures)?;
            let records = WithLabels::new(Box::new(pictures), found, batch, count, &labels::shown(labels))?;
            return Ok(Box::new(records));
        }
        let found = labels::of_others(labels, &self.to_string())?;
        let records = self.open(model, shapes)?;
        // The first axis of the first input, as it is in a record.
        let batch = match records.len() {
            0 => 1,
            _ => records
                .get(0)?
                .first()
                .and_then(|value| value.shape.first().copied())
                .unwrap_or(1),
        };
        let count = records.len().saturating_mul(batch);
        let records = WithLabels::new(records, found, batch, count, &labels::shown(labels))?;
        Ok(Box::new(records))
    }
}

fn tfrecords(path: &Path, inputs: &Inputs, label: &str) -> Result<TfRecords> {
    let files = tfrecords::files_of(path)?;
    if files.is_empty() {
        return Err(Failure::Invalid(format!(
            "{}: no file is called so; name files of TFRecords, as in tfrecord:'data/validation-*'",
            path.display()
        )));
    }
    TfRecords::open(&files, inputs, label)
}

/// Whether a folder has files of TFRecords.
fn is_tfrecords(path: &Path) -> Result<bool> {
    Ok(path.is_dir() && !tfrecords::files_of(path)?.is_empty())
}

/// A folder of what it has: text files, TFRecords or pictures; or one picture.
fn folder(path: &Path, model: &Model, inputs: Inputs) -> Result<Box<dyn Records>> {
    if path.is_file() && !pictures::is_picture(path) {
        return Err(Failure::Usage(format!(
            "{}: not a folder, nor a .npy file; give a folder of pictures or .txt records, a picture, a .npy, .npz or .h5 file, \
             tfrecord:FILE, list:FILE, raw:FOLDER or random:SEED:N",
            path.display()
        )));
    }
    let shown = path.display().to_string();
    if path.is_file() || !text::is_in(path)? {
        if is_tfrecords(path)? {
            let records = tfrecords(path, &inputs, "")?;
            return hints::looked_at(&shown, model, &inputs, records);
        }
        if let Some(pictures) = PictureRecords::open(path, &inputs.tensors, &inputs.prepare)? {
            return hints::looked_at(&shown, model, &inputs, pictures);
        }
    }
    Ok(Box::new(text::TextRecords::open(path, inputs.tensors)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let npy = |paths: &[&str]| Ok(Data::Npy(paths.iter().map(PathBuf::from).collect()));
        let rows = [
            ("random:7:3", Ok(Data::Random { seed: 7, count: 3 })),
            (
                "random:7",
                Err("write random:SEED:N, as in random:1:8".to_owned()),
            ),
            (
                "random:7:0",
                Err("write random:SEED:N, as in random:1:8".to_owned()),
            ),
            ("a/b.npy", npy(&["a/b.npy"])),
            ("a.npy,b.NPY", npy(&["a.npy", "b.NPY"])),
            ("a,b.npy", npy(&["a,b.npy"])),
            ("a,b.npy,c.npy,,d.npy", npy(&["a,b.npy", "c.npy", ",d.npy"])),
            ("a/b.H5", Ok(Data::Hdf5("a/b.H5".into()))),
            ("b.hdf5", Ok(Data::Hdf5("b.hdf5".into()))),
            ("list:a.h5", Ok(Data::List("a.h5".into()))),
            ("tfrecord:a/b-*", Ok(Data::TfRecords("a/b-*".into()))),
            ("a/b.npz", Ok(Data::Npz("a/b.npz".into()))),
            ("x=a.npy,y=b.npy", npy(&["x=a.npy", "y=b.npy"])),
            ("raw:a.npy", Ok(Data::Raw("a.npy".into()))),
            ("inputs", Ok(Data::Folder("inputs".into()))),
        ];
        for (text, data) in rows {
            assert_eq!(text.parse(), data, "{text}");
            if let Ok(data) = data {
                assert_eq!(data.to_string(), text);
            }
        }
    }
}
