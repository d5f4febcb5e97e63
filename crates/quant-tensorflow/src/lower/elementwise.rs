//! Nodes that work element by element.

use quant_ir::{Builtin, DType, Options, Result, TensorId};

use super::op::Op;
use quant_lower::Stored;
use quant_lower::options;

/// A node of one input, whose layout does not matter.
pub(super) fn unary(op: &mut Op<'_>, builtin: Builtin, options: Options) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let dtype = op.builder.dtype(input.id);
    let name = op.result_name(input.channels_last);
    let id = op.builder.emit(builtin, &[input.id], options, &name, dtype)?;
    Ok(vec![op.result(id, input.channels_last)])
}

/// A node of two inputs that broadcast.
pub(super) fn binary(op: &mut Op<'_>, builtin: Builtin, options: Options) -> Result<Vec<Stored>> {
    let bools = matches!(
        builtin,
        Builtin::EQUAL
            | Builtin::NOT_EQUAL
            | Builtin::GREATER
            | Builtin::GREATER_EQUAL
            | Builtin::LESS
            | Builtin::LESS_EQUAL
            | Builtin::LOGICAL_AND
            | Builtin::LOGICAL_OR
    );
    let (ids, channels_last) = alike(op, &[0, 1])?;
    let dtype = ids.first().map_or(DType::Float32, |id| op.builder.dtype(*id));
    let dtype = if bools { DType::Bool } else { dtype };
    let name = op.result_name(channels_last);
    let id = op.builder.emit(builtin, &ids, options, &name, dtype)?;
    Ok(vec![op.result(id, channels_last)])
}

/// Inputs in one layout: with channels last if one of them has it and the others can be had so for nothing.
pub(super) fn alike(op: &mut Op<'_>, indices: &[usize]) -> Result<(Vec<TensorId>, bool)> {
    let stored: Vec<Stored> = indices
        .iter()
        .map(|index| op.stored(*index))
        .collect::<Result<_>>()?;
    let rank = |stored: &Stored| op.builder.shape(stored.id).len();
    let ranks = stored
        .iter()
        .filter(|stored| stored.channels_last)
        .map(rank)
        .max();
    let free = |stored: &Stored| {
        let elements: usize = op.builder.shape(stored.id).iter().product();
        stored.channels_last || op.builder.is_constant(stored.id) || elements == 1
    };
    let ids = if let Some(rank) = ranks.filter(|_| stored.iter().all(free)) {
        let ids: Result<Vec<TensorId>> = stored.iter().map(|stored| moved(op, *stored, rank)).collect();
        return Ok((ids?, true));
    } else {
        stored.into_iter().map(|stored| op.builder.own(stored))
    };
    Ok((ids.collect::<Result<_>>()?, false))
}

/// A constant as it broadcasts against a value of so many dimensions with channels last.
fn moved(op: &mut Op<'_>, stored: Stored, rank: usize) -> Result<TensorId> {
    let shape = op.builder.shape(stored.id);
    if stored.channels_last || shape.iter().product::<usize>() == 1 && shape.len() <= 1 {
        return Ok(stored.id);
    }
    let missing = rank.saturating_sub(shape.len());
    let whole: Vec<usize> = std::iter::repeat_n(1, missing).chain(shape).collect();
    let name = op.part("operand");
    let id = op.builder.reshape(stored.id, &whole, &name)?;
    op.builder.channels_last(id)
}

/// `max(alpha · x, x)`.
pub(super) fn leaky_relu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let alpha = op.float("alpha", 0.2)?;
    let options = options!(LeakyReluOptions: LeakyReluOptionsT { alpha: alpha });
    unary(op, Builtin::LEAKY_RELU, options)
}

/// `1 / x`.
pub(super) fn reciprocal(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let name = op.part("one");
    let one = op.builder.floats(&name, &[], &[1.0])?;
    let name = op.result_name(input.channels_last);
    let options = options!(DivOptions: DivOptionsT {});
    let id = op
        .builder
        .emit(Builtin::DIV, &[one, input.id], options, &name, DType::Float32)?;
    Ok(vec![op.result(id, input.channels_last)])
}

/// The smaller of the larger: `min(max(x, low), high)`.
pub(super) fn clip(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1, 2])?;
    let &[x, low, high] = ids.as_slice() else {
        return op.refuse("it has another number of inputs", "give x, low and high");
    };
    let dtype = op.builder.dtype(x);
    let name = op.part("low");
    let raised = op
        .builder
        .emit(Builtin::MAXIMUM, &[x, low], Options::default(), &name, dtype)?;
    let name = op.result_name(channels_last);
    let id = op.builder.emit(
        Builtin::MINIMUM,
        &[raised, high],
        Options::default(),
        &name,
        dtype,
    )?;
    Ok(vec![op.result(id, channels_last)])
}

/// The sum of all inputs.
pub(super) fn add_n(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let indices: Vec<usize> = (0..op.inputs.len()).collect();
    let (ids, channels_last) = alike(op, &indices)?;
    let dtype = ids.first().map_or(DType::Float32, |id| op.builder.dtype(*id));
    let name = op.result_name(channels_last);
    let options = options!(AddNOptions: AddNOptionsT {});
    let id = op.builder.emit(Builtin::ADD_N, &ids, options, &name, dtype)?;
    Ok(vec![op.result(id, channels_last)])
}

/// Another element type.
pub(super) fn cast(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let to = op.dtype("DstT")?;
    if op.builder.dtype(input.id) == to {
        return Ok(vec![input]);
    }
    let tensor_type = |dtype: DType| quant_schema::TensorType(dtype.code());
    let options = options!(CastOptions: CastOptionsT {
        in_data_type: tensor_type(op.builder.dtype(input.id)),
        out_data_type: tensor_type(to),
    });
    let name = op.result_name(input.channels_last);
    let id = op.builder.emit(Builtin::CAST, &[input.id], options, &name, to)?;
    Ok(vec![op.result(id, input.channels_last)])
}

/// One of two values, by a condition.
pub(super) fn select(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let ids = [op.input(0)?, op.input(1)?, op.input(2)?];
    let [condition, a, _] = ids.map(|id| op.builder.shape(id));
    // The older form takes rows by a vector of conditions; the newer one broadcasts.
    if op.node.op() == "Select" && condition.len() != a.len() && !condition.is_empty() {
        return op.refuse("a condition for each row", "use SelectV2");
    }
    let dtype = op.builder.dtype(op.stored(1)?.id);
    let options = options!(SelectV2Options: SelectV2OptionsT {});
    let name = op.name();
    let id = op.builder.emit(Builtin::SELECT_V2, &ids, options, &name, dtype)?;
    Ok(super::op::plain(id))
}
