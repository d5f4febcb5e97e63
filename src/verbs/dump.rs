//! `dump`: every tensor as JSON, in the form of goldens.

use std::path::PathBuf;

use quant_case::golden;
use quant_core::dump;

use crate::failure::{Failure, Result};
use crate::files;

#[derive(clap::Args)]
pub struct Args {
    /// Model (.circle, .tflite or .recipe)
    model: PathBuf,
    /// Only this tensor; may be given several times
    #[arg(long, value_name = "NAME")]
    tensor: Vec<String>,
    /// File for the JSON; without it, or with `-`, it is printed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result {
    let model = files::read_model(&args.model)?;
    let mut tensors = dump::tensors(&model).map_err(|error| error.within(args.model.display()))?;
    for name in &args.tensor {
        if tensors.iter().all(|(other, _)| other != name) {
            return Err(Failure::Invalid(format!(
                "{}: there is no tensor `{name}`; without --tensor all are shown",
                args.model.display()
            )));
        }
    }
    tensors.retain(|(name, _)| args.tensor.is_empty() || args.tensor.contains(name));
    let text = golden::dump_to_json(&tensors);
    match &args.output {
        Some(path) if path.as_os_str() != "-" => files::write(path, text.as_bytes()),
        _ => files::print(&text),
    }
}
