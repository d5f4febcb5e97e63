//! Models and texts from files and into them. A file is written beside its place and renamed, so that
//! whoever looks finds the old file or the new one, never a part.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use quant_case::text_file;
use quant_core::ir::{Bytes, FileFormat, Model};
use quant_core::limits::MAX_STREAM_BYTES;
use quant_core::quantize::precheck;
use quant_core::{Problem, fold, format};

use crate::failure::{Failure, Result};
use crate::litert::Strict;
use crate::used_files;
use crate::{foreign, frozen, onnx};

/// Reads a model: `.circle` or `.tflite` by what the file says it is, a `.recipe`, a frozen graph or an ONNX model by its name.
pub fn read_model(path: &Path) -> Result<Model> {
    read_as(path, false)
}

/// The same for a run: with `dynamic`, what an ONNX model quantizes when it runs is quantized.
pub fn read_model_to_run(path: &Path, dynamic: bool) -> Result<Model> {
    read_as(path, dynamic)
}

fn read_as(path: &Path, dynamic: bool) -> Result<Model> {
    if path.is_dir() {
        return Err(foreign::folder(path));
    }
    if extension(path) == "recipe" {
        return recipe(&read_text(path)?, &path.display().to_string());
    }
    let bytes = map_or_read(path).map_err(|error| Failure::io(path, &error))?;
    if let Some(failure) = foreign::file(path, &bytes) {
        return Err(failure);
    }
    if !foreign::is_model(&bytes) && (frozen::is_onnx(path) || onnx::looks_like(&bytes)) {
        return onnx::model(path, bytes, dynamic);
    }
    if frozen::is_graph(path) && !foreign::is_model(&bytes) {
        return frozen::model(path, bytes);
    }
    Ok(format::import_shared(&bytes).map_err(|error| error.within(path.display()))?)
}

/// The bytes of a file that is read by somebody else.
pub fn shared(path: &Path) -> Result<Bytes> {
    map_or_read(path).map_err(|error| Failure::io(path, &error))
}

/// The bytes of a file, mapped: only those that somebody looks at are read. What cannot be mapped (a pipe, an
/// empty file) is read.
fn map_or_read(path: &Path) -> io::Result<Bytes> {
    used_files::read(path);
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

/// Reads a model that is not quantized yet. Its weights are floats then, whatever form the file keeps them in.
pub fn read_float_model(path: &Path) -> Result<Model> {
    let mut model = read_model(path)?;
    let folded = fold::constants(&mut model);
    let checked = folded.and_then(|_| precheck::float_model(&model));
    checked.map_err(|error| error.within(path.display()))?;
    Ok(model)
}

/// Reads a model that runs as a float model: its weights may be integers behind DEQUANTIZE, and stay so.
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
            quant_core::Error::new(place, Problem::Parse(error.what), "")
        }
    })?;
    Ok(quant_recipe::build(&recipe).map_err(|error| error.within(shown))?)
}

/// Reads a text file.
pub fn read_text(path: &Path) -> Result<String> {
    used_files::read(path);
    text_file::read(path).map_err(|error| Failure::io(path, &error))
}

/// Writes a model in the format that the name of the file asks for. What LiteRT would not run right in a `.tflite` is a
/// warning, or an error before anything is written.
pub fn write_model(path: &Path, model: &Model, strict: Strict) -> Result<u64> {
    save(path, &checked(path, model, strict)?)
}

/// The file of a model, ready to be [saved](save): everything that can be wrong with it is found here.
pub fn checked<'m>(path: &Path, model: &'m Model, strict: Strict) -> Result<format::Export<'m>> {
    let format = format_of(path)?;
    let file = export(path, model, format)?;
    if format == FileFormat::Tflite {
        strict.check(path, model)?;
    }
    Ok(file)
}

/// Writes a model in a format, whatever the name of the file and whoever runs it.
pub fn write_model_as(path: &Path, model: &Model, format: FileFormat) -> Result<u64> {
    save(path, &export(path, model, format)?)
}

fn export<'m>(path: &Path, model: &'m Model, format: FileFormat) -> Result<format::Export<'m>> {
    Ok(format::Export::new(model, format).map_err(|error| error.within(path.display()))?)
}

/// Writes a file that is ready; its size.
pub fn save(path: &Path, file: &format::Export<'_>) -> Result<u64> {
    let fail = |error: io::Error| Failure::io(path, &error.kind().into());
    write_with(path, |sink| {
        file.pieces(|piece| sink.write_all(piece)).map_err(fail)
    })?;
    used_files::written(path);
    Ok(file.len())
}

/// The end of a file's name behind the last dot, in small letters; empty when there is none.
pub fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    extension.to_ascii_lowercase()
}

/// The format that a file's name asks for.
pub fn format_of(path: &Path) -> Result<FileFormat> {
    let shown = path.display();
    match extension(path).as_str() {
        "circle" => Ok(FileFormat::Circle),
        "tflite" => Ok(FileFormat::Tflite),
        "" => Err(Failure::Usage(format!(
            "{shown}: the name does not say the format; let it end in .circle or .tflite"
        ))),
        "onnx" => Err(Failure::Usage(format!(
            "{shown}: .onnx is what `run` makes of an ONNX model, and nothing else; let it end in .circle or .tflite"
        ))),
        other => Err(Failure::Usage(format!(
            "{shown}: .{other} is no format that is written; let it end in .circle or .tflite"
        ))),
    }
}

/// Writes a file beside its place, makes it durable, and renames it. A link keeps its name, a file its
/// permissions; what is no file (a device, a pipe) is written directly. What the command read or wrote is refused.
pub fn write(path: &Path, bytes: &[u8]) -> Result {
    used_files::refuse(path)?;
    let fail = |error: io::Error| Failure::io(path, &error.kind().into());
    write_with(path, |out| out.write_all(bytes).map_err(fail))
}

/// The file that a path means: links are followed, also where the file is not there yet.
fn place(path: &Path) -> PathBuf {
    if let Ok(found) = fs::canonicalize(path) {
        return found;
    }
    let mut place = path.to_owned();
    // What stands for an open pipe has no path of its own.
    if fs::metadata(path).is_ok() {
        return place;
    }
    // As many as Linux follows.
    for _ in 0..40 {
        let Ok(to) = fs::read_link(&place) else {
            return place;
        };
        place = place.parent().unwrap_or(Path::new("")).join(to);
    }
    path.to_owned()
}

/// As [`write()`], the bytes coming piece by piece from `make`.
pub fn write_with(path: &Path, make: impl FnOnce(&mut dyn Write) -> Result) -> Result {
    // Errors name the user's path, not the file beside it.
    let fail = |error: io::Error| Failure::io(path, &error.kind().into());
    let target = place(path);
    let old = fs::metadata(&target).ok();
    if let Some(old) = &old
        && !old.is_file()
        && !old.is_dir()
    {
        let device = fs::OpenOptions::new().write(true).open(&target).map_err(fail)?;
        let mut device = Pipe(Some(device));
        make(&mut device)?;
        return device.flush().map_err(fail);
    }
    let folder = folder_of(&target)?;
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

/// The folder that a file is to be written into; it must be there.
pub fn folder_of(path: &Path) -> Result<&Path> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::metadata(folder).map_err(|error| Failure::io(folder, &error))?;
    Ok(folder)
}

/// What is no file: when the reader at its other end has seen enough, what comes is let go.
struct Pipe(Option<File>);

impl Pipe {
    fn unless_closed<T>(&mut self, done: io::Result<T>, otherwise: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.0 = None;
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(device) = &mut self.0 else {
            return Ok(bytes.len());
        };
        let done = device.write(bytes);
        self.unless_closed(done, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(device) = &mut self.0 else {
            return Ok(());
        };
        let done = device.flush();
        self.unless_closed(done, ())
    }
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

/// The format of a result when nobody says: the one that the model has.
pub fn default_format(model: &Path) -> FileFormat {
    match extension(model).as_str() {
        "tflite" | "pb" | "pbtxt" | "onnx" => FileFormat::Tflite,
        _ => FileFormat::Circle,
    }
}

/// Where a result goes when nobody says: the working folder, under the model's name with `what` behind it, in the
/// format that the model has. A file that is there is replaced only with `force`: its name was nobody's choice.
pub fn default_output(model: &Path, what: &str, force: bool) -> Result<PathBuf> {
    let stem = model.file_stem().unwrap_or(model.as_os_str()).to_string_lossy();
    let format = match default_format(model) {
        FileFormat::Tflite => "tflite",
        FileFormat::Circle => "circle",
    };
    let path = PathBuf::from(format!("{stem}.{what}.{format}"));
    if path.exists() && !force {
        return Err(Failure::Usage(format!(
            "{}: it exists; say where the model goes with -o, or replace the file with --force",
            path.display()
        )));
    }
    Ok(path)
}
