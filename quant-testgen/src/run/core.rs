//! `quant-core` as the quantizer under test.

use quant_core::config::Config;
use quant_core::ir::Model;
use quant_core::record::{RecordOptions, SliceRecords, text_record};
use quant_core::{dump, fake_quantize, quantize, record, weights_only};

use super::{Case, Dump, Quantizer};
use crate::markers::{FakeQuantization, Quantization, RecordMinmax, WoQuantization};

/// The stages of `quant-core`, each on what the one before it made.
#[derive(Clone, Copy, Debug)]
pub struct CoreQuantizer;

impl Quantizer<FakeQuantization> for CoreQuantizer {
    fn run(case: &Case) -> Result<Dump, String> {
        show(fake_quantized(case).and_then(|model| dump::tensors(&model)))
    }
}

impl Quantizer<RecordMinmax> for CoreQuantizer {
    /// Records on one thread and on four; the results must be the same.
    fn run(case: &Case) -> Result<Dump, String> {
        let one = show(recorded(case, 1).and_then(|model| dump::tensors(&model)))?;
        let four = show(recorded(case, 4).and_then(|model| dump::tensors(&model)))?;
        match one.iter().zip(&four).find(|(one, four)| one != four) {
            Some(((name, _), _)) => Err(format!("tensor `{name}`: 4 threads do not record what 1 does")),
            None => Ok(one),
        }
    }
}

impl Quantizer<Quantization> for CoreQuantizer {
    fn run(case: &Case) -> Result<Dump, String> {
        let quantized = recorded(case, 1).and_then(|mut model| {
            quantize::run(&mut model, &config(case))?;
            dump::tensors(&model)
        });
        show(quantized)
    }
}

impl Quantizer<WoQuantization> for CoreQuantizer {
    fn run(case: &Case) -> Result<Dump, String> {
        let quantized = quant_core::recipe::build(&case.recipe).and_then(|mut model| {
            weights_only::run(&mut model, case.row.dtype)?;
            dump::tensors(&model)
        });
        show(quantized)
    }
}

fn config(case: &Case) -> Config {
    let mut config = Config::new(case.row.dtype, case.row.granularity);
    if let Some(qconf) = &case.qconf {
        config.layers.clone_from(&qconf.layers);
    }
    config
}

fn fake_quantized(case: &Case) -> quant_core::Result<Model> {
    let mut model = quant_core::recipe::build(&case.recipe)?;
    fake_quantize::run(&mut model, &config(case))?;
    Ok(model)
}

fn recorded(case: &Case, threads: usize) -> quant_core::Result<Model> {
    let mut model = fake_quantized(case)?;
    let inputs = model.main().input_tensors();
    let records = case.records.iter().enumerate().map(|(number, text)| {
        text_record(&inputs, text).map_err(|error| error.within(format!("{number}.txt")))
    });
    let records = SliceRecords(records.collect::<quant_core::Result<_>>()?);
    let options = RecordOptions {
        threads,
        ..RecordOptions::default()
    };
    record::run(&mut model, &records, &options, &|_| ())?;
    Ok(model)
}

fn show<T>(result: quant_core::Result<T>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
