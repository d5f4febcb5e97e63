//! `info`: what a model consists of: operators in order, and tensors with types, shapes, parameters and readers.

mod tensor;
mod text;

use std::fmt::Write;
use std::path::PathBuf;

use quant_core::ir::{FileFormat, Graph, Model};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::json::Json;
use crate::{files, size};
use tensor::Facts;

#[derive(clap::Args)]
pub struct Args {
    /// Model (.circle, .tflite, .recipe, .pb or .onnx)
    model: PathBuf,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    let model = files::read_model(&args.model)?;
    let bytes = size::of(Some(&args.model), &model);
    let graphs: Vec<Vec<Facts<'_>>> = model
        .graphs()
        .iter()
        .map(|graph| tensor::all(&model, graph))
        .collect();
    let mut text = format!("model        {}\n", args.model.display());
    let size = bytes.map(|bytes| format!(", {}", size::compared(bytes, None, "")));
    let _ = writeln!(
        text,
        "format       {}{}",
        word(model.format),
        size.unwrap_or_default()
    );
    for (number, (graph, facts)) in model.graphs().iter().zip(&graphs).enumerate() {
        if model.graphs().len() > 1 {
            let name = graph.name.as_deref().unwrap_or_default();
            let _ = write!(text, "\ngraph        {number} {name}");
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text.push_str(&text::graph(graph, facts));
    }
    args.json.print(&text)?;
    args.json.write("info", || as_json(args, &model, bytes, &graphs))
}

fn as_json(args: &Args, model: &Model, bytes: Option<u64>, graphs: &[Vec<Facts<'_>>]) -> Value {
    let graphs = model.graphs().iter().zip(graphs);
    let graphs: Vec<Value> = graphs.map(|(graph, facts)| of_graph(graph, facts)).collect();
    json!({
        "model": args.model.display().to_string(),
        "format": word(model.format),
        "bytes": bytes,
        "description": model.description,
        "graphs": graphs,
    })
}

fn of_graph(graph: &Graph, facts: &[Facts<'_>]) -> Value {
    let operators = graph.operators().iter().map(|op| {
        json!({
            "kind": text::kind(op),
            "version": op.code.version,
            "inputs": op.inputs.iter().map(|id| id.map(|id| id.0)).collect::<Vec<_>>(),
            "outputs": op.outputs.iter().map(|id| id.0).collect::<Vec<_>>(),
        })
    });
    json!({
        "name": graph.name,
        "inputs": graph.inputs().iter().map(|id| id.0).collect::<Vec<_>>(),
        "outputs": graph.outputs().iter().map(|id| id.0).collect::<Vec<_>>(),
        "operators": operators.collect::<Vec<_>>(),
        "tensors": facts.iter().map(Facts::json).collect::<Vec<_>>(),
    })
}

fn word(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Circle => "circle",
        FileFormat::Tflite => "tflite",
    }
}
