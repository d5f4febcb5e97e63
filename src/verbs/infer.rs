//! `infer`: runs a float model on data and writes what comes out, for other tools to compare.

use std::path::{Path, PathBuf};

use npyz::WriterBuilder;
use quant_case::layout::file_name;
use quant_core::interp::{Interpreter, Workspace};
use quant_core::ir::TensorId;
use quant_core::value::{Data as Values, Value};

use crate::data::{self, Data, Shapes};
use crate::failure::{Failure, Result};
use crate::{files, options};

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite or .recipe)
    model: PathBuf,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    #[command(flatten)]
    shapes: Shapes,
    /// Folder for one .npy file a tensor, named by it; the first axis counts the records
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Write every float tensor, not only the graph outputs
    #[arg(long)]
    all: bool,
}

/// The values of one tensor over all records.
struct Column {
    shape: Vec<u64>,
    values: Vec<f32>,
}

pub fn run(args: &Args) -> Result {
    let model = files::read_running_model(&args.model)?;
    let within = |error: quant_core::Error| error.within(args.model.display());
    let graph = model.main();
    let records = args.data.open(&model, &args.shapes)?;
    let interpreter = Interpreter::new(&model).map_err(within)?;
    let mut columns: Vec<Option<Column>> = graph.tensors.iter().map(|_| None).collect();
    let mut workspace = Workspace::default();
    for index in 0..records.len() {
        let inputs = records.get(index)?;
        let mut keep = |id: TensorId, value: &Value, _| {
            if args.all || graph.outputs.contains(&id) {
                Column::add(&mut columns[id.0], value);
            }
            Ok(())
        };
        let run = interpreter.run_with(inputs, &mut workspace, &mut keep);
        run.map_err(|error| within(error.within(format!("record {index}"))))?;
    }
    std::fs::create_dir_all(&args.output).map_err(|error| Failure::io(&args.output, &error))?;
    let mut written: Vec<(String, &str)> = Vec::new();
    for (tensor, column) in graph.tensors.iter().zip(columns) {
        if let Some(column) = column {
            let stem = file_name(&tensor.name);
            let stem = stem.strip_suffix(".json").unwrap_or(&stem);
            let file = format!("{stem}.npy");
            if let Some((_, other)) = written.iter().find(|(other, _)| *other == file) {
                let place = args.model.display();
                let what = format!("tensors `{other}` and `{}` would both be {file}", tensor.name);
                return Err(Failure::Invalid(format!(
                    "{place}: {what}; rename one in the model"
                )));
            }
            column.write(&args.output.join(&file), records.len())?;
            written.push((file, &tensor.name));
        }
    }
    files::print(&format!(
        "{}: {} tensors of {} records\n",
        args.output.display(),
        written.len(),
        records.len()
    ))
}

impl Column {
    fn add(column: &mut Option<Self>, value: &Value) {
        let Values::F32(values) = &value.data else {
            return;
        };
        let column = column.get_or_insert_with(|| Self {
            shape: value.shape.iter().map(|d| *d as u64).collect(),
            values: Vec::new(),
        });
        column.values.extend(values);
    }

    fn write(&self, path: &Path, records: usize) -> Result {
        let shape: Vec<u64> = [records as u64]
            .into_iter()
            .chain(self.shape.iter().copied())
            .collect();
        let mut bytes = Vec::new();
        let writer = npyz::WriteOptions::new()
            .default_dtype()
            .shape(&shape)
            .writer(&mut bytes);
        let done = writer.begin_nd().and_then(|mut writer| {
            writer.extend(self.values.iter().copied())?;
            writer.finish()
        });
        done.map_err(|error| Failure::io(path, &error))?;
        files::write(path, &bytes)
    }
}
