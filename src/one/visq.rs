//! `visq`: how far every layer of a quantized model is from the float model, in the original's command line.

mod dot;
mod errors;
mod palette;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use quant_core::ir::Model;
use quant_core::metrics::{self, Metric, Side};
use quant_core::quantized::running::{Executed, Execution, Running};

use super::data::{self, DataFormat};
use super::program;
use crate::failure::{Failure, Result};
use crate::{files, options};
pub use errors::Errors;

/// Measures layer by layer how far a quantized Circle model is from the float model.
///
/// Both run on the same records. The layers are those whose values are quantized anew: not graph inputs, nor operators
/// that only move values (Reshape, Transpose, …). At least one of the output options is needed.
#[derive(Parser)]
#[command(name = "visq", version, after_long_help = AFTER, max_term_width = 110)]
struct Args {
    /// The float model (.circle; .tflite is read too).
    #[arg(short = 'f', long = "fp32_circle", value_name = "MODEL")]
    fp32_circle: PathBuf,

    /// The quantized model.
    #[arg(short = 'q', long = "q_circle", value_name = "MODEL")]
    q_circle: PathBuf,

    /// Data: an HDF5 file (/value/<record>/<input>); a list of raw files and a folder of them are taken too, by what
    /// they are. Without it, three records of random values are taken, the same ones at each run.
    #[arg(short = 'd', long)]
    data: Option<PathBuf>,

    /// File for the mean peak error to interval ratio of each layer.
    #[arg(long = "mpeir_output", value_name = "JSON")]
    mpeir_output: Option<PathBuf>,

    /// File for the mean squared error of each layer.
    #[arg(long = "mse_output", value_name = "JSON")]
    mse_output: Option<PathBuf>,

    /// File for the total absolute error of each layer.
    #[arg(long = "tae_output", value_name = "JSON")]
    tae_output: Option<PathBuf>,

    /// File for the root of the mean squared error of each layer, in units of its scale.
    #[arg(long = "srmse_output", value_name = "JSON")]
    srmse_output: Option<PathBuf>,

    /// Draw the graph, its operators coloured by their errors, as OUTPUT.dot beside each output.
    #[arg(long = "dump_dot_graph")]
    dump_dot_graph: bool,

    /// Records at a time in the original; the result does not depend on it, and records are read one at a time here.
    #[arg(short = 'b', long = "batch_size", value_name = "N")]
    batch_size: Option<usize>,
}

const AFTER: &str = "\
Output:
  {\"meta\": {\"model\": \"float.circle\", \"metric\": \"TAE\", \"colorscheme\": [{\"b\": 0.0, \"e\": 0.5, \"c\": \"#ffffcc\"}, …]},
   \"error\": [{\"layer\": 0.25, …}]}

Examples:
  visq --fp32_circle float.circle --q_circle q.circle --data test.h5 --tae_output tae.visq.json
  visq -f float.circle -q q.circle -d test.h5 --mpeir_output mpeir.visq.json --dump_dot_graph

Exit codes:
  0    done
  255  anything else; one line on the standard error begins with ERROR and tells place, what is wrong, the way out";

/// The command line of the program, for completions.
pub fn command() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    program::main(|args| run(args).map_err(program::failed))
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mpeir,
    Mse,
    Tae,
    Srmse,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Mpeir => "MPEIR",
            Self::Mse => "MSE",
            Self::Tae => "TAE",
            Self::Srmse => "SRMSE",
        }
    }

    /// The value of a layer, whose scale in the quantized model is `scale`.
    fn of(self, errors: &metrics::Errors, scale: Option<f32>) -> Option<f64> {
        match self {
            Self::Mpeir => errors.relaxed_mpeir(),
            Self::Mse => errors.metric(Metric::Mse),
            Self::Tae => errors.tae(),
            Self::Srmse => Some(errors.metric(Metric::Mse)?.sqrt() / f64::from(scale?)),
        }
    }
}

fn run(args: &Args) -> Result {
    let outputs = [
        (&args.mpeir_output, Kind::Mpeir),
        (&args.mse_output, Kind::Mse),
        (&args.tae_output, Kind::Tae),
        (&args.srmse_output, Kind::Srmse),
    ];
    let outputs: Vec<(&Path, Kind)> = outputs
        .into_iter()
        .filter_map(|(path, kind)| Some((path.as_deref()?, kind)))
        .collect();
    if outputs.is_empty() {
        return Err(Failure::Usage(
            "At least one output should be given: --mpeir_output, --mse_output, --tae_output or --srmse_output".to_owned(),
        ));
    }
    if args.batch_size == Some(0) {
        return Err(Failure::Usage(
            "--batch_size 0 holds no record; give at least 1".to_owned(),
        ));
    }
    let float = files::read_running_model(&args.fp32_circle)?;
    let quantized = files::read_model(&args.q_circle)?;
    let layers = measure(args, &float, &quantized)?;
    let model = args.fp32_circle.file_name().unwrap_or_default().to_string_lossy();
    for (path, kind) in outputs {
        let mut errors = Vec::with_capacity(layers.len());
        for (name, layer, scale) in &layers {
            let Some(error) = kind.of(layer, *scale) else {
                continue;
            };
            if !error.is_finite() {
                return Err(Failure::Invalid(format!(
                    "{}: the {} of `{name}` is {error}; look at its values with `quant infer --all`",
                    args.q_circle.display(),
                    kind.word()
                )));
            }
            errors.push((name.clone(), error));
        }
        let errors = Errors::new(errors);
        let range = match kind {
            Kind::Mpeir => Some((0.0, 1.0)),
            Kind::Srmse => errors.range().map(|(_, max)| (0.0, max)),
            Kind::Mse | Kind::Tae => errors.range(),
        };
        let colors = palette::of(range);
        files::write(path, errors.json(&model, kind.word(), &colors).as_bytes())?;
        if args.dump_dot_graph {
            let mut dot = path.as_os_str().to_owned();
            dot.push(".dot");
            let text = dot::graph(&float, &model, kind.word(), &colors, &errors);
            files::write(Path::new(&dot), text.as_bytes())?;
        }
    }
    Ok(())
}

/// The layers that fake quantization looks at: their errors, and their scales in the quantized model.
fn measure(
    args: &Args,
    float: &Model,
    quantized: &Model,
) -> Result<Vec<(String, metrics::Errors, Option<f32>)>> {
    // As the original, which takes a fake-quantized model.
    let how = Executed::of(quantized, Execution::Simulated(None), |_| {
        Ok::<_, quant_core::Error>(None)
    });
    let fake = how.and_then(|how| Running::new(quantized, how));
    let fake = fake.map_err(|error| error.within(args.q_circle.display()))?;
    let from = float.main();
    let twins = from.twins(quantized.main());
    let mut pairs = metrics::activations(float, quantized, &fake);
    // What is fake-quantized is read through another tensor than the twin itself, by its name.
    pairs.retain(|(a, b)| {
        !from.inputs().contains(a) && from.tensor(*a).name != fake.model.main().tensor(*b).name
    });
    if pairs.is_empty() {
        return Err(Failure::Invalid(format!(
            "{}: no quantized activation has the name of one in {}; give the quantized form of that model",
            args.q_circle.display(),
            args.fp32_circle.display()
        )));
    }
    let format = args.data.as_deref().map_or(DataFormat::H5, DataFormat::of);
    let open = |model: &Model, path: &Path| {
        data::open(args.data.as_deref(), format, model).map_err(data::within(path))
    };
    let (records, records_q) = (
        open(float, &args.fp32_circle)?,
        open(&fake.model, &args.q_circle)?,
    );
    let first = Side::float(float, records.as_ref());
    let second = Side::of(&fake, records_q.as_ref());
    let errors = metrics::compare(first, second, &pairs, options::available(), &|_, _, _| Ok(()));
    let errors = errors.map_err(|error| {
        error.within(format!(
            "{} and {}",
            args.fp32_circle.display(),
            args.q_circle.display()
        ))
    })?;
    let labels = from.labels();
    let layers = pairs.iter().zip(errors).map(|((a, _), errors)| {
        let scale =
            twins[a.0].and_then(|id| quantized.main().tensor(id).quant.as_ref()?.scale.first().copied());
        (labels[a.0].clone(), errors, scale)
    });
    Ok(layers.collect())
}
