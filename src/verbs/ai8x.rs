//! `ai8x`: a PyTorch checkpoint for MAX78000 and MAX78002, with the flags and messages of ai8x-synthesis'
//! `quantize.py`.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::ValueEnum;
use quant_ai8x::{BatchNorm, Bits, Clip, Device, Options, parse_network, quantize};
use quant_torch::{Checkpoint, ErrorKind, Format, Source};
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::files;
use crate::json::Json;

#[derive(clap::Args)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of the command line
pub struct Args {
    /// Checkpoint (as torch.save writes it)
    input: PathBuf,
    /// Quantized checkpoint
    output: PathBuf,
    /// MAX78000, MAX78002 or CMSIS-NN; AI85, 78000 and the like are the same
    #[arg(long, value_name = "N")]
    device: Device,
    /// YAML configuration of the network, for the bits of its layers
    #[arg(short, long, value_name = "S")]
    config_file: Option<PathBuf>,
    /// Disable quantization-aware training (QAT) information and choose saturation clipping method
    #[arg(long, value_enum, ignore_case = true)]
    clip_method: Option<Method>,
    /// Override number of weight bits used in QAT
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    qat_weight_bits: Option<i64>,
    /// Show keys and, of each tensor, statistics, factor and bits
    #[arg(short, long)]
    verbose: bool,
    /// Scale value for the SCALE method [default: 0.85]
    #[arg(long, allow_negative_numbers = true)]
    scale: Option<f64>,
    /// Number of standard deviations for the STDDEV method [default: 2.00]
    #[arg(long, allow_negative_numbers = true)]
    stddev: Option<f64>,
    /// The rule of older checkpoints: the shift is ceil(log2(1 / max))
    #[arg(long, conflicts_with = "clip_method")]
    legacy_shift: bool,
    /// Fuse batch normalizations into their layers first, as ai8x-training's batchnormfuser.py does (with its factor 0.25)
    #[arg(long)]
    fuse_batch_norm: bool,
    /// Do as the original where it is wrong: take batch normalizations for layers, and quantize quantized checkpoints again
    #[arg(long)]
    compat: bool,
    #[command(flatten)]
    json: Json,
}

/// The clip methods.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Method {
    Avgmax,
    Max,
    Stddev,
    Scale,
}

pub fn run(args: &Args) -> Result {
    let clip = clip(args);
    args.json
        .print(&format!("Configuring device: {}\n", args.device))?;
    let network = match &args.config_file {
        Some(path) => {
            args.json
                .print(&format!("Reading {} to configure network...\n", path.display()))?;
            let network = parse_network(&files::read_text(path)?, args.device);
            Some(network.map_err(|error| error.within(path.display()))?)
        }
        None => None,
    };
    network
        .iter()
        .flat_map(|network| &network.warnings)
        .for_each(|text| warn(text));
    let bits = args.qat_weight_bits.map(Bits::new).transpose();
    let options = Options {
        network,
        clip,
        weight_bits: bits.map_err(|error| error.within("--qat-weight-bits"))?,
        legacy_shift: args.legacy_shift,
        batch_norm: if args.fuse_batch_norm {
            BatchNorm::Fuse
        } else {
            BatchNorm::Refuse
        },
        compat: args.compat,
        statistics: args.verbose,
        ..Options::new(args.device)
    };
    let (input, output) = (args.input.display(), args.output.display());
    args.json
        .print(&format!("Converting checkpoint file {input} to {output}\n"))?;
    let mut checkpoint = open(&args.input)?;
    let report = quantize(&mut checkpoint, &options).map_err(|error| error.within(args.input.display()))?;
    checkpoint
        .set_format(Format::Zip)
        .map_err(|error| error.within(args.input.display()))?;
    report.warnings.iter().for_each(|text| warn(text));
    if args.verbose {
        let mut text = format!("\nModel keys (state_dict):\n{}\n", report.keys.join(", "));
        text.extend(report.tensors.iter().map(|tensor| format!("{tensor}\n")));
        args.json.print(&text)?;
    }
    files::write_with(&args.output, |out| {
        checkpoint.write(out).map_err(|error| match error.kind() {
            ErrorKind::Io => Failure::from(error.within(args.output.display())),
            _ => Failure::from(error.within(args.input.display())),
        })
    })?;
    args.json.write("ai8x", || {
        let tensors = report.tensors.iter().map(|tensor| {
            json!({
                "name": tensor.name,
                "factor": tensor.factor,
                "bits": tensor.bits.number(),
                "output_shift": tensor.shift,
            })
        });
        json!({
            "input": args.input.display().to_string(),
            "output": args.output.display().to_string(),
            "device": args.device.to_string(),
            "tensors": tensors.collect::<Vec<_>>(),
            "warnings": report.warnings,
        })
    })
}

fn open(path: &Path) -> Result<Checkpoint> {
    let file = File::open(path).map_err(|error| Failure::io(path, &error))?;
    let source: Arc<dyn Source> = Arc::new(Mutex::new(file));
    Ok(Checkpoint::from_source(&source).map_err(|error| error.within(path.display()))?)
}

/// The clip method with its number. As in the original, 0 is no number.
fn clip(args: &Args) -> Option<Clip> {
    let or = |number: Option<f64>, default: f64, what: &str| {
        number.filter(|number| *number != 0.0).unwrap_or_else(|| {
            warn(&format!("Using the default {what} of {default:.2}.\n"));
            default
        })
    };
    Some(match args.clip_method? {
        Method::Avgmax => Clip::AvgMax,
        Method::Max => Clip::Max,
        Method::Scale => Clip::Scale(or(args.scale, Clip::DEFAULT_SCALE, "scale factor")),
        Method::Stddev => {
            let what = "number of standard deviations";
            Clip::StdDev(or(args.stddev, Clip::DEFAULT_STDDEV, what))
        }
    })
}

/// Prints a warning to the standard error, in yellow on a terminal.
fn warn(text: &str) {
    let mut out = std::io::stderr();
    let word = if out.is_terminal() {
        "\x1b[33mWARNING:\x1b[0m"
    } else {
        "WARNING:"
    };
    // Nothing can be done about a closed standard error.
    let _ = writeln!(out, "{word} {text}");
}
