//! `dump`: every tensor as JSON, in the form of goldens.

use std::path::PathBuf;

use quant_case::golden;
use quant_core::dump;
use quant_core::ir::TensorId;

use crate::failure::Result;
use crate::files;

#[derive(clap::Args)]
pub struct Args {
    /// Model (.circle, .tflite, .recipe, .pb or .onnx)
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
    let names = model.main().names();
    let selected = args.tensor.iter().map(|name| names.tensor(name));
    let selected: quant_core::Result<Vec<TensorId>> = selected.collect();
    let selected = selected.map_err(|error| error.within(args.model.display()))?;
    let mut number = 0;
    tensors.retain(|_| {
        number += 1;
        selected.is_empty() || selected.contains(&TensorId(number - 1))
    });
    let text = golden::dump_to_json(&tensors);
    match &args.output {
        Some(path) if path.as_os_str() != "-" => files::write(path, text.as_bytes()),
        _ => files::print(&text),
    }
}
