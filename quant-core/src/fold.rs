//! Constants that a file keeps in another form become floats: half-precision ones and integers behind DEQUANTIZE, sparse
//! ones behind DENSIFY. Stages do this first, so that they find the weights of such models.
//!
//! Halves stay halves in memory ([`Content::Halves`]): the floats are made when somebody asks for them.

use std::collections::BTreeMap;

use quant_interp;
use quant_ir::error::Result;
use quant_ir::limits::{MAX_LIVE_ELEMENTS, at_most};
use quant_ir::{BufferId, Builtin, Content, DType, Model, Operator, TensorId};

/// Folds the constants of the main graph; returns how many operators went. Tensors that nothing names are dropped
/// then, and the stored form with them. A model without such operators is left as it is.
///
/// # Errors
/// A constant that does not fit its shape, an operator that contradicts its operands, more elements than constants may
/// have. The model may then be half folded.
pub fn constants(model: &mut Model) -> Result<usize> {
    let count = model.main().operators().len();
    let mut keep = vec![true; count];
    // Several operators may read one constant: what they make is kept once, for each shape that they say.
    let mut done: BTreeMap<TensorId, Vec<(Builtin, TensorId, BufferId)>> = BTreeMap::new();
    let mut elements = 0usize;
    for (index, keep) in keep.iter_mut().enumerate() {
        let op = &model.main().operators()[index];
        let builtin = op.code.builtin;
        let Some((from, to)) = operands(model, op) else {
            continue;
        };
        let graph = model.main();
        let same = |other: &TensorId| {
            let (a, b) = (graph.tensor(*other), graph.tensor(to));
            (&a.shape, a.dtype) == (&b.shape, b.dtype)
        };
        let known = done.get(&from).and_then(|made| {
            let mut made = made.iter();
            made.find(|(by, other, _)| *by == builtin && same(other))
        });
        let buffer = if let Some((.., buffer)) = known {
            *buffer
        } else {
            let Some(content) = folded(model, op, from, to)? else {
                continue;
            };
            elements = elements.saturating_add(content.len() / size_of::<f32>());
            at_most(MAX_LIVE_ELEMENTS, elements, "constants", "elements")?;
            let buffer = model.add_content(content);
            done.entry(from).or_default().push((builtin, to, buffer));
            buffer
        };
        let tensor = model.main_mut().tensor_mut(to);
        tensor.buffer = buffer;
        if tensor.dtype == DType::Float32 {
            // A range that was recorded of it as an activation.
            tensor.quant = None;
        }
        *keep = false;
    }
    let folded = keep.iter().filter(|keep| !**keep).count();
    if folded > 0 {
        model.main_mut().retain(|op, _| keep[op.0]);
        model.compact();
    }
    Ok(folded)
}

/// Input and output of an operator that makes one constant of another.
fn operands(model: &Model, op: &Operator) -> Option<(TensorId, TensorId)> {
    let graph = model.main();
    let (&[Some(from)], &[to]) = (op.inputs.as_slice(), op.outputs.as_slice()) else {
        return None;
    };
    let (source, made) = (graph.tensor(from), graph.tensor(to));
    let fits = match op.code.builtin {
        Builtin::DEQUANTIZE => made.dtype == DType::Float32,
        Builtin::DENSIFY => made.dtype == source.dtype,
        _ => false,
    };
    let fixed = model.is_const(source) && !source.is_variable && !made.is_variable && source.compression == 0;
    (fits && fixed).then_some((from, to))
}

/// What the operator makes of its constant; `None` when that cannot be kept in a buffer.
fn folded(model: &Model, op: &Operator, from: TensorId, to: TensorId) -> Result<Option<Content>> {
    let (source, made) = (model.main().tensor(from), model.main().tensor(to));
    let dense = source.dtype == DType::Float16 && source.sparsity.is_none() && source.shape == made.shape;
    let halves = model
        .content(source)
        .filter(|_| dense && op.code.builtin == Builtin::DEQUANTIZE);
    if let Some(Content::Plain(bytes)) = halves {
        return Ok(Some(Content::Halves(bytes.clone())));
    }
    let value = quant_interp::folded(model, op)?;
    // A tensor without elements is no constant.
    let value = value.filter(|value| !value.is_empty() && value.dtype() == made.dtype);
    Ok(value.map(|value| {
        if let Some(content) = model.content(source) {
            content.release();
        }
        value.to_le_bytes().into()
    }))
}
