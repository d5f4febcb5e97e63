//! One case with all that it reads from files, the goldens excepted.

use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::model;
use crate::qconf::{self, Qconf};
use crate::recipe::{Operation, Recipe};
use crate::record_files::Files;
use crate::row::{Row, RowKind};
use crate::{Word, records, text_file};

/// A row with its recipe, configuration and records.
#[derive(Clone, Debug)]
pub struct Case {
    /// Model, granularity and type.
    pub row: Row,
    /// The model; where there is only a file, its outline: the main graph, whose constants have no elements here.
    pub recipe: Recipe,
    /// Whether `recipe` is an outline.
    pub is_outline: bool,
    /// The model as a file that the quantizer reads, where there is one.
    pub file: Option<PathBuf>,
    /// Mixed precision, for addQConfTest.
    pub qconf: Option<Qconf>,
    /// The records, in numeric order, as text: line n holds the elements of graph input n. NumPy files are text here,
    /// too.
    pub records: Vec<String>,
    /// Whether any record is a NumPy file.
    pub has_npy: bool,
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
        let model = model::load(layout, row).and_then(|model| model.check(row.kind).map(|()| model));
        let model = model.map_err(|error| {
            let path = error.path.display();
            if error.is_missing {
                let files = match row.kind {
                    RowKind::Onnx => "model.onnx",
                    _ => "model.tflite or model.circle",
                };
                return format!(
                    "{path} is missing; write the {}, or put {files} there",
                    error.noun()
                );
            }
            format!("{path}{}", error.what)
        })?;
        let qconf = if row.kind == RowKind::QConf {
            let path = layout.qconf(row);
            Some(qconf::parse(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?)
        } else {
            None
        };
        let (records, has_npy) = if row.needs_records() {
            texts(&layout.inputs(row), &model.recipe)?
        } else {
            (Vec::new(), false)
        };
        Ok(Self {
            row: row.clone(),
            recipe: model.recipe,
            is_outline: model.is_outline,
            file: model.file,
            qconf,
            records,
            has_npy,
            folder: layout.inputs(row),
            config: (row.kind == RowKind::QConf).then(|| layout.qconf(row)),
        })
    }

    /// The type and granularity of an operation: the configuration's where it names one of its outputs, else
    /// the row's.
    pub fn setting(&self, operation: &Operation) -> (Word, Word) {
        let layers = self.qconf.iter().flat_map(|qconf| &qconf.layers);
        let named = layers
            .into_iter()
            .find(|layer| layer.names.iter().any(|name| operation.outputs.contains(name)));
        named.map_or((self.row.dtype, self.row.granularity), |layer| {
            (Word::new(layer.dtype.word()), Word::new(layer.granularity.word()))
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

/// The records of a folder, and whether any is a NumPy file. A number without a file, and one with a file behind it,
/// is an error.
fn texts(folder: &Path, recipe: &Recipe) -> Result<(Vec<String>, bool), String> {
    let files = Files::find(folder).unwrap_or_default();
    if let Some(gap) = files.gap() {
        return Err(format!(
            "{}/{gap}.txt is missing; write records 0.txt, 1.txt, … without a gap",
            folder.display()
        ));
    }
    let texts = files
        .texts(Some(recipe), false)
        .map(|text| text.map_err(|(path, what)| format!("{}: {what}", path.display())));
    Ok((texts.collect::<Result<_, _>>()?, files.has_npy()))
}

fn read(path: &Path) -> Result<String, String> {
    text_file::read(path).map_err(|error| format!("{}: {error}; check the file", path.display()))
}
