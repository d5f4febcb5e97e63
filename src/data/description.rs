//! What data is, in words that are equal on every machine that has it: what parts of one recording must agree in.

use std::fs;
use std::path::{Path, PathBuf};

use quant_core::ir::Model;
use quant_core::record::recording::of_bytes;

use super::{Data, Shapes, tfrecords};
use crate::failure::{Failure, Result};

/// Kind, files by name and size (no file is read for it, but a list), inputs with their shapes, and what is done with the
/// data before the model takes it.
pub fn of(data: &Data, model: &Model, shapes: &Shapes) -> Result<Vec<(String, String)>> {
    let inputs = shapes.apply(model.main().input_tensors())?;
    let inputs = inputs
        .iter()
        .map(|input| format!("{} {} {:?}", input.name, input.dtype, input.shape));
    let (kind, files) = match data {
        Data::Folder(path) => ("folder", named(path, &walk(path)?)?),
        Data::TfRecords(path) => ("tfrecords", sizes(&tfrecords::files_of(path)?)?),
        Data::Npy(paths) => ("npy", sizes(&files_of(paths))?),
        Data::Npz(path) => ("npz", sizes(std::slice::from_ref(path))?),
        Data::Hdf5(path) => ("hdf5", sizes(std::slice::from_ref(path))?),
        Data::List(path) => {
            let text = fs::read(path).map_err(|error| Failure::io(path, &error))?;
            ("list", format!("sha256 {}", of_bytes(&text)))
        }
        Data::Raw(path) => ("raw", named(path, &walk(path)?)?),
        Data::Random { seed, count } => ("random", format!("seed {seed}, {count}")),
    };
    let pairs = [
        ("kind", kind.to_owned()),
        ("inputs", inputs.collect::<Vec<_>>().join("; ")),
        ("files", files),
        ("preparation", shapes.prepare.to_string()),
    ];
    Ok(pairs.map(|(key, value)| (key.to_owned(), value)).into())
}

/// Files of NumPy, without the names of inputs before them.
fn files_of(paths: &[PathBuf]) -> Vec<PathBuf> {
    let file = |path: &PathBuf| {
        let text = path.to_string_lossy();
        let rest = text.split_once('=').map(|(_, file)| PathBuf::from(file));
        rest.filter(|_| !path.exists()).unwrap_or_else(|| path.clone())
    };
    paths.iter().map(file).collect()
}

/// All files of a folder, or the one file.
fn walk(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let fail = |error| Failure::io(&folder, &error);
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Names and sizes of files, by the ends of their names.
fn sizes(files: &[PathBuf]) -> Result<String> {
    let folder = files
        .first()
        .and_then(|file| file.parent())
        .unwrap_or(Path::new(""));
    named(folder, files)
}

fn named(folder: &Path, files: &[PathBuf]) -> Result<String> {
    let (mut text, mut bytes) = (String::new(), 0u64);
    for file in files {
        let size = fs::metadata(file)
            .map_err(|error| Failure::io(file, &error))?
            .len();
        let name = match file.strip_prefix(folder) {
            Ok(name) if !name.as_os_str().is_empty() => name.to_string_lossy(),
            _ => file.file_name().unwrap_or_default().to_string_lossy(),
        };
        text.extend([name.as_ref(), "\n", &size.to_string(), "\n"]);
        bytes = bytes.saturating_add(size);
    }
    let digest = of_bytes(text.as_bytes()).to_string();
    Ok(format!(
        "{} of {bytes} bytes, names and sizes {}",
        files.len(),
        digest.get(..16).unwrap_or_default()
    ))
}
