//! Frozen TensorFlow graphs where a model is wanted: read, and lowered with the inputs and outputs that were named.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use quant_core::ir::{Bytes, Model};
use quant_tensorflow::{Graph, Lowering};

use crate::failure::{Failure, Result};

/// What of a graph is the model.
#[derive(Clone, Debug, Default)]
pub struct Frozen {
    pub(crate) outputs: Vec<String>,
    pub(crate) inputs: Vec<String>,
    pub(crate) input_shape: Vec<(String, Vec<usize>)>,
}

/// The options that say it.
#[derive(Args)]
#[command(next_help_heading = "Frozen TensorFlow graphs (.pb, .pbtxt) and ONNX models (.onnx)")]
struct Options {
    /// Outputs of the graph, separated by commas [default: what no other node reads, or ONNX's own]
    #[arg(long, global = true, value_name = "NODES", value_delimiter = ',')]
    outputs: Vec<String>,
    /// Inputs of the graph, separated by commas; it is cut there [default: its placeholders, or ONNX's own]
    #[arg(long, global = true, value_name = "NODES", value_delimiter = ',')]
    inputs: Vec<String>,
    /// Shape of an input, as in input:1,224,224,3; give it again for another [default: the graph's, with a batch of 1]
    #[arg(long, global = true, value_name = "NODE:SHAPE", value_parser = shape)]
    input_shape: Vec<(String, Vec<usize>)>,
}

impl Args for Frozen {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

impl FromArgMatches for Frozen {
    /// What the options say, but for those that the verb has itself, of another type (`amct`): those are not meant for us.
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        Ok(Self {
            outputs: said(matches, "outputs"),
            inputs: said(matches, "inputs"),
            input_shape: said(matches, "input_shape"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn said<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, option: &str) -> Vec<T> {
    let values = matches.try_get_many::<T>(option).ok().flatten();
    values.into_iter().flatten().cloned().collect()
}

/// Refuses what stands before a flow of `amct`, or is nothing to it: its options of these names are others.
///
/// # Errors
/// One of them was given.
pub fn misplaced(matches: &ArgMatches) -> Result {
    let Some(("amct", matches)) = matches.subcommand() else {
        return Ok(());
    };
    let Some((flow, matches)) = matches.subcommand() else {
        return Ok(());
    };
    let what = if !said::<String>(matches, "outputs").is_empty() {
        format!("--outputs stands behind the flow, as in quant amct {flow} GRAPH.pb --outputs 'a:0;b:0'")
    } else if !said::<String>(matches, "inputs").is_empty() {
        "--inputs: a graph is quantized from its placeholders on; cut it before, or leave layers float with --skip-layer"
            .to_owned()
    } else if !said::<(String, Vec<usize>)>(matches, "input_shape").is_empty() {
        "--input-shape stands behind a flow that runs the graph, as in quant amct calibrate GRAPH.pb --input-shape a:1,8"
            .to_owned()
    } else {
        return Ok(());
    };
    Err(Failure::Usage(format!("amct {flow}: {what}")))
}

static ASKED: Mutex<Option<Frozen>> = Mutex::new(None);

/// A name and sizes.
fn shape(text: &str) -> std::result::Result<(String, Vec<usize>), String> {
    let wrong = || "write NODE:SIZES, as in input:1,224,224,3".to_owned();
    let (name, sizes) = text.rsplit_once(':').ok_or_else(wrong)?;
    let sizes = sizes.split(',').map(|size| size.trim().parse().ok());
    let sizes: Option<Vec<usize>> = sizes.collect();
    match sizes {
        Some(sizes) if !name.is_empty() => Ok((name.to_owned(), sizes)),
        _ => Err(wrong()),
    }
}

impl Frozen {
    /// Keeps it for the graphs that are read.
    ///
    /// # Errors
    /// It says something, and no argument is a graph.
    pub fn keep(self) -> Result {
        let asked = !(self.outputs.is_empty() && self.inputs.is_empty() && self.input_shape.is_empty());
        let mut files = std::env::args_os().map(PathBuf::from);
        if asked && !files.any(|file| is_graph(&file) || is_onnx(&file)) {
            let what = "--outputs, --inputs and --input-shape are for frozen TensorFlow graphs (.pb, .pbtxt) and ONNX models (.onnx)";
            return Err(Failure::Usage(what.to_owned()));
        }
        *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
        Ok(())
    }
}

/// Whether a file is a graph by its name.
pub fn is_graph(path: &Path) -> bool {
    ends(path, "pb") || ends(path, "pbtxt")
}

/// Whether a file is an ONNX model by its name.
pub fn is_onnx(path: &Path) -> bool {
    ends(path, "onnx")
}

fn ends(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// What was asked of the graphs that are read.
pub(crate) fn asked() -> Frozen {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    asked.unwrap_or_default()
}

/// The model of a graph. What the graph leaves open and was decided is told on the standard error.
///
/// # Errors
/// It is no graph, or something on the way from its inputs to its outputs has no counterpart in a model.
pub fn model(path: &Path, bytes: Bytes) -> Result<Model> {
    let asked = asked();
    let within = |error: quant_core::Error| error.within(path.display());
    let graph = if ends(path, "pbtxt") {
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Failure::Invalid(format!("{}: {error}; a .pbtxt is UTF-8", path.display())))?;
        Graph::from_text(text)
    } else {
        Graph::from_bytes(bytes)
    };
    let lowering = Lowering {
        outputs: asked.outputs,
        inputs: asked.inputs,
        shapes: asked.input_shape.into_iter().collect(),
        ..Lowering::default()
    };
    let lowered = graph.and_then(|graph| graph.lower(&lowering)).map_err(within)?;
    for note in lowered.notes {
        eprintln!("note: {}: {}", path.display(), note.replace(['\n', '\r'], " "));
    }
    Ok(lowered.model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_inputs() {
        assert_eq!(
            shape("input:1,224,224,3"),
            Ok(("input".to_owned(), vec![1, 224, 224, 3]))
        );
        assert_eq!(shape("a/b:0:2, 3"), Ok(("a/b:0".to_owned(), vec![2, 3])));
        for wrong in ["input", ":1", "input:", "input:-1", "input:1,,2", "input:x"] {
            assert!(shape(wrong).is_err(), "{wrong}");
        }
    }
}
