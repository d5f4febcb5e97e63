//! A case as `quant-core` takes it, and what it gives.

use std::path::{Path, PathBuf};

use quant_core::ir::Model;
use quant_core::record::text_record;
use quant_core::value::Value;
use quant_core::{dump, format};

use super::{Case, process};
use crate::results::FromDump;

/// What a stage makes, out of a dump of the model.
pub(super) fn tensors<T: FromDump>(model: &Model) -> Result<Vec<T>, String> {
    let dump = show(dump::tensors(model))?;
    Ok(dump.into_iter().filter_map(T::from_dump).collect())
}

/// The records of a case, as values of the graph inputs.
pub(super) fn text_records(case: &Case, model: &Model) -> Result<Vec<Vec<Value>>, String> {
    let inputs = model.main().input_tensors();
    let records = case.records.iter().enumerate().map(|(number, text)| {
        let place = case.folder.join(format!("{number}.txt"));
        text_record(&inputs, text).map_err(|error| error.within(place.display()).to_string())
    });
    records.collect()
}

/// The model before quantization: its file, where it has one, else its recipe's.
pub(super) fn float(case: &Case) -> Result<Model, String> {
    match &case.file {
        None => show(quant_recipe::build(&case.recipe)),
        Some(path) => {
            let bytes = process::read(path)?;
            show(format::import(&bytes).map_err(|error| error.within(path.display())))
        }
    }
}

pub(super) fn show<T>(result: quant_core::Result<T>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

/// The folder of a case's records as text: its own, or `text`, into which NumPy's are written.
pub(super) fn data(case: &Case, text: &Path) -> Result<PathBuf, String> {
    if !case.has_npy {
        return Ok(case.folder.clone());
    }
    process::create(text)?;
    for (number, record) in case.records.iter().enumerate() {
        process::write(&text.join(format!("{number}.txt")), record.as_bytes())?;
    }
    Ok(text.to_owned())
}
