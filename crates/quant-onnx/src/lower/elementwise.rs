//! Nodes that work element by element.

use quant_ir::{Builtin, DType, Options, Result};
use quant_lower::elementwise::{self, alike, binary, unary};
use quant_lower::{Stored, mul, options};

use super::op::Op;
use super::stored;
use crate::data_type::DataType;

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
    op.last(Builtin::MUL, &[sum, by], mul(), channels_last)
}

/// `x ^ y`; squares and roots have operators of their own. Exponents may be integers where `x` holds floats, and become floats.
pub(super) fn pow(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let exponent = op.stored(1)?.id;
    let (base, other) = (op.input_dtype(0)?, op.builder.dtype(exponent));
    let mixed = base == DType::Float32 && other != base;
    if base == DType::Float32
        && op.builder.is_constant(exponent)
        && op.builder.shape(exponent).len() <= op.shape(0)?.len()
    {
        let is_two = mixed && op.maybe_ints(1).ok().flatten().as_deref() == Some(&[2]);
        let one = op.maybe_floats(1).ok().flatten();
        if is_two || one.as_deref() == Some(&[2.0]) {
            return unary(op, Builtin::SQUARE, options!(SquareOptions: SquareOptionsT {}));
        }
        if one.as_deref() == Some(&[0.5]) {
            return unary(op, Builtin::SQRT, Options::default());
        }
    }
    let (mut ids, channels_last) = alike(op, &[0, 1])?;
    if let Some(exponent) = ids.last_mut().filter(|_| mixed) {
        let name = op.part("exponent");
        *exponent = elementwise::cast_of(op, *exponent, &name, base)?;
    }
    op.last(
        Builtin::POW,
        &ids,
        options!(PowOptions: PowOptionsT {}),
        channels_last,
    )
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
    let sizes = [op.abs("x_size", x)?, op.abs("y_size", y)?];
    let rest = op.step("rest", Builtin::FLOOR_MOD, &sizes, Options::default())?;
    let sign = op.step("sign", Builtin::SIGN, &[x], Options::default())?;
    op.last(Builtin::MUL, &[rest, sign], mul(), channels_last)
}

/// Another element type.
pub(super) fn cast(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let to = DataType(op.fit("to", op.int("to", 0)?)?);
    let Some(to) = stored::dtype(to) else {
        return op.refuse(format!("a cast to {to}"), "numbers and bools are lowered");
    };
    elementwise::cast(op, to)
}

/// One of two values, by a condition.
pub(super) fn select(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1, 2])?;
    let dtype = op.input_dtype(1)?;
    let options = options!(SelectV2Options: SelectV2OptionsT {});
    op.last_of(Builtin::SELECT_V2, &ids, options, channels_last, dtype)
}
