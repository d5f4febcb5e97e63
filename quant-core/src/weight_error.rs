//! How far quantized weights are from the float weights that they came from.

use rayon::prelude::*;

use crate::scheme::Decisions;
use quant_ir::{Content, DType, Model, OpId, QuantParam, Tensor, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::coding::Float;

/// The error of all quantized weights of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightError {
    /// How many weight tensors were compared.
    pub tensors: usize,
    /// How many values.
    pub values: usize,
    /// Largest `|float − dequantized|`.
    pub worst: f64,
    /// The tensor of the quantized model that has it.
    pub worst_tensor: TensorId,
    /// The operator of the quantized model that reads it.
    pub worst_reader: OpId,
    /// The largest `|float|` of that tensor.
    pub worst_range: f64,
    /// The largest scale of that tensor.
    pub worst_step: f64,
    /// Mean of `|float − dequantized|` over all values.
    pub mean: f64,
}

/// Compares the weights of the operators that the scheme's table gives some; `None` when none were quantized. The floats of a tensor are those of its twin ([`quant_ir::Graph::twins`]). Dequantized is
/// `(q − zero_point) · scale`, in f64.
pub fn summary(float: &Model, quantized: &Model, decisions: &dyn Decisions) -> Option<WeightError> {
    let graph = quantized.main();
    let twins = graph.twins(float.main());
    let mut seen = vec![false; graph.tensors().len()];
    let mut sum = 0.0;
    let mut found: Option<WeightError> = None;
    for (index, op) in graph.operators().iter().enumerate() {
        let rule = decisions.table().rule(op.code.builtin).weights;
        let Some(id) = rule.and_then(|weights| op.input(weights.filter)) else {
            continue;
        };
        if std::mem::replace(&mut seen[id.0], true) {
            continue;
        }
        let tensor = graph.tensor(id);
        let before = twins[id.0].map(|id| float.main().tensor(id));
        let Some(before) = before.filter(|before| before.dtype == DType::Float32) else {
            continue;
        };
        let Some(content) = float.content(before) else {
            continue;
        };
        let Some(off) = compare(content, quantized, tensor) else {
            continue;
        };
        content.release();
        let total = found.get_or_insert_with(|| WeightError {
            tensors: 0,
            values: 0,
            worst: -1.0,
            worst_tensor: id,
            worst_reader: OpId(index),
            worst_range: 0.0,
            worst_step: 0.0,
            mean: 0.0,
        });
        sum += off.sum;
        total.tensors += 1;
        total.values += off.values;
        if off.worst > total.worst {
            total.worst = off.worst;
            total.worst_tensor = id;
            total.worst_reader = OpId(index);
            total.worst_range = off.range;
            total.worst_step = off.step;
        }
    }
    let mut found = found?;
    found.mean = sum / found.values.max(1) as f64;
    Some(found)
}

/// How far the values of one tensor, or of a part of it, are off.
#[derive(Clone, Copy, Default)]
struct Off {
    values: usize,
    sum: f64,
    worst: f64,
    range: f64,
    step: f64,
}

/// Values that a task compares. Sums of tasks are added in their order, so that the number of threads does not
/// matter.
const BLOCK: usize = 1 << 16;

/// Compares floats with the integers of `tensor`; `None` when it is not quantized, or not to weights.
fn compare(floats: &Content, quantized: &Model, tensor: &Tensor) -> Option<Off> {
    let floats = floats.floats()?;
    let integers = quantized.content(tensor)?.bytes();
    let quant = tensor.quant.as_ref()?;
    let elements = tensor.elements()?;
    let whole = floats.len() == elements && tensor.dtype.bytes(elements) == Some(integers.len());
    if !whole || quant.scale.is_empty() || quant.scale.len() != quant.zero_point.len() {
        return None;
    }
    let channels = match quant.scale.len() {
        1 => Channels::one(),
        count => {
            let axis = usize::try_from(quant.quantized_dimension).ok()?;
            let behind = tensor.shape.get(axis + 1..)?;
            Channels::new(
                count,
                behind.iter().map(|d| usize::try_from(*d).unwrap_or(0)).product(),
            )
        }
    };
    let parts = Parts {
        floats: &floats,
        channels,
        quant,
    };
    let (halves, _) = integers.as_chunks::<2>();
    let mut off = match tensor.dtype {
        DType::Uint8 => parts.compare(|at| integers[at].into()),
        DType::Int8 => parts.compare(|at| integers[at].cast_signed().into()),
        DType::Int16 => parts.compare(|at| i16::from_le_bytes(halves[at]).into()),
        // Two values a byte, the low half first.
        DType::Int4 => {
            parts.compare(|at| ((integers[at / 2] << (4 * (1 - at % 2))).cast_signed() >> 4).into())
        }
        DType::Int2 => {
            parts.compare(|at| ((integers[at / 4] << (2 * (3 - at % 4))).cast_signed() >> 6).into())
        }
        _ => return None,
    };
    off.step = quant.scale.iter().copied().map(f64::from).fold(0.0, f64::max);
    Some(off)
}

struct Parts<'a> {
    floats: &'a [Float],
    channels: Channels,
    quant: &'a QuantParam,
}

impl Parts<'_> {
    fn compare(&self, integer: impl Fn(usize) -> i64 + Sync) -> Off {
        let blocks = self.floats.par_chunks(BLOCK).enumerate();
        let parts: Vec<Off> = blocks
            .map(|(block, floats)| {
                let start = block * BLOCK;
                let mut off = Off {
                    values: floats.len(),
                    ..Off::default()
                };
                for (channel, run) in self.channels.runs(start..start + floats.len()) {
                    let scale = f64::from(self.quant.scale[channel]);
                    let zero_point = self.quant.zero_point[channel];
                    for at in run {
                        let x = f64::from(f32::from_le_bytes(floats[at]));
                        let real = (integer(start + at) - zero_point) as f64 * scale;
                        off.sum += (x - real).abs();
                        off.worst = off.worst.max((x - real).abs());
                        off.range = off.range.max(x.abs());
                    }
                }
                off
            })
            .collect();
        parts.into_iter().fold(Off::default(), |all, part| Off {
            values: all.values + part.values,
            sum: all.sum + part.sum,
            worst: all.worst.max(part.worst),
            range: all.range.max(part.range),
            step: 0.0,
        })
    }
}
