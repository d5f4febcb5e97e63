//! A quantizer that is not Rust: external commands, from model file to model file.

use std::fs;
use std::marker::PhantomData;
use std::path::Path;

use quant_case::row::RowKind;
use quant_core::format;
use quant_core::ir::{FileFormat, Model};

use super::commands::Commands;
use super::core_case::{self, data, tensors, text_records};
use super::process::{self, Folder};
use super::{Case, Quantizer, core_remedies, external_onnx, external_remedies, pairs, shared};
use crate::markers::tflite::{Calibration, Remedies};
use crate::markers::{FakeQuantization, Quantization, RecordMinmax, WoQuantization};
use crate::results::{FakeWeights, FloatConstant, IntegerWeights, Quantized, Range};

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
            RowKind::TFLite if !case.row.attributes.remedies.is_empty() => {
                let made = external_remedies::run::<C>(case, external_remedies::Made::Quantized)?;
                return pairs::tensors(&core_case::float(case)?, &made);
            }
            RowKind::TFLite => C::TFLITE,
            RowKind::Recipe => C::RECIPE,
            RowKind::Onnx => return external_onnx::quantized::<C>(case),
            _ => return tensors(&import(&step::<C>(case, C::QUANTIZE, &recorded::<C>(case)?)?)?),
        };
        let input = if case.row.needs_records() {
            calibrated::<C>(case)?
        } else {
            float::<C>(case)?
        };
        pairs::tensors(
            &core_case::float(case)?,
            &import(&step::<C>(case, template, &input)?)?,
        )
    }
}

impl<C: Commands> Quantizer<Calibration> for External<C> {
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        if case.row.kind == RowKind::Onnx {
            return external_onnx::calibrated::<C>(case);
        }
        if !case.row.attributes.remedies.is_empty() {
            return tensors(&external_remedies::run::<C>(
                case,
                external_remedies::Made::Float,
            )?);
        }
        tensors(&import(&calibrated::<C>(case)?)?)
    }
}

impl<C: Commands> Quantizer<Remedies> for External<C> {
    fn run(case: &Case) -> Result<Vec<FloatConstant>, String> {
        let made = external_remedies::run::<C>(case, external_remedies::Made::Float)?;
        core_remedies::constants(case, &made)
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
        Some(path) if path.extension().is_some_and(|found| found == ending) => process::read(path),
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
    let data = if template.contains("{data}") {
        data(case, &folder.path("text"))?
    } else {
        case.folder.clone()
    };
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
            "data" => shown(&data),
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
