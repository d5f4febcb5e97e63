//! The model of a row: its recipe, its file, or both.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::limits::MAX_MODEL_BYTES;
use crate::recipe::{self, Recipe};
use crate::row::{Row, RowKind};
use crate::text_file;
use crate::{onnx, outline};

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The recipe; where there is only a file, the outline of its main graph.
    pub recipe: Recipe,
    /// Whether `recipe` is an outline.
    pub is_outline: bool,
    /// The file that a quantizer reads, where there is one.
    pub file: Option<PathBuf>,
}

/// What is wrong with a model: the file, and where and what in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError {
    /// The file.
    pub path: PathBuf,
    /// Whether it is not there.
    pub is_missing: bool,
    /// What is wrong in it.
    pub what: String,
}

impl ModelError {
    /// What is missing, in a word.
    pub fn noun(&self) -> &'static str {
        if self.path.ends_with("test.recipe") {
            "recipe"
        } else {
            "model"
        }
    }

    fn new(path: PathBuf, what: String) -> Self {
        Self {
            path,
            is_missing: false,
            what,
        }
    }
}

impl Model {
    /// Whether a row of this kind can have the model.
    ///
    /// # Errors
    /// It is a file alone and the row mixes types.
    pub fn check(&self, kind: RowKind) -> Result<(), ModelError> {
        match &self.file {
            Some(file) if self.is_outline && kind == RowKind::QConf => {
                let what = ": which tensors a model of mixed types has is known of recipes; write test.recipe beside the \
                            file, or make the row an addTest";
                Err(ModelError::new(file.clone(), what.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Reads the model of a row.
///
/// # Errors
/// There is none, there are two files, or one of what there is cannot be read.
pub fn load(layout: &Layout, row: &Row) -> Result<Model, ModelError> {
    if row.kind == RowKind::Onnx {
        return of_onnx(layout, row);
    }
    let path = layout.recipe(row);
    let read = match text_file::read(&path) {
        Ok(text) => Some(
            recipe::parse_complete(&text)
                .map_err(|error| ModelError::new(path.clone(), format!(":{error}")))?,
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(ModelError::new(path, format!(": {error}; check the file"))),
    };
    let files = layout.model_files(row);
    let file = only(files)?;
    match (read, file) {
        (Some(recipe), file) => Ok(Model {
            recipe,
            is_outline: false,
            file,
        }),
        (None, Some(file)) => {
            let bytes = bytes(&file)?;
            let recipe =
                outline::read(&bytes).map_err(|what| ModelError::new(file.clone(), format!(": {what}")))?;
            Ok(Model {
                recipe,
                is_outline: true,
                file: Some(file),
            })
        }
        (None, None) => Err(ModelError {
            path,
            is_missing: true,
            what: String::new(),
        }),
    }
}

/// The one file that is there, if any.
fn only(files: [PathBuf; 2]) -> Result<Option<PathBuf>, ModelError> {
    let mut files = files.into_iter().filter(|path| path.exists());
    match (files.next(), files.next()) {
        (_, Some(other)) => {
            let what = ": the model has a file of each format; keep one".to_owned();
            Err(ModelError::new(other, what))
        }
        (file, None) => Ok(file),
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, ModelError> {
    let bytes = File::open(file).and_then(|open| text_file::bytes(open, MAX_MODEL_BYTES));
    bytes.map_err(|error| ModelError::new(file.to_owned(), format!(": {error}; check the file")))
}

/// The model of an addOnnxTest: its graph is all known, also that of a file of bytes.
fn of_onnx(layout: &Layout, row: &Row) -> Result<Model, ModelError> {
    let files = layout.onnx_files(row);
    let [text, _] = &files;
    let missing = ModelError {
        path: text.clone(),
        is_missing: true,
        what: String::new(),
    };
    let text = text.clone();
    let file = only(files)?.ok_or(missing)?;
    let wrong = |what| ModelError::new(file.clone(), what);
    let recipe = if file == text {
        let text = text_file::read(&file).map_err(|error| wrong(format!(": {error}; check the file")))?;
        onnx::read(&text).map_err(|error| wrong(format!(":{error}")))?
    } else {
        onnx::read_binary(&bytes(&file)?).map_err(|what| wrong(format!(": {what}")))?
    };
    Ok(Model {
        recipe,
        is_outline: false,
        file: Some(file),
    })
}
