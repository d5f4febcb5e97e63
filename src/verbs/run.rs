//! `run`: the three steps in one.

use std::path::{Path, PathBuf};

use quant_core::ir::{Builtin, DType, FileFormat, Model};
use quant_core::quantize::precheck;
use quant_core::quantizer::Warning;
use quant_core::remedy::{self, Room, Stage};
use quant_core::scheme::Calibration;
use quant_core::{Problem, fold};

use crate::data::{self, Data, Shapes};
use crate::execution::How;
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::litert::Strict;
use crate::options::{self, Onnx, Quantizing, recipe, unfound};
use crate::summary::{Summary, Times};
use crate::verdict::{Findings, Verdict, quoted};
use crate::watch::Watch;
use crate::{files, frozen, onnx, recordings, size};

/// The model that is quantized when none is named: convolutions, pooling and a classifier.
const EMBEDDED: &str = include_str!("../../recipes/Net_000/test.recipe");
const EMBEDDED_NAME: &str = "embedded";

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe, .pb or .onnx); without one, a small embedded network
    model: Option<PathBuf>,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Option<Data>,
    /// Ranges that were recorded before (.qstat), in place of --data, which compares the outputs alone then
    #[arg(id = "ranges_of", long = "recording", value_name = "FILE", conflicts_with_all = ["observer", "overrides", "mode",
        "min_percentile", "max_percentile", "moving_average", "average_constant"])]
    ranges_of: Option<PathBuf>,
    #[command(flatten)]
    shapes: Shapes,
    /// Quantized model (.circle, .tflite, or .onnx of an ONNX model); else MODEL.TYPE-GRANULARITY in the working folder, in the model's format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With --remedies: the float model as they left it, with its recorded ranges (.circle, .tflite)
    #[arg(long, value_name = "FILE", requires = "remedies")]
    float_output: Option<PathBuf>,
    /// Without -o, replace a file that has the name already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    asked: Quantizing,
    #[command(flatten)]
    onnx: Onnx,
    #[command(flatten)]
    strict: Strict,
    /// Leave out the comparison of the outputs, which runs both models on up to 32 of the records
    #[arg(long)]
    no_check: bool,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    let name = args.model.as_deref().unwrap_or(Path::new(EMBEDDED_NAME));
    if let (Some(model), Some(output)) = (&args.model, &args.output)
        && frozen::is_onnx(output)
        && frozen::is_onnx(model)
    {
        return to_onnx(args, model, output);
    }
    args.onnx.refuse()?;
    let format = match &args.output {
        Some(output) => files::format_of(output)?,
        None => files::default_format(name),
    };
    let (choice, recording) = (&args.asked.choice, &args.asked.recording);
    let mut config = args.asked.config(name, format, args.strict.strict)?;
    let calibration = config.scheme.calibration();
    let by_recipe = choice.recipe(args.strict.strict)?;
    let observes = by_recipe.filter(|scheme| scheme.recipe.needs_hessians());
    let looks = args.asked.remedies.iter().any(|remedy| remedy.needs_records());
    let data = match (&args.data, &args.model) {
        (Some(data), _) => Some(data.clone()),
        (None, None) => Some(Data::Random { seed: 1, count: 8 }),
        (None, Some(_)) if calibration == Calibration::None && observes.is_none() && !looks => None,
        (None, Some(_)) if args.ranges_of.is_some() && observes.is_none() && !looks => None,
        (None, Some(_)) => {
            return Err(Failure::Usage(
                "run: a model needs calibration data; add --data DATA (for a first try random:1:8)"
                    .to_owned(),
            ));
        }
    };
    let output = match &args.output {
        Some(output) => output.clone(),
        None => files::default_output(name, &choice.word(&config), args.force)?,
    };
    options::use_threads(recording.threads)?;

    let mut times = Times::default();
    let mut float = times.take("import", || match &args.model {
        // Ranges that are in the model are those of QUANTIZE and DEQUANTIZE.
        Some(path) if calibration == Calibration::None => files::read_running_model(path),
        Some(path) => files::read_float_model(path).map_err(|failure| qat(path, failure)),
        None => files::recipe(EMBEDDED, EMBEDDED_NAME),
    })?;
    unfound::warn(name, &float, &choice.float);
    let within = |error: quant_core::Error| error.within(name.display());
    // Before anything runs, which may take long.
    if let Some(decisions) = config.scheme.decisions() {
        precheck::operators(&float, decisions).map_err(within)?;
    }
    // Before the output may take its place.
    let float_bytes = size::of(args.model.as_deref(), &float);
    let records = data
        .as_ref()
        .map(|data| data.open(&float, &args.shapes))
        .transpose()?;
    let (mut remedies, mut earlier) = (args.asked.remedies.clone(), Vec::new());
    if let (Some(scheme), Some(records)) = (observes, &records) {
        // What is seen of the model is that of the one that is quantized.
        remedies.retain(|remedy| remedy.stage() == Stage::After);
        let room = Room {
            records: Some(records.as_ref()),
            threads: recording.threads,
        };
        fold::constants(&mut float).map_err(within)?;
        earlier = times
            .take("remedies", || {
                remedy::before(&mut float, &args.asked.remedies, room)
            })
            .map_err(within)?;
        let seen = || recipe::observed(scheme, &mut float, records.as_ref(), recording.threads);
        config.scheme = times.take("observe", seen)?;
    }
    let passes = recording.passes(&recording.overrides()?);
    let watch = Watch::new(records.as_ref().map_or(0, |records| records.len()), passes);
    let mut quantizer = args
        .asked
        .quantizer(&config)?
        .remedies(remedies)
        .check(false)
        .execution(args.how.execution(format))
        .tell(|event| watch.see(name, event));
    if let Some(path) = &args.ranges_of {
        let recorded = recordings::read(path)?;
        let options = &recorded.head().job.options;
        if args.asked.is_wide(&config)?
            && (options.mode.is_of_eight_bits() || options.overrides.of_eight_bits().is_some())
        {
            return Err(Failure::Usage(format!(
                "--recording {}: its ranges are the best for 256 levels, and {} has activations of int16; record with minmax \
                 or percentile:P",
                path.display(),
                config.scheme.name()
            )));
        }
        quantizer = quantizer.recording(recorded);
    }
    if let Some(records) = &records {
        quantizer = quantizer.records(records.as_ref());
    }
    let made = quantizer.quantize_model(float);
    watch.end(&mut times);
    let mut quantized = made.map_err(within)?;
    if let Some(path) = &args.float_output {
        times.take("export", || {
            files::write_model(path, quantized.source(), args.strict)
        })?;
    }
    let bytes = times.take("export", || {
        files::write_model(&output, quantized.model(), args.strict)
    })?;
    if !args.no_check && records.is_some() {
        let compared = quantizer.compare(&mut quantized);
        watch.end(&mut times);
        compared.map_err(within)?;
    }
    let lowest = quantized.warnings().iter().find_map(|warning| match warning {
        Warning::Squeezed(one) if one.value < 0.0 => Some(one.value),
        _ => None,
    });
    let next = match lowest {
        Some(value) => format!("run it again with `--lowest={value:e}`"),
        None if args.how.is_reference(format) && has_integer_sum(quantized.model()) => {
            "SUM is wrong in LiteRT's reference kernels alone: compare with `--runtime litert`".to_owned()
        }
        None => next(args),
    };
    earlier.extend_from_slice(quantized.remedies());
    let verdict = Verdict::of(&Findings {
        check: quantized.check(),
        data: data
            .as_ref()
            .zip(records.as_ref())
            .map(|(data, records)| (data.to_string(), records.len())),
        ranges: args.ranges_of.is_none(),
        untouched: quantized
            .warnings()
            .iter()
            .any(|one| matches!(one, Warning::Untouched)),
        unfit: format == FileFormat::Tflite && !quantized.litert().is_empty(),
        worst: quantized.worst(),
        next,
    });
    let summary = Summary {
        name,
        output: &output,
        bytes,
        float_bytes,
        records: records.as_ref().map(|records| records.len()),
        float: quantized.source(),
        remedies: &earlier,
        quantized: quantized.model(),
        kept: quantized.kept(),
        check: quantized.check(),
        times: &times,
    };
    let nothing = if quantized
        .warnings()
        .iter()
        .any(|one| matches!(one, Warning::Nothing))
    {
        super::quantize::NOTHING
    } else {
        ""
    };
    args.json.print(&format!("{summary}{nothing}{verdict}"))?;
    args.json.write("run", || {
        let mut results = summary.json();
        results["verdict"] = verdict.json();
        results
    })
}

/// Whether a model has a SUM of integers, which LiteRT's reference kernels take for other integers.
fn has_integer_sum(model: &Model) -> bool {
    model.graphs().iter().any(|graph| {
        graph.operators().iter().any(|op| {
            let first = op.input(0).map(|id| graph.tensor(id).dtype);
            op.code.builtin == Builtin::SUM && matches!(first, Some(DType::Int8 | DType::Int16))
        })
    })
}

/// From ONNX to ONNX.
fn to_onnx(args: &Args, model: &Path, output: &Path) -> Result {
    args.asked.recording.check()?;
    let recording = &args.asked.recording;
    let observes =
        recording.asked().is_some() || recording.observer.is_some() || recording.overrides.is_some();
    if observes || args.ranges_of.is_some() || !args.asked.remedies.is_empty() {
        let hint = "--option calibrate_method=…, and no remedies";
        return Err(Failure::Usage(format!(
            "an ONNX output is calibrated as onnxruntime does: {hint}"
        )));
    }
    options::use_threads(args.asked.recording.threads)?;
    onnx::quantize(&onnx::Job {
        model,
        output,
        data: args.data.as_ref(),
        shapes: &args.shapes,
        threads: args.asked.recording.threads,
        asked: args.onnx.asked(&args.asked.choice)?,
        cache: args.onnx.calibration_cache.as_deref(),
        json: &args.json,
    })
}

/// A model that runs as a float model, with QUANTIZE and DEQUANTIZE in it, was trained with fake quantization.
fn qat(path: &Path, failure: Failure) -> Failure {
    let quantized =
        matches!(&failure, Failure::Core(error) if matches!(error.problem(), Problem::Quantized(_)));
    if quantized && files::read_running_model(path).is_ok() {
        return Failure::Invalid(format!(
            "{}: QUANTIZE and DEQUANTIZE are in it already, as behind training with fake quantization; --scheme \
             tflite-qat makes integers of it, and needs no data",
            path.display()
        ));
    }
    failure
}

/// The command to try when the outputs are far off: the search, with what was asked here.
fn next(args: &Args) -> String {
    if args.model.is_none() {
        return "try `quant run --type int16`".to_owned();
    }
    let mut words = std::env::args().skip(2);
    let mut kept = vec!["quant auto".to_owned()];
    while let Some(word) = words.next() {
        match word.as_str() {
            "--force" | "--no-check" => {}
            "--json" => drop(words.next()),
            word if word.starts_with("--json=") => {}
            word => kept.push(quoted(word)),
        }
    }
    format!("try `{} --max-drop 1`", kept.join(" "))
}
