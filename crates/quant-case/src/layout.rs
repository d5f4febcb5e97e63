//! Where the files of a case lie.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::path::PathBuf;

use crate::Stage;
pub use crate::names::file_name;
use crate::row::Row;

/// The folder that holds `test.lst` and the trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The folder.
    pub root: PathBuf,
}

impl Layout {
    /// The trees below a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// `test.lst`.
    pub fn list(&self) -> PathBuf {
        self.root.join("test.lst")
    }

    /// `recipes/<model>/test.recipe`.
    pub fn recipe(&self, row: &Row) -> PathBuf {
        self.root.join("recipes").join(&row.model).join("test.recipe")
    }

    /// `recipes/<model>/model.circle` and `…/model.tflite`: a model may be a file, beside a recipe or in place of it.
    pub fn model_files(&self, row: &Row) -> [PathBuf; 2] {
        ["model.circle", "model.tflite"].map(|name| self.root.join("recipes").join(&row.model).join(name))
    }

    /// `recipes/<model>/model.textproto` and `…/model.onnx`: the model of an addOnnxTest.
    pub fn onnx_files(&self, row: &Row) -> [PathBuf; 2] {
        crate::onnx::FILES.map(|name| self.root.join("recipes").join(&row.model).join(name))
    }

    /// `config_files/<model>/<granularity>/<type>/qconf.json`.
    pub fn qconf(&self, row: &Row) -> PathBuf {
        self.below("config_files", &row.model, row).join("qconf.json")
    }

    /// `test_inputs/<folder>/<granularity>/<type>`, which holds `<n>.txt` or `<n>.npy`; `test_inputs/<folder>` for all rows of
    /// addTFLiteTest, addRecipeTest and addOnnxTest, which calibrate the float model.
    pub fn inputs(&self, row: &Row) -> PathBuf {
        if row.kind.is_foreign() {
            return self.root.join("test_inputs").join(row.folder());
        }
        self.below("test_inputs", &row.folder(), row)
    }

    /// `expected_outputs/<folder>/<granularity>/<type>/<stage>`, which holds `<tensor>.json`.
    pub fn goldens(&self, row: &Row, stage: Stage) -> PathBuf {
        self.below("expected_outputs", &row.folder(), row)
            .join(stage.word())
    }

    /// The golden of one tensor.
    pub fn golden(&self, row: &Row, stage: Stage, tensor: &str) -> PathBuf {
        self.goldens(row, stage).join(file_name(tensor))
    }

    fn below(&self, tree: &str, folder: &str, row: &Row) -> PathBuf {
        self.root
            .join(tree)
            .join(folder)
            .join(row.granularity.word())
            .join(row.dtype.word())
    }
}
