//! `recipes`: the model of a row.

use quant_case::model::{self, Model, ModelError};
use quant_case::row::{Row, RowKind};

use super::Scanner;

/// What tells models apart: a folder may hold one for ONNX beside another.
fn key(row: &Row) -> (String, bool) {
    (row.model.clone(), row.kind == RowKind::Onnx)
}

impl Scanner {
    /// The model of a row, if it can be read; what is wrong with it is told once.
    pub(super) fn model(&mut self, row: &Row, place: &str) -> Option<Model> {
        let known = match self.models.get(&key(row)) {
            Some(known) => known.clone(),
            None => self.read_model(row, place),
        };
        let known = known?;
        match known.check(row.kind) {
            Ok(()) => Some(known),
            Err(error) => {
                self.model_error(place, &error);
                None
            }
        }
    }

    fn read_model(&mut self, row: &Row, place: &str) -> Option<Model> {
        let read = model::load(&self.layout, row);
        if let Err(error) = &read {
            self.model_error(place, error);
        }
        let files = if row.kind == RowKind::Onnx {
            self.layout.onnx_files(row)
        } else {
            self.claims.file(self.layout.recipe(row), place);
            self.layout.model_files(row)
        };
        for file in files {
            self.claims.file(file, place);
        }
        let read = read.ok();
        self.models.insert(key(row), read.clone());
        read
    }

    fn model_error(&mut self, place: &str, error: &ModelError) {
        let shown = self.show(&error.path);
        let what = if error.is_missing {
            format!(
                "{shown} is missing; write the {}, or remove the row",
                error.noun()
            )
        } else {
            format!("{shown}{}", error.what)
        };
        self.error(place, &what);
    }
}
