//! What looks wrong in data, though it fits: told, and run all the same.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use quant_core::Result as CoreResult;
use quant_core::ir::{Builtin, DType, Model, Operator, Tensor};
use quant_core::record::Records;
use quant_core::value::{Data, Value};

use super::inputs::Inputs;
use super::target::Element;
use crate::failure::Result;
use crate::warnings;

/// Records that are looked at.
const LOOKED_AT: usize = 8;

/// Bytes of records that are kept until their turn comes; others are read once more.
const KEPT_BYTES: usize = 1 << 24;

/// The values of an input in some records.
#[derive(Clone, Copy)]
struct Seen {
    min: f32,
    max: f32,
    whole: bool,
}

/// Looks at the first records of data, and warns of what a model was hardly trained on: records that are all equal, pixels that
/// nobody scaled, values that were scaled twice, values that the range of a quantized input does not fit.
///
/// # Errors
/// One of these records cannot be read.
pub fn look(shown: &str, model: &Model, inputs: &Inputs, records: &dyn Records) -> Result {
    read(shown, model, inputs, records).map(|_| ())
}

/// The same; gives records, of which those that were read are not read again.
///
/// # Errors
/// As [`look`].
pub fn looked_at<R: Records + 'static>(
    shown: &str,
    model: &Model,
    inputs: &Inputs,
    records: R,
) -> Result<Box<dyn Records>> {
    let mut first = read(shown, model, inputs, &records)?;
    let bytes = |value: &Value| value.dtype().bytes(value.data.len()).unwrap_or_default();
    if first.iter().flatten().map(bytes).sum::<usize>() > KEPT_BYTES {
        first.clear();
    }
    let first = Mutex::new(first.into_iter().map(Some).collect());
    Ok(Box::new(Read { records, first }))
}

/// Records of which the first ones were read.
struct Read<R> {
    records: R,
    first: Mutex<Vec<Option<Vec<Value>>>>,
}

impl<R: Records> Records for Read<R> {
    fn len(&self) -> usize {
        self.records.len()
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = first.get_mut(index).and_then(Option::take);
        drop(first);
        kept.map_or_else(|| self.records.get(index), Ok)
    }
}

/// Looks at the first records, and gives them.
fn read(shown: &str, model: &Model, inputs: &Inputs, records: &dyn Records) -> Result<Vec<Vec<Value>>> {
    let shown = Path::new(shown);
    let first = (0..records.len().min(LOOKED_AT)).map(|index| records.get(index));
    let first = first.collect::<CoreResult<Vec<Vec<Value>>>>()?;
    if first.len() > 1 && first.iter().all(|record| record == &first[0]) {
        let all = if records.len() == first.len() {
            "all"
        } else {
            "the first"
        };
        let what = format!(
            "{all} {} records are equal; one of them says as much",
            first.len()
        );
        warnings::warn(shown, what);
    }
    for (index, input) in inputs.tensors.iter().enumerate() {
        let values = first.iter().filter_map(|record| record.get(index));
        if let Some(what) = seen(values).and_then(|seen| doubtful(model, input, inputs, seen)) {
            warnings::warn(shown, format!("input `{}`: {what}", input.name));
        }
    }
    Ok(first)
}

/// The range of all values; `None` without reals.
fn seen<'a>(values: impl Iterator<Item = &'a Value>) -> Option<Seen> {
    let mut seen: Option<Seen> = None;
    for value in values {
        let Data::F32(reals) = &value.data else {
            return None;
        };
        for x in reals.iter().copied().filter(|x| !x.is_nan()) {
            let before = seen.unwrap_or(Seen {
                min: x,
                max: x,
                whole: true,
            });
            seen = Some(Seen {
                min: before.min.min(x),
                max: before.max.max(x),
                whole: before.whole && x.fract() == 0.0,
            });
        }
    }
    seen
}

/// What makes one doubt the values of an input.
fn doubtful(model: &Model, input: &Tensor, inputs: &Inputs, seen: Seen) -> Option<String> {
    let Seen { min, max, whole } = seen;
    if let Some((low, high)) = calibrated(model, input) {
        let room = high - low;
        if min < low - room || max > high + room {
            return Some(format!(
                "values are {min}…{max}, and the model was calibrated on {low}…{high}; prepare them as its calibration data"
            ));
        }
    }
    let is_picture = matches!(input.shape[..], [_, _, _, 1 | 3] | [_, 1 | 3, _, _]);
    let arithmetic = [Builtin::MUL, Builtin::SUB, Builtin::ADD, Builtin::DIV];
    let scales = |operator: &&Operator| arithmetic.contains(&operator.code.builtin);
    if input.dtype != DType::Float32 || !is_picture || readers(model, input).any(|operator| scales(&operator))
    {
        return None;
    }
    // A scale of 1 was asked for.
    if !inputs.prepare.normalizes() && whole && min >= 0.0 && max > 100.0 && max <= 255.0 {
        return Some(format!(
            "values are whole numbers of {min}…{max}, as pixels are, and most networks were trained on −1…1 or 0…1; scale them \
             with --preset or --scale 1/255, or say --scale 1"
        ));
    }
    (max - min > 0.0 && max - min < 0.02).then(|| {
        format!(
            "values are within {min}…{max}, which is little for pictures; see whether they were scaled twice"
        )
    })
}

/// The operators that read a graph input.
fn readers<'a>(model: &'a Model, input: &'a Tensor) -> impl Iterator<Item = &'a Operator> {
    let graph = model.main();
    let reads = |operator: &&Operator| {
        let mut inputs = operator.inputs.iter().flatten();
        inputs.any(|id| graph.tensor(*id).name == input.name)
    };
    graph.operators().iter().filter(reads)
}

/// The range that a float input is quantized for behind it.
fn calibrated(model: &Model, input: &Tensor) -> Option<(f32, f32)> {
    let quantize = readers(model, input).find(|operator| operator.code.builtin == Builtin::QUANTIZE)?;
    let integers = model.main().tensor(*quantize.outputs.first()?);
    let Some(Element::Quantized(scale, zero_point, dtype)) = Element::of(integers) else {
        return None;
    };
    let (low, high): (i64, i64) = match dtype {
        DType::Uint8 => (0, 255),
        DType::Int8 => (-128, 127),
        _ => (-32768, 32767),
    };
    let real = |q: i64| (q - zero_point) as f32 * scale;
    Some((real(low), real(high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen() {
        let value = |values: &[f32]| Value::f32(vec![values.len()], values.to_vec());
        let values = [value(&[1.0, f32::NAN, 3.0]), value(&[-2.0])];
        let all = seen(values.iter()).unwrap();
        assert_eq!((all.min, all.max, all.whole), (-2.0, 3.0, true));
        assert!(!seen([value(&[0.5])].iter()).unwrap().whole);
        assert!(seen([value(&[f32::NAN])].iter()).is_none());
    }
}
