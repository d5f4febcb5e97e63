//! Nodes that work element by element, wherever the channels are.

use quant_ir::{Builtin, DType, Options, Result, TensorId};

use crate::{Op, Stored, options};

/// A node of one input, whose layout does not matter.
///
/// # Errors
/// Those of [`crate::Builder::emit`].
pub fn unary(op: &mut Op<'_>, builtin: Builtin, options: Options) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    op.last(builtin, &[input.id], options, input.channels_last)
}

/// Nodes that pass on what they read.
///
/// # Errors
/// Its input is not there.
pub fn first(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    Ok(vec![op.stored(0)?])
}

/// A node of two inputs that broadcast.
///
/// # Errors
/// Those of [`crate::Builder::emit`].
pub fn binary(op: &mut Op<'_>, builtin: Builtin, options: Options) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1])?;
    op.last(builtin, &ids, options, channels_last)
}

/// A comparison, whose result is a bool.
///
/// # Errors
/// Those of [`crate::Builder::emit`].
pub fn compare(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1])?;
    op.last_of(builtin, &ids, Options::default(), channels_last, DType::Bool)
}

/// `1 / x`.
///
/// # Errors
/// Those of [`crate::Builder::emit`].
pub fn reciprocal(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let one = op.scalar("one", 1.0)?;
    let options = options!(DivOptions: DivOptionsT {});
    op.last(Builtin::DIV, &[one, input.id], options, input.channels_last)
}

/// Another element type.
///
/// # Errors
/// Those of [`crate::Builder::emit`].
pub fn cast(op: &mut Op<'_>, to: DType) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let from = op.builder.dtype(input.id);
    if from == to {
        return Ok(vec![input]);
    }
    op.last_of(
        Builtin::CAST,
        &[input.id],
        casting(from, to),
        input.channels_last,
        to,
    )
}

/// Another element type of a tensor on the way.
///
/// # Errors
/// Those of [`crate::Builder::emit`].
pub fn cast_of(op: &mut Op<'_>, id: TensorId, name: &str, to: DType) -> Result<TensorId> {
    let options = casting(op.builder.dtype(id), to);
    op.builder.emit(Builtin::CAST, &[id], options, name, to)
}

fn casting(from: DType, to: DType) -> Options {
    let tensor_type = |dtype: DType| quant_schema::TensorType(dtype.code());
    options!(CastOptions: CastOptionsT {
        in_data_type: tensor_type(from),
        out_data_type: tensor_type(to),
    })
}

/// Inputs in one layout: with channels last if one of them has it and the others can be had so for nothing.
///
/// # Errors
/// One is not there.
pub fn alike(op: &mut Op<'_>, indices: &[usize]) -> Result<(Vec<TensorId>, bool)> {
    let stored: Vec<Stored> = indices
        .iter()
        .map(|index| op.stored(*index))
        .collect::<Result<_>>()?;
    alike_of(op, &stored)
}

/// The same of these.
///
/// # Errors
/// Those of a constant that is moved.
pub fn alike_of(op: &mut Op<'_>, stored: &[Stored]) -> Result<(Vec<TensorId>, bool)> {
    let rank = |stored: &Stored| op.builder.shape(stored.id).len();
    let last = stored.iter().filter(|stored| stored.channels_last);
    let widest = last.map(rank).max();
    let free = |found: &Stored, widest: usize| {
        let rank = rank(found);
        if found.channels_last {
            return rank == widest;
        }
        let one = op.builder.shape(found.id).iter().product::<usize>() == 1;
        rank <= widest && (op.builder.is_weights(found.id) || one)
    };
    if let Some(widest) = widest.filter(|widest| stored.iter().all(|found| free(found, *widest))) {
        let ids = stored.iter().map(|found| moved(op, *found, widest));
        return Ok((ids.collect::<Result<_>>()?, true));
    }
    let ids = stored.iter().map(|found| op.builder.own(*found));
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
    let name = op.part("operand_last");
    let order: Vec<usize> = [0].into_iter().chain(2..rank).chain([1]).collect();
    op.builder.transpose_named(id, &order, &name)
}
