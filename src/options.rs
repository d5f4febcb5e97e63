//! Options that several verbs share.

mod choice;
mod named;
mod onnx;
mod quantizing;
pub mod recipe;
mod recording;
mod tflite;
pub mod unfound;

pub use choice::Choice;
pub use named::Named;
pub use onnx::{Asked, Onnx};
pub use quantizing::Quantizing;
pub use recording::{Recording, kernels};

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, Args};
use quant_case::{Granularity, QuantType, qconf};
use quant_core::config::Config;
use quant_core::ir::DType;
use quant_core::remedy::Remedy;
use quant_core::scheme::one::One;

use crate::data::Data;
use crate::failure::{Failure, Result};
use crate::files;

/// A parser for the words of an axis.
pub fn word<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: FromStr + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse())
}

/// What weights and activations become.
#[derive(Args)]
pub struct Target {
    /// Type of activations and weights.
    #[arg(long = "type", default_value = "uint8", value_parser = word::<QuantType>(&["uint8", "int16"]))]
    pub dtype: QuantType,
    /// One scale for a weight tensor (layer), or one for each output channel.
    #[arg(long, default_value = "channel", value_parser = word::<Granularity>(&["layer", "channel"]))]
    pub granularity: Granularity,
    /// Layers with a type and granularity of their own (qconf.json).
    #[arg(long, value_name = "QCONF")]
    pub config: Option<PathBuf>,
}

impl Target {
    /// The configuration, with the layers of the file.
    pub fn config(&self) -> Result<Config> {
        configuration(
            One::default(),
            self.dtype,
            self.granularity,
            self.config.as_deref(),
        )
    }
}

/// One setting for the whole model, and the layers of a `qconf.json`.
pub fn configuration(
    flags: One,
    dtype: QuantType,
    granularity: Granularity,
    qconf: Option<&Path>,
) -> Result<Config> {
    let mut config = flags.config(dtype, granularity);
    if let Some(path) = qconf {
        let qconf = qconf::parse(&files::read_text(path)?);
        let qconf = qconf.map_err(|error| Failure::Invalid(format!("{}: {error}", path.display())))?;
        config.add_layers(&qconf.layers);
    }
    Ok(config)
}

/// The interface of the quantized model, and what stays in it.
#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Finish {
    /// Types of the graph inputs, separated by commas; one stands for every float input [default: float32 with TensorFlow
    /// Lite's quantizers, the type of activations with ONE].
    #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = word_of_dtype)]
    pub input_type: Vec<DType>,
    /// Types of the graph outputs, in the same way.
    #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = word_of_dtype)]
    pub output_type: Vec<DType>,
    /// Keep the recorded ranges in the quantized model; of ONE.
    #[arg(long)]
    pub save_min_max: bool,
    /// Clip a bias that overflows its integer type; without this it is an error; of ONE.
    #[arg(long)]
    pub saturate_bias: bool,
    /// Give MaxPool2D's output the parameters of its input, as TensorFlow does; of ONE.
    #[arg(long)]
    pub tf_style_maxpool: bool,
    /// Give the activations around operators that only move or choose elements (pools, Maximum, Pad, …) one scale, as
    /// TensorFlow Lite needs it; of ONE.
    #[arg(long)]
    pub same_scale: bool,
}

impl Finish {
    /// Adds the types of the interface to a configuration.
    fn interface(&self, config: &mut Config) {
        config.input_types.clone_from(&self.input_type);
        config.output_types.clone_from(&self.output_type);
    }

    /// The flags of ONE among them.
    fn flags(&self, lowest: &Lowest) -> One {
        One {
            save_min_max: self.save_min_max,
            saturate_bias: self.saturate_bias,
            tf_style_maxpool: self.tf_style_maxpool,
            same_scale: self.same_scale,
            lowest: lowest.lowest,
            ..One::default()
        }
    }
}

fn word_of_dtype(word: &str) -> std::result::Result<DType, String> {
    let allowed = [
        DType::Uint8,
        DType::Int8,
        DType::Int16,
        DType::Float32,
        DType::Int32,
        DType::Int64,
        DType::Bool,
    ];
    let dtype = DType::from_word(word).filter(|dtype| allowed.contains(dtype));
    dtype.ok_or_else(|| {
        "use uint8, int8, int16 or float32; int32, int64 and bool tensors keep their type".to_owned()
    })
}

/// Which values stand for no value.
#[derive(Args)]
pub struct Lowest {
    /// Values of VALUE or less stand for "no value", as the -1e9 of masks: no range counts them, padding with them is the lowest integer.
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true, value_parser = lowest)]
    pub lowest: Option<f32>,
}

/// A number below zero: others leave no values, or none out.
fn lowest(text: &str) -> std::result::Result<f32, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value: &f32| value.is_finite() && *value < 0.0);
    value.ok_or_else(|| "give a number below zero, as -1e9".to_owned())
}

/// How many threads work.
#[derive(Args)]
pub struct Threads {
    /// Threads that quantize weights; the result does not depend on it.
    #[arg(long, value_name = "N", default_value_t = available(), value_parser = threads)]
    pub threads: usize,
}

/// Makes the pool of the process: so many threads quantize weights, and run models.
pub fn use_threads(threads: usize) -> Result {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
    pool.map_err(|error| {
        Failure::Io(format!(
            "{threads} threads cannot be started: {error}; use fewer with --threads"
        ))
    })
}

/// As many threads as the machine has.
pub fn available() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// More threads than the machine has get in each other's way; a few are taken all the same.
const FEW_THREADS: usize = 16;

/// So many threads, or as many as make sense on this machine: the number changes no result.
pub fn usable(threads: usize) -> usize {
    threads.min(available().max(FEW_THREADS))
}

/// Parses a number of threads.
pub fn threads(text: &str) -> std::result::Result<usize, String> {
    positive(text, "0 run nothing; give at least 1").map(usable)
}

/// Parses a number of examples.
pub fn examples(text: &str) -> std::result::Result<usize, String> {
    positive(text, "a batch of 0 holds nothing; give at least 1")
}

/// A number that is not 0, of which `none` says why.
fn positive(text: &str, none: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(0) => Err(none.to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("write a number".to_owned()),
    }
}

/// Refuses `-` where a file or folder is named: it would make a file of that name. `dump -o -` and `--json -` print.
pub fn no_dash(matches: &ArgMatches) -> Result {
    let Some((verb, matches)) = matches.subcommand() else {
        return Ok(());
    };
    for id in matches.ids() {
        let mut values = matches
            .try_get_raw(id.as_str())
            .ok()
            .flatten()
            .into_iter()
            .flatten();
        let prints = (verb, id.as_str()) == ("dump", "output") || id.as_str() == "json";
        if prints || !values.any(|value| value == "-") {
            continue;
        }
        let hint = match id.as_str() {
            "data" | "data_b" => "records are read in any order; name a file or a folder",
            "output" | "save_intermediate" => {
                "results go into files; `dump -o -` and `--json -` print, and a file of that name is ./-"
            }
            _ => "name a file; the standard input is /dev/stdin, and a file of that name is ./-",
        };
        return Err(Failure::Usage(format!(
            "{verb}: `-` is not taken for {}; {hint}",
            id.as_str()
        )));
    }
    Ok(())
}

/// Refuses results for folders that are not there, before anything runs, which may take long.
pub fn folders(matches: &ArgMatches) -> Result {
    let Some((verb, matches)) = matches.subcommand() else {
        return Ok(());
    };
    // Elsewhere an output is a folder, which is made, or may be one.
    let writes_a_file = [
        "run",
        "fake-quantize",
        "record",
        "quantize",
        "weights-only",
        "convert",
        "implant",
        "mpq",
        "dump",
    ];
    let file = |id: &str| match id {
        "json" => true,
        "output" => writes_a_file.contains(&verb),
        "model" => verb == "mpq",
        _ => false,
    };
    for id in matches.ids().filter(|id| file(id.as_str())) {
        let values = matches.try_get_raw(id.as_str()).ok().flatten();
        for path in values.into_iter().flatten() {
            files::folder_of(Path::new(path))?;
        }
    }
    Ok(())
}

/// Parses the name of a remedy.
pub fn remedy(text: &str) -> std::result::Result<Remedy, String> {
    text.parse()
        .map_err(|error: quant_core::Error| format!("{}; {}", error.problem(), error.hint()))
}

/// Parses the data argument for clap.
pub fn data(text: &str) -> std::result::Result<Data, String> {
    text.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_beyond_the_machine_are_cut() {
        assert_eq!((usable(0), usable(1), usable(7)), (0, 1, 7));
        assert!(usable(1000) <= available().max(FEW_THREADS));
    }
}
