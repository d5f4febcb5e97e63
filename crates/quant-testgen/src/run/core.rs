//! `quant-core` as the quantizer under test.

use std::fs;

use quant_core::config::Config;
use quant_core::ir::{FileFormat, Model};
use quant_core::record::{RecordOptions, SliceRecords, text_record};
use quant_core::value::Value;
use quant_core::{dump, fake_quantize, format, quantize, record, weights_only};

use super::{Case, Quantizer, shared};
use crate::made::{FakeWeights, FromDump, IntegerWeights, Quantized, Range};
use crate::markers::{FakeQuantization, Quantization, RecordMinmax, WoQuantization};

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
        let mut model = recorded(case)?;
        show(quantize::run(&mut model, &config(case)?))?;
        tensors(&model)
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

/// What a stage makes, out of a dump of the model.
pub(super) fn tensors<T: FromDump>(model: &Model) -> Result<Vec<T>, String> {
    let dump = show(dump::tensors(model))?;
    Ok(dump.into_iter().filter_map(T::from_dump).collect())
}

/// The records of a case, as values of the graph inputs.
pub(super) fn text_records(case: &Case, model: &Model) -> Result<Vec<Vec<Value>>, String> {
    let inputs = model.main().input_tensors();
    let records = case.records.iter().enumerate().map(|(number, text)| {
        let place = case.folder.join(format!("{number}.txt"));
        text_record(&inputs, text).map_err(|error| error.within(place.display()).to_string())
    });
    records.collect()
}

/// The model before quantization: its file, where it has one, else its recipe's.
pub(super) fn float(case: &Case) -> Result<Model, String> {
    match &case.file {
        None => show(quant_recipe::build(&case.recipe)),
        Some(path) => {
            let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            show(format::import(&bytes).map_err(|error| error.within(path.display())))
        }
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
    let options = RecordOptions {
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

fn show<T>(result: quant_core::Result<T>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
