//! The data options of the programs: an HDF5 file, a list or a folder of raw files, or random values.

use std::path::Path;

use clap::ValueEnum;
use quant_core::ir::{Model, Tensor};
use quant_core::record::Records;
use quant_core::{Place, Problem};

use crate::data::{Hdf5Records, Mt19937Records, RawRecords};
use crate::failure::{Failure, Result};

/// Records of a run without data, as in the original.
const RANDOM_RECORDS: usize = 3;

/// The form of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    /// An HDF5 file.
    #[value(alias = "hdf5")]
    H5,
    /// A text file that names files of raw bytes.
    #[value(alias = "filelist")]
    List,
    /// A folder of files of raw bytes.
    #[value(alias = "dir")]
    Directory,
}

impl DataFormat {
    /// What data of no stated form is: a folder is one, a file with HDF5's first bytes or name is one, others are
    /// lists.
    pub fn of(data: &Path) -> Self {
        if data.is_dir() {
            return Self::Directory;
        }
        let named = data
            .extension()
            .is_some_and(|word| word.eq_ignore_ascii_case("h5") || word.eq_ignore_ascii_case("hdf5"));
        let mut start = [0; 8];
        let read =
            std::fs::File::open(data).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
        // What cannot be opened is an HDF5 file that is missing, for a clear error.
        let hdf5 = match read {
            Ok(()) => start == *b"\x89HDF\r\n\x1a\n",
            Err(_) => !data.exists(),
        };
        if named || hdf5 { Self::H5 } else { Self::List }
    }
}

/// The records of a model; three random ones without data.
pub fn open(data: Option<&Path>, format: DataFormat, model: &Model) -> Result<Box<dyn Records>> {
    let inputs = inputs(model)?;
    let Some(data) = data else {
        return Ok(Box::new(Mt19937Records::new(&inputs, RANDOM_RECORDS)?));
    };
    Ok(match format {
        DataFormat::H5 => Box::new(Hdf5Records::open(data, inputs)?),
        DataFormat::List => Box::new(RawRecords::list(data, &inputs)?),
        DataFormat::Directory => Box::new(RawRecords::folder(data, &inputs)?),
    })
}

/// The graph inputs, with an open batch of images taken as 1. Other dimensions must be known.
fn inputs(model: &Model) -> Result<Vec<Tensor>> {
    let mut inputs = model.main().input_tensors();
    for input in &mut inputs {
        let open = input
            .shape_signature
            .take()
            .unwrap_or_else(|| input.shape.clone());
        if open.len() == 4
            && open.len() == input.shape.len()
            && let ([-1, ..], Some(batch)) = (&open[..], input.shape.first_mut())
        {
            *batch = 1;
        }
        let batch = usize::from(open.len() == 4);
        if open.iter().skip(batch).any(|d| *d < 0) {
            return Err(quant_core::Error::new(
                Place::tensor("input", &input.name),
                Problem::Shape(format!("it has an unknown dimension: {open:?}")),
                "fix the shape in the model, or take the verb of `quant` with --shape",
            )
            .into());
        }
    }
    Ok(inputs)
}

/// Errors of data have their place already; those of the model's inputs get the model's.
pub fn within(model: &Path) -> impl Fn(Failure) -> Failure + '_ {
    move |failure| match failure {
        Failure::Core(error) => Failure::Core(error.within(model.display())),
        other => other,
    }
}
