//! Rows with remedies: the whole pipeline of `quant-core`.

use quant_case::Granularity;
use quant_case::expected;
use quant_case::golden::Numbers;
use quant_core::ir::Model;
use quant_core::record::SliceRecords;
use quant_core::remedy::{self, Remedy, Room};
use quant_core::scheme::tflite;
use quant_core::{Quantized, Quantizer, dump};

use super::Case;
use super::core_case::{float, show, text_records};
use crate::results::FloatConstant;

/// What the quantizer makes of a case.
pub(super) fn quantized(case: &Case) -> Result<Quantized, String> {
    let model = float(case)?;
    let records = SliceRecords(text_records(case, &model)?);
    let name = format!("tflite-{}", case.row.dtype.word().replace('_', "-"));
    let mut scheme = tflite::named(&name).ok_or_else(|| format!("there is no scheme {name}"))?;
    scheme.options.per_tensor = case.row.granularity.known() == Some(Granularity::Layer);
    let quantizer = Quantizer::new()
        .scheme(scheme)
        .remedies(remedies(case)?)
        .records(&records);
    show(quantizer.check(false).quantize_model(model))
}

/// The float model that is calibrated: as those remedies left it that work before.
pub(super) fn before(case: &Case) -> Result<Model, String> {
    let mut model = float(case)?;
    let records = SliceRecords(text_records(case, &model)?);
    let room = Room {
        records: Some(&records),
        threads: 1,
    };
    show(remedy::before(&mut model, &remedies(case)?, room))?;
    Ok(model)
}

fn remedies(case: &Case) -> Result<Vec<Remedy>, String> {
    let words = case.row.attributes.remedies.iter();
    show(words.map(|word| word.parse()).collect())
}

/// Weights and biases of the layers of the float model, as remedies left them.
pub(super) fn constants(case: &Case, model: &Model) -> Result<Vec<FloatConstant>, String> {
    let wanted = expected::tensors(&case.recipe, quant_case::Stage::Remedies, &case.row, None)?;
    let dump = show(dump::tensors(model))?.into_iter();
    let made = dump.filter_map(|(name, tensor)| match tensor.weights {
        Some(Numbers::Float(elements)) if wanted.iter().any(|wanted| wanted.name == name) => {
            Some(FloatConstant {
                name,
                shape: tensor.shape,
                elements,
            })
        }
        _ => None,
    });
    Ok(made.collect())
}
