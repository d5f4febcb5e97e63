//! A quantizer that is not Rust: external commands, from model file to model file.

use std::fs;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use quant_case::row::RowKind;
use quant_core::format;
use quant_core::ir::{FileFormat, Model};

use super::core_case::{self, tensors, text_records};
use super::process::{self, Folder};
use super::{Case, Quantizer, shared, walk};
use crate::made::{FakeWeights, IntegerWeights, Quantized, Range};
use crate::markers::tflite::Calibration;
use crate::markers::{FakeQuantization, Quantization, RecordMinmax, WoQuantization};

/// The commands of a tool chain, one a stage, as templates. A template is split at blanks; in each word are
/// replaced:
///
/// | word | by |
/// |---|---|
/// | `{in}`, `{out}` | the model that the stage reads, and the one that it must write |
/// | `{type}`, `{granularity}` | `uint8`, `int16`, …; `layer`, `channel` |
/// | `{data}` | the folder of text records: `0.txt`, `1.txt`, …, a line for each graph input |
/// | `{data_raw}` | a folder of raw records: `0.bin`, …, all inputs behind each other, little-endian |
/// | `{config}` | the `qconf.json` of an addQConfTest |
/// | `{observer}` | the observer of a row that names one |
/// | `[…]` | words that are left out where what they ask for is not there |
///
/// ```
/// use quant_testgen::run::Commands;
///
/// struct One;
/// impl Commands for One {
///     const FAKE_QUANTIZE: &'static str =
///         "circle-quantizer --quantize_dequantize_weights float32 {type} {granularity} [--config {config}] {in} {out}";
///     const RECORD: &'static str =
///         "record-minmax --input_model {in} --input_data {data_raw} --input_data_format directory --output_model {out}";
///     const QUANTIZE: &'static str =
///         "circle-quantizer --quantize_with_minmax float32 {type} {granularity} [--config {config}] {in} {out}";
///     const WEIGHTS_ONLY: &'static str = "circle-quantizer --quantize_weights float32 {type} {granularity} {in} {out}";
/// }
/// ```
///
/// Then `value_tests!(quantizer = quant_testgen::run::External<One>)`.
pub trait Commands {
    /// Step 1, on the float model.
    const FAKE_QUANTIZE: &'static str;
    /// Step 2, on the model of step 1.
    const RECORD: &'static str;
    /// Step 3, on the model of step 2.
    const QUANTIZE: &'static str;
    /// Weights only, on the float model.
    const WEIGHTS_ONLY: &'static str = "";
    /// For addTFLiteTest: calibration, on the float model.
    const CALIBRATE: &'static str = "";
    /// For addTFLiteTest, on the calibrated model; on the float one where nothing is calibrated. `{type}` is one of that
    /// directive's, with `-` in place of `_`.
    const TFLITE: &'static str = "";
    /// For addRecipeTest: calibration, on the float model.
    const CALIBRATE_RECIPE: &'static str = "";
    /// For addRecipeTest, in the same way. The recipe is `{type}`.
    const RECIPE: &'static str = "";
    /// A checkpoint, for addCheckpointTest: `{in}`, `{out}`, the device as `{type}`; words in `[…]` are left out for
    /// quantization-aware training, and the clip method is `{config}` in them. It must print a line
    /// `NAME … factor: FACTOR bits: BITS` for each weight and bias, as `quantize.py -v` of ai8x-synthesis does.
    const CHECKPOINT: &'static str = "";
    /// A graph, for addAmctTest: `{in}`, the folder of batches as `{data}`, the short configuration as `{config}`; it must write
    /// `{out}_quantized.pb`.
    const AMCT_CALIBRATE: &'static str = "";
    /// The same from the record that is `{config}`.
    const AMCT_CONVERT: &'static str = "";
    /// The same of a graph with FakeQuant nodes.
    const AMCT_QAT: &'static str = "";
    /// How long one command may take.
    const TIME_OUT: Duration = Duration::from_mins(1);
    /// The format of the models.
    const FORMAT: FileFormat = FileFormat::Circle;
}

/// The quantizer that runs the [`Commands`] of `C`, and reads the models that they write.
#[derive(Debug)]
pub struct External<C>(PhantomData<C>);

impl<C: Commands> Quantizer<FakeQuantization> for External<C> {
    fn run(case: &Case) -> Result<Vec<FakeWeights>, String> {
        tensors(&import(&fake_quantized::<C>(case)?)?)
    }
}

impl<C: Commands> Quantizer<RecordMinmax> for External<C> {
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        tensors(&import(&recorded::<C>(case)?)?)
    }
}

impl<C: Commands> Quantizer<Quantization> for External<C> {
    fn run(case: &Case) -> Result<Vec<Quantized>, String> {
        let template = match case.row.kind {
            RowKind::TFLite => C::TFLITE,
            RowKind::Recipe => C::RECIPE,
            _ => return tensors(&import(&step::<C>(case, C::QUANTIZE, &recorded::<C>(case)?)?)?),
        };
        let input = if case.row.needs_records() {
            calibrated::<C>(case)?
        } else {
            float::<C>(case)?
        };
        walk::tensors(
            &core_case::float(case)?,
            &import(&step::<C>(case, template, &input)?)?,
        )
    }
}

impl<C: Commands> Quantizer<Calibration> for External<C> {
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        tensors(&import(&calibrated::<C>(case)?)?)
    }
}

impl<C: Commands> Quantizer<WoQuantization> for External<C> {
    fn run(case: &Case) -> Result<Vec<IntegerWeights>, String> {
        tensors(&import(&step::<C>(case, C::WEIGHTS_ONLY, &float::<C>(case)?)?)?)
    }
}

fn float<C: Commands>(case: &Case) -> Result<Vec<u8>, String> {
    let ending = ending::<C>();
    match &case.file {
        // A file of the commands' format goes to them as it is.
        Some(path) if path.extension().is_some_and(|found| found == ending) => {
            fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
        }
        _ => {
            let bytes = format::export(&core_case::float(case)?, C::FORMAT);
            bytes.map_err(|error| error.to_string())
        }
    }
}

fn ending<C: Commands>() -> &'static str {
    match C::FORMAT {
        FileFormat::Circle => "circle",
        FileFormat::Tflite => "tflite",
    }
}

fn fake_quantized<C: Commands>(case: &Case) -> Result<Vec<u8>, String> {
    let made = shared(case, C::FAKE_QUANTIZE, || {
        step::<C>(case, C::FAKE_QUANTIZE, &float::<C>(case)?)
    });
    made.map(|bytes| bytes.to_vec())
}

fn recorded<C: Commands>(case: &Case) -> Result<Vec<u8>, String> {
    if case.row.attributes.observer.is_some() && !C::RECORD.contains("{observer}") {
        return Err(
            "the row names an observer, and the command RECORD has no `{observer}`; give it one".to_owned(),
        );
    }
    let made = shared(case, C::RECORD, || {
        step::<C>(case, C::RECORD, &fake_quantized::<C>(case)?)
    });
    made.map(|bytes| bytes.to_vec())
}

fn calibrated<C: Commands>(case: &Case) -> Result<Vec<u8>, String> {
    let template = if case.row.kind == RowKind::Recipe {
        C::CALIBRATE_RECIPE
    } else {
        C::CALIBRATE
    };
    let made = shared(case, template, || step::<C>(case, template, &float::<C>(case)?));
    made.map(|bytes| bytes.to_vec())
}

fn import(bytes: &[u8]) -> Result<Model, String> {
    format::import(bytes).map_err(|error| format!("the command wrote no valid model: {error}"))
}

/// Runs one command from `input` to what it writes.
fn step<C: Commands>(case: &Case, template: &str, input: &[u8]) -> Result<Vec<u8>, String> {
    if template.is_empty() {
        return Err("the tool chain has no command for this stage; give one, or remove the row".to_owned());
    }
    let folder = Folder::new()?;
    let ending = ending::<C>();
    let (from, to) = (
        folder.path(&format!("in.{ending}")),
        folder.path(&format!("out.{ending}")),
    );
    process::write(&from, input)?;
    let raw = folder.path("raw");
    if template.contains("{data_raw}") {
        raw_records(case, &raw)?;
    }
    let text = folder.path("text");
    if template.contains("{data}") && case.has_npy {
        process::create(&text)?;
        for (number, record) in case.records.iter().enumerate() {
            process::write(&text.join(format!("{number}.txt")), record.as_bytes())?;
        }
    }
    let data = if case.has_npy { &text } else { &case.folder };
    let observer = case.row.attributes.observer.as_deref();
    let mut missing = Vec::new();
    missing.extend(case.config.is_none().then_some("config"));
    missing.extend(observer.is_none().then_some("observer"));
    let words = process::words(template, &missing, &|word| {
        let shown = |path: &Path| path.display().to_string();
        Some(match word {
            "in" => shown(&from),
            "out" => shown(&to),
            "type" if case.row.kind == RowKind::TFLite => case.row.dtype.word().replace('_', "-"),
            "type" => case.row.dtype.word().to_owned(),
            "granularity" => case.row.granularity.word().to_owned(),
            "data" => shown(data),
            "data_raw" => shown(&raw),
            "config" => shown(case.config.as_deref()?),
            "observer" => observer?.to_owned(),
            _ => return None,
        })
    })?;
    process::run(&words, &folder, C::TIME_OUT)?;
    fs::read(&to).map_err(|error| {
        format!(
            "the command ended well and wrote nothing: {}: {error}; it was\n  {}",
            to.display(),
            words.join(" ")
        )
    })
}

/// Writes each record as one file of raw little-endian elements, input behind input.
fn raw_records(case: &Case, raw: &Path) -> Result<(), String> {
    let model = core_case::float(case)?;
    process::create(raw)?;
    for (number, record) in text_records(case, &model)?.into_iter().enumerate() {
        let bytes: Vec<u8> = record
            .iter()
            .flat_map(quant_core::value::Value::to_le_bytes)
            .collect();
        process::write(&raw.join(format!("{number}.bin")), &bytes)?;
    }
    Ok(())
}
