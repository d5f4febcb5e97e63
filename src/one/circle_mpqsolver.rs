//! `circle-mpqsolver`: a mixed-precision model by bisection or by patterns, in the original's command line.

mod intermediate;
mod solver;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use quant_case::{Granularity, QuantType};
use quant_core::ir::Model;
use quant_core::mpq::{End, Layers, Pattern};

use super::circle_quantizer::types;
use super::data::{self, DataFormat};
use super::{program, visq, with_minmax};
use crate::failure::{Failure, Result};
use crate::files;
use intermediate::Intermediate;
use solver::Solver;

/// Quantizes a model with recorded ranges to uint8, and those layers to int16 that need it.
///
/// --bisection makes the front or the back of the network int16, as little of it as reaches a target error; --patterns
/// makes operators of known subgraphs int16.
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option without a value")]
#[command(
    name = "circle-mpqsolver",
    version,
    disable_version_flag = true,
    after_long_help = AFTER,
    max_term_width = 110
)]
struct Args {
    /// Show the version and exit.
    #[arg(long, action = clap::ArgAction::Version)]
    version: Option<bool>,

    /// Say on the standard error how long it took.
    #[arg(short = 'V', long)]
    verbose: bool,

    /// Test data. Without it, three records of random values are taken, the same ones at each run.
    #[arg(long)]
    data: Option<PathBuf>,

    /// The form of the data.
    #[arg(long = "data_format", value_name = "FORMAT", default_value = "h5")]
    data_format: DataFormat,

    /// Where the target lies between the error of int16 (0) and that of uint8 (1).
    #[arg(
        long = "qerror_ratio",
        value_name = "RATIO",
        default_value_t = 0.5,
        allow_negative_numbers = true
    )]
    qerror_ratio: f32,

    /// Search by bisection: the front becomes int16 (true), the back (false), or the half with the larger errors in
    /// --visq_file (auto).
    #[arg(long, value_name = "END")]
    bisection: Option<String>,

    /// Make operators of subgraphs int16; which subgraphs, the next two options say.
    #[arg(long)]
    patterns: bool,

    /// In layer normalizations of single operators, the variance is int16: the square, its mean, the sum with epsilon
    /// and the root (--patterns).
    #[arg(long = "u8_layernorm_with_s16_variance")]
    u8_layernorm_with_s16_variance: bool,

    /// In softmaxes of single operators, the difference and its exponentials are int16 (--patterns).
    #[arg(long = "u8_softmax_with_s16_sub_exp")]
    u8_softmax_with_s16_sub_exp: bool,

    /// The float model with recorded ranges (record-minmax).
    #[arg(long = "input_model", value_name = "MODEL")]
    input_model: PathBuf,

    /// Type of the graph inputs: uint8, int16 or float32, or one for each, separated by commas.
    #[arg(long = "input_dtype", value_name = "TYPES", default_value = "uint8")]
    input_dtype: String,

    /// Type of the graph outputs, in the same way.
    #[arg(long = "output_dtype", value_name = "TYPES", default_value = "uint8")]
    output_dtype: String,

    /// The quantized model. It is written when everything went well; an old file stays until then.
    #[arg(long = "output_model", value_name = "MODEL")]
    output_model: PathBuf,

    /// Errors of layers in the uint8 model, as visq writes them (--bisection auto).
    #[arg(long = "visq_file", value_name = "VISQ.JSON")]
    visq_file: Option<PathBuf>,

    /// Folder for the configuration and the model of each step, and for the errors.
    #[arg(long = "save_intermediate", value_name = "FOLDER")]
    save_intermediate: Option<PathBuf>,
}

const AFTER: &str = "\
--save_intermediate writes:
  Configuration_N.mpq.json     layers of step N, as --config of circle-quantizer takes them
  quantized_N.mpq.circle       its model
  FinalConfiguration.mpq.json  layers of the output
  errors.mpq.txt               a line for each error: Q8, Q16, the number of a step, FINAL

Examples:
  circle-mpqsolver --data test.h5 --input_model recorded.circle --output_model q.circle --bisection true
  circle-mpqsolver --data test.h5 --qerror_ratio 0.3 --input_model recorded.circle --output_model q.circle \\
    --bisection auto --visq_file tae.visq.json --save_intermediate steps
  circle-mpqsolver --patterns --u8_layernorm_with_s16_variance --input_model recorded.circle --output_model q.circle

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

/// How the int16 layers are found.
enum Method {
    /// By bisection from one end, or from the end with the larger of these errors.
    Bisection(Ends),
    /// By these patterns.
    Patterns(Vec<Pattern>),
}

/// Which end.
enum Ends {
    One(End),
    Worse(visq::Errors),
}

impl Args {
    fn method(&self) -> Result<Method> {
        let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
        if !(0.0..=1.0).contains(&self.qerror_ratio) {
            return usage("quantization ratio must be in [0, 1]; write --qerror_ratio 0.5");
        }
        let ends = match (self.bisection.as_deref(), self.patterns) {
            (Some(_), true) => {
                return usage("only one method is allowed to use; give --bisection or --patterns");
            }
            (None, true) => return Ok(Method::Patterns(self.named_patterns())),
            (None, false) => {
                return usage("Unrecognized solver; give --bisection auto, true or false, or --patterns");
            }
            (Some("true"), false) => Ends::One(End::Front),
            (Some("false"), false) => Ends::One(End::Back),
            (Some("auto"), false) => match &self.visq_file {
                Some(path) => Ends::Worse(visq::Errors::read(path)?),
                None => {
                    return usage(
                        "please provide visq_file for auto mode; `visq --tae_output FILE` makes one for --visq_file",
                    );
                }
            },
            (Some(word), false) => {
                return Err(Failure::Usage(format!(
                    "Unrecognized option for bisection algorithm: `{word}`; give --bisection auto, true or false"
                )));
            }
        };
        Ok(Method::Bisection(ends))
    }

    fn named_patterns(&self) -> Vec<Pattern> {
        let all = [
            (self.u8_layernorm_with_s16_variance, Pattern::LayerNorm),
            (self.u8_softmax_with_s16_sub_exp, Pattern::Softmax),
        ];
        all.into_iter()
            .filter_map(|(selected, pattern)| selected.then_some(pattern))
            .collect()
    }
}

fn run(args: &Args) -> Result {
    let start = std::time::Instant::now();
    let method = args.method()?;
    let float = files::read_float_model(&args.input_model)?;
    let config = with_minmax::flags().config(QuantType::Uint8, Granularity::Channel);
    with_minmax::warnings(&float, &config)
        .iter()
        .for_each(|text| eprintln!("{text}"));
    let shown = args.data.as_deref().map(|path| path.display().to_string());
    files::print(&format!(
        ">> Searching mixed precision configuration \nmodel:{}\ndataset: {}\ninput dtype: {}\noutput dtype: {}\n",
        args.input_model.display(),
        shown.unwrap_or_default(),
        args.input_dtype,
        args.output_dtype
    ))?;
    let mut solver = Solver {
        path: &args.input_model,
        float: &float,
        input_types: types("input", Some(&args.input_dtype))?,
        output_types: types("output", Some(&args.output_dtype))?,
        intermediate: Intermediate::new(args.save_intermediate.as_deref(), &args.input_model)?,
    };
    let quantized = match &method {
        Method::Patterns(patterns) => by_patterns(&mut solver, patterns)?,
        Method::Bisection(ends) => {
            let records = data::open(args.data.as_deref(), args.data_format, &float)
                .map_err(data::within(&args.input_model))?;
            files::print(&format!(
                "using bisection\nalgorithm: bisection ({})\nqerror metric: MAE\ntarget qerror ratio: {}\n",
                match ends {
                    Ends::One(End::Front) => "Q16AtFront",
                    Ends::One(End::Back) => "Q8AtFront",
                    Ends::Worse(_) => "auto",
                },
                args.qerror_ratio
            ))?;
            let end = |layers: &Layers| match ends {
                Ends::One(end) => Ok(*end),
                Ends::Worse(errors) => worse(&float, layers, errors),
            };
            solver.bisect(records.as_ref(), f64::from(args.qerror_ratio), &end)?
        }
    };
    files::print(&format!(
        "Saving output model to {}\n",
        args.output_model.display()
    ))?;
    program::write_model(&args.output_model, &quantized)?;
    if args.verbose {
        eprintln!("{:.3} s", start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The end whose half has the larger sum of errors.
fn worse(float: &Model, layers: &Layers, errors: &visq::Errors) -> Result<End> {
    let (front, back) = layers.halves(float, |name| errors.of(name));
    files::print(&format!(
        "\n>> Running bisection(auto) algorithm\nQerror of front half: {}\nQerror of rear half: {}\n",
        super::number::general(front),
        super::number::general(back)
    ))?;
    Ok(if front > back { End::Front } else { End::Back })
}

fn by_patterns(solver: &mut Solver<'_>, patterns: &[Pattern]) -> Result<Model> {
    files::print("using patterns\n")?;
    let mut layers: Vec<String> = Vec::new();
    for pattern in patterns {
        let found = pattern.find(solver.float);
        let what = match pattern {
            Pattern::LayerNorm => "layer normalizations",
            Pattern::Softmax => "softmaxes",
        };
        files::print(&format!("{what}: {}\n", found.len()))?;
        for name in found.into_iter().flatten() {
            if !layers.contains(&name) {
                layers.push(name);
            }
        }
    }
    solver.intermediate.finish("uint8", &layers, None)?;
    solver.quantized(QuantType::Uint8, &layers)
}
