//! Calibration data: what the argument names, as a stream of records.

pub(crate) mod elements;
mod hdf5;
mod mt19937;
pub(crate) mod npy;
mod raw;
mod shapes;
mod text;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use quant_core::ir::Model;
use quant_core::record::{RandomRecords, Records};

pub use hdf5::Hdf5Records;
pub use mt19937::Mt19937Records;
pub use raw::RawRecords;
pub use shapes::Shapes;

use crate::failure::{Failure, Result};
use crate::{files, used_files};

/// The words for it in `--help`.
pub const HELP: &str = "Calibration data: a folder of records (0.txt, 1.txt, …; line n holds the values of graph input n), a .npy \
file (first axis: records; several graph inputs: one file each, separated by commas), a .h5 file \
(/value/RECORD/INPUT), list:FILE (a line a record: files of raw bytes), raw:FOLDER (a file of raw bytes a record), or \
random:SEED:N";

/// Where records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A folder of text files.
    Folder(PathBuf),
    /// A NumPy file for each graph input.
    Npy(Vec<PathBuf>),
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
            Self::Folder(path) | Self::Hdf5(path) => write!(f, "{}", path.display()),
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
        Ok(match files::extension(Path::new(text)).as_str() {
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
        let inputs = shapes.apply(model.main().input_tensors())?;
        match self {
            Self::Npy(paths) => paths.iter().for_each(|path| used_files::read(path)),
            Self::Hdf5(path) | Self::List(path) => used_files::read(path),
            _ => {}
        }
        Ok(match self {
            Self::Folder(path) if path.is_file() => {
                return Err(Failure::Usage(format!(
                    "{}: not a folder, nor a .npy file; give a folder of .txt records, a .npy or .h5 file, list:FILE, raw:FOLDER or random:SEED:N",
                    path.display()
                )));
            }
            Self::Folder(path) => Box::new(text::TextRecords::open(path, inputs)?),
            Self::Npy(paths) => Box::new(npy::NpyRecords::open(paths, &inputs)?),
            Self::Hdf5(path) => Box::new(Hdf5Records::open(path, inputs)?),
            Self::List(path) => Box::new(RawRecords::list(path, &inputs)?),
            Self::Raw(path) => Box::new(RawRecords::folder(path, &inputs)?),
            Self::Random { seed, count } => Box::new(RandomRecords::new(inputs, *seed, *count)?),
        })
    }
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
