//! Models and texts from files and into them. A file is written beside its place and renamed, so that
//! whoever looks finds the old file or the new one, never a part.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use quant_case::text_file;
use quant_core::format;
use quant_core::ir::{Bytes, FileFormat, Model};
use quant_core::limits::MAX_STREAM_BYTES;
use quant_core::quantize::precheck;

use crate::failure::{Failure, Result};

/// Reads a model: `.circle` or `.tflite` by what the file says it is, a `.recipe` by its name.
pub fn read_model(path: &Path) -> Result<Model> {
    if path.extension().is_some_and(|extension| extension == "recipe") {
        return recipe(&read_text(path)?, &path.display().to_string());
    }
    let bytes = map_or_read(path).map_err(|error| Failure::io(path, &error))?;
    Ok(format::import_shared(&bytes).map_err(|error| error.within(path.display()))?)
}

/// The bytes of a file, mapped: only those that somebody looks at are read. What cannot be mapped (a pipe, an
/// empty file) is read.
fn map_or_read(path: &Path) -> io::Result<Bytes> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_file()
        && meta.len() > 0
        && let Ok(mapping) = quant_schema::map(&file)
    {
        return Ok(Bytes::new(mapping));
    }
    Ok(text_file::bytes(file, MAX_STREAM_BYTES)?.into())
}

/// Reads a model that is not quantized yet.
pub fn read_float_model(path: &Path) -> Result<Model> {
    let model = read_model(path)?;
    precheck::float_model(&model).map_err(|error| error.within(path.display()))?;
    Ok(model)
}

/// Reads a model that runs as a float model: its weights may be integers behind DEQUANTIZE.
pub fn read_running_model(path: &Path) -> Result<Model> {
    let model = read_model(path)?;
    precheck::float_activations(&model).map_err(|error| error.within(path.display()))?;
    Ok(model)
}

/// The model of a recipe; `shown` names it in errors.
pub fn recipe(text: &str, shown: &str) -> Result<Model> {
    let recipe = quant_case::recipe::parse(text).map_err(|error| {
        let place = format!("{shown}:{}:{}", error.pos.line, error.pos.column);
        if error.unsupported {
            quant_core::Error::unsupported(place, error.what, "")
        } else {
            quant_core::Error::invalid(place, error.what, "")
        }
    })?;
    Ok(quant_core::recipe::build(&recipe).map_err(|error| error.within(shown))?)
}

/// Reads a text file.
pub fn read_text(path: &Path) -> Result<String> {
    text_file::read(path).map_err(|error| Failure::io(path, &error))
}

/// Writes a model in the format that the name of the file asks for.
pub fn write_model(path: &Path, model: &Model) -> Result<u64> {
    write_model_as(path, model, format_of(path)?)
}

/// Writes a model in a format, whatever the name of the file.
pub fn write_model_as(path: &Path, model: &Model, format: FileFormat) -> Result<u64> {
    let file = format::Export::new(model, format).map_err(|error| error.within(path.display()))?;
    let fail = |error: io::Error| Failure::io(path, &error.kind().into());
    write_with(path, |sink| {
        file.pieces(|piece| sink.write_all(piece)).map_err(fail)
    })?;
    Ok(file.len())
}

/// The format that a file's name asks for.
pub fn format_of(path: &Path) -> Result<FileFormat> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("circle") => Ok(FileFormat::Circle),
        Some("tflite") => Ok(FileFormat::Tflite),
        _ => Err(Failure::Usage(format!(
            "{}: the name does not say the format; let it end in .circle or .tflite",
            path.display()
        ))),
    }
}

/// Writes a file beside its place, makes it durable, and renames it. A link keeps its name, a file its
/// permissions; what is no file (a device, a pipe) is written directly.
pub fn write(path: &Path, bytes: &[u8]) -> Result {
    let fail = |error: io::Error| Failure::io(path, &error.kind().into());
    write_with(path, |out| out.write_all(bytes).map_err(fail))
}

/// As [`write()`], the bytes coming piece by piece from `make`.
pub fn write_with(path: &Path, make: impl FnOnce(&mut dyn Write) -> Result) -> Result {
    // Errors name the user's path, not the file beside it.
    let fail = |error: io::Error| Failure::io(path, &error.kind().into());
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&target).ok();
    if let Some(old) = &old
        && !old.is_file()
        && !old.is_dir()
    {
        let mut device = fs::OpenOptions::new().write(true).open(&target).map_err(fail)?;
        make(&mut device)?;
        return device.flush().map_err(fail);
    }
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::metadata(folder).map_err(|error| Failure::io(folder, &error))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".quant-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As a file made in the ordinary way; the process's mask still applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(fail)?;
    let mut buffered = BufWriter::with_capacity(1 << 18, file.as_file_mut());
    make(&mut buffered)?;
    buffered.flush().map_err(fail)?;
    drop(buffered);
    if let Some(old) = old.filter(fs::Metadata::is_file) {
        file.as_file().set_permissions(old.permissions()).map_err(fail)?;
    }
    file.as_file().sync_all().map_err(fail)?;
    file.persist(&target).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Prints to the standard output. A reader that has seen enough may close its end.
pub fn print(text: &str) -> Result {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io(Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}

/// Where a result goes when nobody says: the working folder, under the model's name with `what` behind it.
pub fn default_output(model: &Path, what: &str) -> PathBuf {
    let stem = model.file_stem().unwrap_or(model.as_os_str()).to_string_lossy();
    PathBuf::from(format!("{stem}.{what}.circle"))
}
