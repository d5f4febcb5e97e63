//! Nodes that work element by element.

use quant_ir::{Builtin, DType, Options, Result, TensorId};
use quant_lower::{Stored, options};

use super::made;
use super::op::Op;
use crate::data_type::DataType;

/// A node of one input, whose layout does not matter.
pub(super) fn unary(op: &mut Op<'_>, builtin: Builtin, options: Options) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    op.last(builtin, &[input.id], options, input.channels_last)
}

/// Nodes that pass on what they read.
pub(super) fn first(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    Ok(vec![op.stored(0)?])
}

/// A node of two inputs that broadcast.
pub(super) fn binary(op: &mut Op<'_>, builtin: Builtin, options: Options) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1])?;
    op.last(builtin, &ids, options, channels_last)
}

/// A comparison, whose result is a bool.
pub(super) fn compare(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1])?;
    op.last_of(builtin, &ids, Options::default(), channels_last, DType::Bool)
}

/// Inputs in one layout: with channels last if one of them has it and the others can be had so for nothing.
pub(super) fn alike(op: &mut Op<'_>, indices: &[usize]) -> Result<(Vec<TensorId>, bool)> {
    let stored: Vec<Stored> = indices
        .iter()
        .map(|index| op.stored(*index))
        .collect::<Result<_>>()?;
    alike_of(op, &stored)
}

/// The same of these.
pub(super) fn alike_of(op: &mut Op<'_>, stored: &[Stored]) -> Result<(Vec<TensorId>, bool)> {
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

/// Nodes of any number of inputs, taken two by two.
pub(super) fn chain(
    op: &mut Op<'_>,
    builtin: Builtin,
    of: fn() -> Options,
    mean: bool,
) -> Result<Vec<Stored>> {
    let count = op.inputs.len();
    let indices: Vec<usize> = (0..count).collect();
    let (ids, channels_last) = alike(op, &indices)?;
    let Some((first, rest)) = ids.split_first() else {
        return op.refuse("it has no inputs", "export the model again");
    };
    let Some((last, between)) = rest.split_last() else {
        return Ok(vec![Stored {
            id: *first,
            channels_last,
        }]);
    };
    let mut value = *first;
    for (at, id) in between.iter().enumerate() {
        value = op.step(&format!("of{at}"), builtin, &[value, *id], of())?;
    }
    if !mean {
        return op.last(builtin, &[value, *last], of(), channels_last);
    }
    let sum = op.step("sum", builtin, &[value, *last], of())?;
    #[allow(clippy::as_conversions)] // a number of inputs
    let by = op.scalar("by", 1.0 / count as f32)?;
    op.last(
        Builtin::MUL,
        &[sum, by],
        options!(MulOptions: MulOptionsT {}),
        channels_last,
    )
}

/// `1 / x`.
pub(super) fn reciprocal(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let one = op.scalar("one", 1.0)?;
    let options = options!(DivOptions: DivOptionsT {});
    op.last(Builtin::DIV, &[one, input.id], options, input.channels_last)
}

/// `x ^ y`; squares and roots have operators of their own.
pub(super) fn pow(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let exponent = op.stored(1)?.id;
    if op.builder.is_constant(exponent)
        && let Some(&[one]) = op.maybe_floats(1).ok().flatten().as_deref()
        && op.builder.shape(exponent).len() <= op.shape(0)?.len()
    {
        if one == 2.0 {
            return unary(op, Builtin::SQUARE, options!(SquareOptions: SquareOptionsT {}));
        }
        if one == 0.5 {
            return unary(op, Builtin::SQRT, Options::default());
        }
    }
    binary(op, Builtin::POW, options!(PowOptions: PowOptionsT {}))
}

/// The remainder: with the sign of the divisor, or (`fmod`) with that of the dividend.
pub(super) fn modulo(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    if op.int("fmod", 0)? == 0 {
        return binary(op, Builtin::FLOOR_MOD, Options::default());
    }
    let (ids, channels_last) = alike(op, &[0, 1])?;
    let &[x, y] = ids.as_slice() else {
        return op.refuse("it has another number of inputs", "give two");
    };
    // The remainder of the sizes, with the sign of x.
    let sizes = [
        op.step("x_size", Builtin::ABS, &[x], options!(AbsOptions: AbsOptionsT {}))?,
        op.step("y_size", Builtin::ABS, &[y], options!(AbsOptions: AbsOptionsT {}))?,
    ];
    let rest = op.step("rest", Builtin::FLOOR_MOD, &sizes, Options::default())?;
    let sign = op.step("sign", Builtin::SIGN, &[x], Options::default())?;
    op.last(
        Builtin::MUL,
        &[rest, sign],
        options!(MulOptions: MulOptionsT {}),
        channels_last,
    )
}

/// Another element type.
pub(super) fn cast(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let to = DataType(op.fit("to", op.int("to", 0)?)?);
    let Some(to) = made::dtype(to) else {
        return op.refuse(format!("a cast to {to}"), "numbers and bools are lowered");
    };
    let from = op.builder.dtype(input.id);
    if from == to {
        return Ok(vec![input]);
    }
    let tensor_type = |dtype: DType| quant_schema::TensorType(dtype.code());
    let options = options!(CastOptions: CastOptionsT {
        in_data_type: tensor_type(from),
        out_data_type: tensor_type(to),
    });
    op.last_of(Builtin::CAST, &[input.id], options, input.channels_last, to)
}

/// One of two values, by a condition.
pub(super) fn select(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1, 2])?;
    let dtype = op.dtype(1)?;
    let options = options!(SelectV2Options: SelectV2OptionsT {});
    op.last_of(Builtin::SELECT_V2, &ids, options, channels_last, dtype)
}
