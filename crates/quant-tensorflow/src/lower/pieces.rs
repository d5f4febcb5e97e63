//! Nodes that take values apart and put them together.

use quant_ir::{Builtin, Options, Problem, Result, TensorId};

use super::op::{Op, plain};
use quant_lower::Stored;
use quant_lower::options;

/// The most outputs that a node is given.
const MAX_OUTPUTS: i64 = 1 << 16;

fn number(op: &Op<'_>, name: &str, default: i64) -> Result<i64> {
    let number = op.int(name, default)?;
    if (1..=MAX_OUTPUTS).contains(&number) {
        return Ok(number);
    }
    let problem = Problem::Option(format!("`{name}` is {number}"));
    Err(op.error(problem, "freeze the graph again"))
}

/// Names of so many outputs, as TensorFlow counts them.
fn names(op: &mut Op<'_>, number: i64) -> Vec<String> {
    let name = op.name();
    let rest = (1..number).map(|output| format!("{name}:{output}"));
    [name.clone()].into_iter().chain(rest).collect()
}

fn several(ids: Vec<TensorId>) -> Vec<Stored> {
    ids.into_iter().flat_map(plain).collect()
}

/// ConcatV2 (the axis comes last) and Concat (it comes first).
pub(super) fn concat(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let last = op.inputs.len().saturating_sub(1);
    let (at, values) = if op.node.op() == "Concat" {
        (0, 1..last.saturating_add(1))
    } else {
        (last, 0..last)
    };
    let axis = op.int_of(at)?;
    // With channels last in all of them, channels are joined where they are.
    let stored: Vec<Stored> = values.map(|index| op.stored(index)).collect::<Result<_>>()?;
    let first = stored.first().copied();
    let rank = first
        .map(|stored| op.builder.shape(stored.id).len())
        .unwrap_or_default();
    let channels_last = axis == 1 && rank == 4 && stored.iter().all(|stored| stored.channels_last);
    let (ids, axis) = if channels_last {
        (stored.iter().map(|stored| stored.id).collect(), 3)
    } else {
        let ids = stored.into_iter().map(|stored| op.builder.own(stored));
        (ids.collect::<Result<Vec<TensorId>>>()?, axis)
    };
    let dtype = op.dtype("T")?;
    let options = options!(ConcatenationOptions: ConcatenationOptionsT { axis: op.fit("axis", axis)? });
    let name = op.result_name(channels_last);
    let id = op
        .builder
        .emit(Builtin::CONCATENATION, &ids, options, &name, dtype)?;
    Ok(vec![op.result(id, channels_last)])
}

/// Pack: values along a new dimension.
pub(super) fn pack(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let ids: Vec<TensorId> = (0..op.inputs.len())
        .map(|index| op.input(index))
        .collect::<Result<_>>()?;
    let dtype = op.dtype("T")?;
    let options = options!(PackOptions: PackOptionsT {
        values_count: i32::try_from(ids.len()).unwrap_or(i32::MAX),
        axis: op.small("axis", 0)?,
    });
    let name = op.name();
    Ok(plain(op.builder.emit(
        Builtin::PACK,
        &ids,
        options,
        &name,
        dtype,
    )?))
}

/// Unpack: a dimension becomes outputs.
pub(super) fn unpack(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let count = number(op, "num", 0)?;
    let options = options!(UnpackOptions: UnpackOptionsT {
        num: op.fit("num", count)?,
        axis: op.small("axis", 0)?,
    });
    let (names, dtype) = (names(op, count), op.builder.dtype(input));
    Ok(several(op.builder.emit_many(
        Builtin::UNPACK,
        vec![Some(input)],
        options,
        &names,
        dtype,
    )?))
}

/// Split: the axis comes first.
pub(super) fn split(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let axis = op.int_of(0)?;
    let input = op.input(1)?;
    let count = number(op, "num_split", 1)?;
    let name = format!("{}/axis", op.label);
    let axis = op.builder.ints(&name, &[], &[axis])?;
    let options = options!(SplitOptions: SplitOptionsT { num_splits: op.fit("num_split", count)? });
    let (names, dtype) = (names(op, count), op.builder.dtype(input));
    let inputs = vec![Some(axis), Some(input)];
    Ok(several(op.builder.emit_many(
        Builtin::SPLIT,
        inputs,
        options,
        &names,
        dtype,
    )?))
}

/// SplitV: sizes, then the axis.
pub(super) fn split_v(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let (sizes, axis) = (op.ints(1)?, op.int_of(2)?);
    let count = number(op, "num_split", 1)?;
    let name = format!("{}/sizes", op.label);
    let sizes = op.builder.ints(&name, &[sizes.len()], &sizes)?;
    let name = format!("{}/axis", op.label);
    let axis = op.builder.ints(&name, &[], &[axis])?;
    let options = options!(SplitVOptions: SplitVOptionsT { num_splits: op.fit("num_split", count)? });
    let (names, dtype) = (names(op, count), op.builder.dtype(input));
    let inputs = vec![Some(input), Some(sizes), Some(axis)];
    Ok(several(op.builder.emit_many(
        Builtin::SPLIT_V,
        inputs,
        options,
        &names,
        dtype,
    )?))
}

/// Gather and GatherV2 (with an axis).
pub(super) fn gather(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (values, indices) = (op.input(0)?, op.input(1)?);
    let axis = if op.inputs.len() > 2 { op.int_of(2)? } else { 0 };
    let options = options!(GatherOptions: GatherOptionsT {
        axis: op.fit("axis", axis)?,
        batch_dims: op.small("batch_dims", 0)?,
    });
    let dtype = op.builder.dtype(values);
    let name = op.name();
    Ok(plain(op.builder.emit(
        Builtin::GATHER,
        &[values, indices],
        options,
        &name,
        dtype,
    )?))
}

/// OneHot: indices, depth, and what stands at an index and elsewhere.
pub(super) fn one_hot(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let inputs: Vec<TensorId> = (0..4).map(|index| op.input(index)).collect::<Result<_>>()?;
    let options = options!(OneHotOptions: OneHotOptionsT { axis: op.small("axis", -1)? });
    let dtype = op.dtype("T")?;
    let name = op.name();
    Ok(plain(op.builder.emit(
        Builtin::ONE_HOT,
        &inputs,
        options,
        &name,
        dtype,
    )?))
}

/// GatherNd: indices of several dimensions.
pub(super) fn gather_nd(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (values, indices) = (op.input(0)?, op.input(1)?);
    let dtype = op.builder.dtype(values);
    let name = op.name();
    Ok(plain(op.builder.emit(
        Builtin::GATHER_ND,
        &[values, indices],
        Options::default(),
        &name,
        dtype,
    )?))
}
