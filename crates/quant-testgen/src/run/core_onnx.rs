//! `quant-onnx` as onnxruntime's quantizers.

use std::collections::BTreeMap;

use quant_case::Granularity;
use quant_case::onnx::{BLOCK_SIZE, Format, Type};
use quant_core::interp::{Interpreter, Workspace};
use quant_core::record::text_record;
use quant_core::value::Data;
use quant_onnx::Model;
use quant_onnx::quantize::calibrate::Calibration;
use quant_onnx::quantize::calibrate::ends::Ends;
use quant_onnx::quantize::integer::Integer;
use quant_onnx::quantize::{self, BlockOptions, Options, Ranges, observed};

use super::core_case::show;
use super::{Case, pairs_onnx, process};
use crate::results::{Quantized, Range};

/// The float model of a case.
pub(super) fn float(case: &Case) -> Result<Model, String> {
    let path = case.file.as_deref().ok_or("the case has no model")?;
    let bytes = process::read(path)?;
    let model = if path.extension().is_some_and(|ending| ending == "onnx") {
        Model::from_bytes(bytes)
    } else {
        let text = String::from_utf8(bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        Model::from_text(&text)
    };
    show(model.map_err(|error| error.within(path.display())))
}

/// The type of the row.
pub(super) fn of(case: &Case) -> Result<Type, String> {
    let unknown = || format!("`{}` is no type of addOnnxTest", case.row.dtype);
    case.row.onnx().ok_or_else(unknown)
}

/// Ranges of the row's float model.
pub(super) fn calibrated(case: &Case) -> Result<Vec<Range>, String> {
    let options = options(case)?;
    let ranges = record(case, &float(case)?, &options)?;
    let range = |(name, range): (String, quantize::Range)| Range {
        name,
        min: range.low,
        max: range.high,
    };
    Ok(ranges.into_iter().map(range).collect())
}

/// The tensors of the float model as the row's quantizer leaves them.
pub(super) fn quantized(case: &Case) -> Result<Vec<Quantized>, String> {
    let model = float(case)?;
    let made = if let Format::Blocks(bits) = of(case)?.format() {
        let options = BlockOptions {
            bits,
            block_size: BLOCK_SIZE,
            ..BlockOptions::default()
        };
        show(quantize::blockwise(&model, &options))?
    } else {
        let options = options(case)?;
        let ranges = if case.row.needs_records() {
            record(case, &model, &options)?
        } else {
            Ranges::new()
        };
        show(quantize::quantize(&model, &ranges, &options))?
    };
    pairs_onnx::tensors(&case.recipe, &made)
}

fn options(case: &Case) -> Result<Options, String> {
    let of = of(case)?;
    let integer = |word: &str| match word {
        "uint8" => Integer::U8,
        "int16" => Integer::I16,
        _ => Integer::I8,
    };
    let [activation, weight] = of.integers().map(integer);
    Ok(Options {
        format: match of.format() {
            Format::Qoperator => quantize::Format::QOperator,
            Format::Dynamic => quantize::Format::Dynamic,
            Format::Qdq | Format::Blocks(_) => quantize::Format::Qdq,
        },
        activation,
        weight,
        per_channel: case.row.granularity.known() == Some(Granularity::Channel),
        ..Options::default()
    })
}

/// Ranges by the records, as the command line takes them by default.
fn record(case: &Case, model: &Model, options: &Options) -> Result<Ranges, String> {
    let seen = show(observed(model, options, BTreeMap::new(), true))?;
    let interpreter = show(Interpreter::new(&seen.model))?;
    let mut workspace = Workspace::new(1);
    let inputs = seen.model.main().input_tensors();
    let mut all: BTreeMap<usize, Vec<Ends>> = BTreeMap::new();
    for (number, text) in case.records.iter().enumerate() {
        let place = case.folder.join(format!("{number}.txt"));
        let record = show(text_record(&inputs, text).map_err(|error| error.within(place.display())))?;
        let mut see = |id: usize, data: &Data| {
            if let Data::F32(values) = data {
                all.entry(id).or_default().push(Ends::of(values));
            }
        };
        for (id, value) in seen.model.main().inputs().iter().zip(&record) {
            see(id.0, &value.data);
        }
        show(interpreter.run_with(record, &mut workspace, &mut |id, value, _| {
            see(id.0, &value.data);
            Ok(())
        }))?;
    }
    let calibration = Calibration::default();
    let mut ranges = seen.constants.clone();
    for (name, id, float) in &seen.tensors {
        let ends = all.get(&id.0).map(Vec::as_slice).unwrap_or_default();
        let ends = calibration.ends(ends, *float);
        let (low, high) = ends.ok_or_else(|| format!("`{name}` was not seen"))?;
        let float = *float;
        ranges.insert(name.clone(), quantize::Range { low, high, float });
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use quant_case::onnx::{read, read_binary};
    use quant_case::recipe::Recipe;

    use super::*;

    #[test]
    fn cases_read_bytes_as_they_read_text() {
        let recipes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recipes");
        let folders = fs::read_dir(recipes).unwrap().map(|entry| entry.unwrap().path());
        let texts = folders
            .map(|folder| folder.join("model.textproto"))
            .filter(|path| path.exists());
        let mut count = 0;
        for path in texts {
            let text = fs::read_to_string(&path).unwrap();
            let bytes = Model::from_text(&text).unwrap().to_bytes().unwrap();
            let (text, bytes) = (read(&text).unwrap(), read_binary(&bytes).unwrap());
            for (one, other) in text.operands.iter().zip(&bytes.operands) {
                assert_eq!(
                    (&one.name, &one.dtype, &one.shape, &one.filler),
                    (&other.name, &other.dtype, &other.shape, &other.filler)
                );
            }
            for (one, other) in text.operations.iter().zip(&bytes.operations) {
                assert_eq!(
                    (&one.kind, &one.inputs, &one.outputs, &one.options),
                    (&other.kind, &other.inputs, &other.outputs, &other.options)
                );
            }
            let interface = |recipe: &Recipe| (recipe.inputs.clone(), recipe.outputs.clone(), recipe.version);
            assert_eq!(interface(&text), interface(&bytes));
            count += 1;
        }
        assert!(count >= 6, "{count}");
    }
}
