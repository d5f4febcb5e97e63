//! `quant-core` as the quantizer under test.

use quant_case::row::RowKind;
use quant_core::config::Config;
use quant_core::ir::{FileFormat, Model};
use quant_core::record::{Mode, RecordOptions, SliceRecords};
use quant_core::{fake_quantize, format, quantize, record, weights_only};

use super::core_case::{float, show, tensors, text_records};
use super::{Case, Quantizer, core_onnx, core_remedies, core_tflite, pairs, shared};
use crate::markers::tflite::{Calibration, Remedies};
use crate::markers::{FakeQuantization, Quantization, RecordMinmax, WoQuantization};
use crate::results::{FakeWeights, FloatConstant, IntegerWeights, Quantized, Range};

/// The stages of `quant-core`, each on what the one before it made.
#[derive(Clone, Copy, Debug)]
pub struct CoreQuantizer;

impl Quantizer<FakeQuantization> for CoreQuantizer {
    fn run(case: &Case) -> Result<Vec<FakeWeights>, String> {
        tensors(&fake_quantized(case)?)
    }
}

impl Quantizer<RecordMinmax> for CoreQuantizer {
    /// Records on one thread and on four; the results must be the same.
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        let one: Vec<Range> = tensors(&recorded(case)?)?;
        let four: Vec<Range> = tensors(&show(record_on(case, 4))?)?;
        match one.iter().zip(&four).find(|(one, four)| one != four) {
            Some((one, _)) => Err(format!(
                "tensor `{}`: 4 threads do not record what 1 does",
                one.name
            )),
            None => Ok(one),
        }
    }
}

impl Quantizer<Quantization> for CoreQuantizer {
    fn run(case: &Case) -> Result<Vec<Quantized>, String> {
        if case.row.kind == RowKind::Onnx {
            return core_onnx::quantized(case);
        }
        if !case.row.attributes.remedies.is_empty() {
            let made = core_remedies::quantized(case)?;
            return pairs::tensors(&float(case)?, made.model());
        }
        if case.row.kind.is_tflite() {
            return core_tflite::quantized(case);
        }
        let mut model = recorded(case)?;
        show(quantize::run(&mut model, &config(case)?))?;
        tensors(&model)
    }
}

impl Quantizer<Calibration> for CoreQuantizer {
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        if case.row.kind == RowKind::Onnx {
            return core_onnx::calibrated(case);
        }
        let model = if case.row.attributes.remedies.is_empty() {
            float(case)?
        } else {
            core_remedies::before(case)?
        };
        tensors(&core_tflite::calibrated(case, model)?)
    }
}

impl Quantizer<Remedies> for CoreQuantizer {
    fn run(case: &Case) -> Result<Vec<FloatConstant>, String> {
        core_remedies::constants(case, core_remedies::quantized(case)?.source())
    }
}

impl Quantizer<WoQuantization> for CoreQuantizer {
    fn run(case: &Case) -> Result<Vec<IntegerWeights>, String> {
        let mut model = float(case)?;
        let config = Config::weights_only(case.row.setting()?.0);
        show(weights_only::run(&mut model, &config))?;
        tensors(&model)
    }
}

fn config(case: &Case) -> Result<Config, String> {
    let (dtype, granularity) = case.row.setting()?;
    let mut config = Config::new(dtype, granularity);
    if let Some(qconf) = &case.qconf {
        config.add_layers(&qconf.layers);
    }
    Ok(config)
}

fn fake_quantized(case: &Case) -> Result<Model, String> {
    stage(case, "fake-quantized", || {
        let mut model = float(case)?;
        show(fake_quantize::run(&mut model, &config(case)?))?;
        Ok(model)
    })
}

fn recorded(case: &Case) -> Result<Model, String> {
    stage(case, "recorded", || show(record_on(case, 1)))
}

fn record_on(case: &Case, threads: usize) -> quant_core::Result<Model> {
    let mut model = fake_quantized(case).map_err(|what| quant_core::Error::invalid("", what, ""))?;
    let wrong = |what| quant_core::Error::invalid("", what, "");
    let records = SliceRecords(text_records(case, &model).map_err(wrong)?);
    let observer = case.row.attributes.observer.as_deref();
    let options = RecordOptions {
        mode: observer.map_or(Ok(Mode::default()), str::parse).map_err(wrong)?,
        threads,
        ..RecordOptions::default()
    };
    record::run(&mut model, &records, &options, &|_| ())?;
    Ok(model)
}

/// The model after a stage, made once for all tests of the row.
fn stage(case: &Case, name: &str, make: impl FnOnce() -> Result<Model, String>) -> Result<Model, String> {
    let bytes = shared(case, name, || show(format::export(&make()?, FileFormat::Circle)))?;
    show(format::import(&bytes))
}
