//! `infer`: runs a model on data and writes what comes out, for other tools to compare.

mod npy;

use std::collections::BTreeSet;
use std::path::PathBuf;

use quant_case::layout::file_name;
use quant_core::Place;
use quant_core::interp::{Interpreter, Profile, Workspace, joined};
use quant_core::ir::{Graph, TensorId};
use quant_core::quantized::values;
use quant_core::value::Value;
use serde_json::json;

use crate::data::{self, Data, Shapes};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::{execution, files, frozen, options, progress};

#[derive(clap::Args)]
pub struct Args {
    /// Model (.circle, .tflite, .recipe, .pb or .onnx), float or quantized
    model: PathBuf,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    #[command(flatten)]
    shapes: Shapes,
    /// Folder for one .npy file a tensor, named by it, in the tensor's type; the first axis counts the records. A tensor
    /// whose shape differs from record to record gives a file for each: NAME.0.npy, NAME.1.npy, …
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Write every tensor that the model takes or computes, not only the graph outputs
    #[arg(long)]
    all: bool,
    /// Whose integers a quantized model computes, bit for bit: litert-reference, litert, xnnpack, one, onert or onnxruntime
    /// [default: litert-reference, onnxruntime for .onnx]
    #[arg(long, value_name = "RUNTIME", value_parser = execution::runtime)]
    runtime: Option<Profile>,
    /// Write real numbers (float32) in place of integers that stand for them
    #[arg(long)]
    dequantize: bool,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    let runtime = args.runtime.unwrap_or(if frozen::is_onnx(&args.model) {
        Profile::Onnxruntime
    } else {
        Profile::LitertReference
    });
    let mut model = files::read_model_to_run(&args.model, runtime == Profile::Onnxruntime)?;
    let within = |error: quant_core::Error| error.within(args.model.display());
    if runtime == Profile::Onnxruntime {
        model = joined(&model).map_err(within)?.model;
    }
    let graph = model.main();
    let records = args.data.open(&model, &args.shapes)?;
    if records.is_empty() {
        return Err(Failure::Invalid(format!(
            "{}: it has no records; give at least one",
            args.data
        )));
    }
    let interpreter = Interpreter::with_profile(&model, runtime).map_err(within)?;
    let mut columns: Vec<Vec<Value>> = vec![Vec::new(); graph.tensors().len()];
    let mut workspace = Workspace::default();
    let bar = progress::bar("running", records.len());
    for index in 0..records.len() {
        let inputs = records.get(index)?;
        let shown = |id: TensorId, value: &Value| {
            let reals = args.dequantize.then(|| values::reals(graph.tensor(id), value));
            reals.flatten().unwrap_or_else(|| value.clone())
        };
        let mut keep = |id: TensorId, value: &Value, _| {
            if args.all && columns[id.0].len() == index {
                columns[id.0].push(shown(id, value));
            }
            Ok(())
        };
        let run = interpreter.run_with(inputs, &mut workspace, &mut keep);
        let outputs = run.map_err(|error| within(error.within(Place::number("record", index))))?;
        // Among them are constants, which no operator shows.
        for (id, value) in graph.outputs().iter().zip(outputs) {
            if columns[id.0].len() == index {
                columns[id.0].push(shown(*id, &value));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    std::fs::create_dir_all(&args.output).map_err(|error| Failure::io(&args.output, &error))?;
    let stems = stems(graph, &columns);
    let (mut files, mut tensors) = (0, Vec::new());
    for ((stem, label), column) in stems.iter().zip(graph.labels()).zip(&columns) {
        let values: Vec<&Value> = column.iter().collect();
        let Some(first) = values.first() else { continue };
        let mut names = Vec::new();
        if is_one_array(column) {
            names.push(format!("{stem}.npy"));
            npy::write(&args.output.join(&names[0]), &[values.len()], &values)?;
        } else {
            for (record, value) in values.iter().enumerate() {
                names.push(format!("{stem}.{record}.npy"));
                npy::write(&args.output.join(&names[record]), &[], &[value])?;
            }
        }
        files += names.len();
        tensors.push(json!({"name": label, "type": first.dtype().word(), "files": names}));
    }
    args.json.print(&format!(
        "{}: {} tensors of {} records in {files} files\n",
        args.output.display(),
        tensors.len(),
        records.len()
    ))?;
    args.json.write("infer", || {
        json!({
            "model": args.model.display().to_string(),
            "output": args.output.display().to_string(),
            "records": records.len(),
            "tensors": tensors,
        })
    })
}

/// Whether all records have one shape and type.
fn is_one_array(column: &[Value]) -> bool {
    let Some(first) = column.first() else { return false };
    let same = |value: &Value| value.shape == first.shape && value.dtype() == first.dtype();
    column.iter().all(same)
}

/// For each tensor that has values, the start of its files' names: its label as far as a file may be called so. Where
/// two tensors would have a file in common, the later one gets its number.
fn stems(graph: &Graph, columns: &[Vec<Value>]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut stems = Vec::with_capacity(columns.len());
    for (index, (label, column)) in graph.labels().iter().zip(columns).enumerate() {
        let name = file_name(label);
        let mut stem = name.strip_suffix(".json").unwrap_or(&name).to_owned();
        let files = |stem: &str| -> Vec<String> {
            if is_one_array(column) {
                return vec![stem.to_owned()];
            }
            (0..column.len())
                .map(|record| format!("{stem}.{record}"))
                .collect()
        };
        while files(&stem).iter().any(|file| taken.contains(file)) {
            stem = format!("{stem}#{index}");
        }
        taken.extend(files(&stem));
        stems.push(stem);
    }
    stems
}
