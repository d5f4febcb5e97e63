//! One case with all that it reads from files, the goldens excepted.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::list::{Row, RowKind};
use crate::qconf::{self, Qconf};
use crate::recipe::{self, Operation, Recipe};
use crate::{Granularity, QuantType, records, text_file};

/// A row with its recipe, configuration and records.
#[derive(Clone, Debug)]
pub struct Case {
    /// Model, granularity and type.
    pub row: Row,
    /// The model.
    pub recipe: Recipe,
    /// Mixed precision, for addQConfTest.
    pub qconf: Option<Qconf>,
    /// The records, in numeric order, as text: line n holds the elements of graph input n.
    pub records: Vec<String>,
    /// The folder that the records come from.
    pub folder: PathBuf,
    /// The file of the configuration, for addQConfTest.
    pub config: Option<PathBuf>,
}

impl Case {
    /// Reads the files of a row.
    ///
    /// # Errors
    /// The first file that cannot be read or is wrong, with its path.
    pub fn load(layout: &Layout, row: &Row) -> Result<Self, String> {
        let path = layout.recipe(row);
        let recipe =
            recipe::parse_complete(&read(&path)?).map_err(|error| format!("{}:{error}", path.display()))?;
        let qconf = if row.kind == RowKind::QConf {
            let path = layout.qconf(row);
            Some(qconf::parse(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?)
        } else {
            None
        };
        let records = match row.kind {
            RowKind::WeightsOnly => Vec::new(),
            _ => texts(&layout.inputs(row))?,
        };
        Ok(Self {
            row: row.clone(),
            recipe,
            qconf,
            records,
            folder: layout.inputs(row),
            config: (row.kind == RowKind::QConf).then(|| layout.qconf(row)),
        })
    }

    /// The type and granularity of an operation: the configuration's where it names one of its outputs, else
    /// the row's.
    pub fn setting(&self, operation: &Operation) -> (QuantType, Granularity) {
        let layers = self.qconf.iter().flat_map(|qconf| &qconf.layers);
        let named = layers
            .into_iter()
            .find(|layer| layer.names.iter().any(|name| operation.outputs.contains(name)));
        named.map_or((self.row.dtype, self.row.granularity), |layer| {
            (layer.dtype, layer.granularity)
        })
    }

    /// The records as numbers: for each record, the elements of each graph input.
    ///
    /// # Errors
    /// A word that is no finite number, with its file.
    pub fn numbers(&self) -> Result<Vec<Vec<Vec<f32>>>, String> {
        let number = |word: &str| match word.parse::<f32>() {
            Ok(x) if x.is_finite() => Ok(x),
            _ => Err(format!("`{word}` is no finite number")),
        };
        let line = |line: &str| records::words(line).map(number).collect::<Result<Vec<_>, _>>();
        let record = |(n, text): (usize, &String)| {
            let values = records::lines(text)
                .map(|(_, text)| line(text))
                .collect::<Result<Vec<_>, _>>();
            values
                .map_err(|error| format!("{}/{n}.txt: {error}; write plain decimals", self.folder.display()))
        };
        self.records.iter().enumerate().map(record).collect()
    }
}

/// The records `0.txt`, `1.txt`, … of a folder. A number without a file, and one with a file behind it, is an error.
fn texts(folder: &Path) -> Result<Vec<String>, String> {
    let mut records = Vec::new();
    loop {
        let path = folder.join(format!("{}.txt", records.len()));
        match text_file::read(&path) {
            Ok(text) => records.push(text),
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    && !records.is_empty()
                    && !any_behind(folder, records.len()) =>
            {
                return Ok(records);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(format!(
                    "{} is missing; write records 0.txt, 1.txt, … without a gap",
                    path.display()
                ));
            }
            Err(error) => return Err(format!("{}: {error}; check the file", path.display())),
        }
    }
}

/// Whether a folder has a record of a number from `next` on.
fn any_behind(folder: &Path, next: usize) -> bool {
    let number = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.ok()?.file_name();
        name.to_str()?.strip_suffix(".txt")?.parse::<usize>().ok()
    };
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(number).any(|number| number > next)
}

fn read(path: &Path) -> Result<String, String> {
    text_file::read(path).map_err(|error| format!("{}: {error}; check the file", path.display()))
}
