//! Reductions along axes, and places of the largest and smallest.

use quant_ir::{Builtin, DType, Options, Result};
use quant_lower::{Stored, add, options};
use quant_schema::TensorType;

use super::op::{Op, moved_axis, plain};

/// What is done to the elements before they are reduced, and to the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Plain,
    /// Of sizes.
    Sizes,
    /// Of squares.
    Squares,
    /// Of squares, and the root of the sum.
    Root,
    /// The logarithm of the sum.
    Log,
    /// The logarithm of the sum of `e^x`, with the largest taken out of it.
    LogOfExp,
}

/// A reduction; axes are an attribute, or an input in newer files.
pub(super) fn reduce(op: &mut Op<'_>, builtin: Builtin, kind: Kind) -> Result<Vec<Stored>> {
    let rank = op.shape(0)?.len();
    let keep = op.int("keepdims", 1)? != 0;
    let said = match op.node.ints("axes")? {
        Some(axes) => Some(axes),
        None => op.maybe_ints(1)?,
    };
    let said = said.filter(|axes| !axes.is_empty());
    if said.is_none() && op.int("noop_with_empty_axes", 0)? != 0 {
        return Ok(vec![op.stored(0)?]);
    }
    let mut axes: Vec<usize> = match said {
        Some(axes) => axes
            .iter()
            .map(|axis| op.axis(*axis, rank))
            .collect::<Result<_>>()?,
        None => (0..rank).collect(),
    };
    let x = op.stored(0)?;
    let channels_last = x.channels_last && keep;
    let id = if channels_last { x.id } else { op.input(0)? };
    if channels_last {
        axes.iter_mut().for_each(|axis| *axis = moved_axis(*axis, rank));
    }
    axes.sort_unstable();
    axes.dedup();
    let axes = op.sizes("axes", &axes)?;
    let reducer = |keep: bool| options!(ReducerOptions: ReducerOptionsT { keep_dims: keep });
    let value = match kind {
        Kind::Plain | Kind::Log => id,
        Kind::Sizes => op.abs("sizes", id)?,
        Kind::Squares | Kind::Root => op.square("squares", id)?,
        Kind::LogOfExp => {
            let largest = op.step("largest", Builtin::REDUCE_MAX, &[id, axes], reducer(true))?;
            let less = op.sub("less", id, largest)?;
            let exp = op.exp("exp", less)?;
            let sum = op.step("sum", Builtin::SUM, &[exp, axes], reducer(keep))?;
            let log = op.step("log", Builtin::LOG, &[sum], Options::default())?;
            let shape = op.builder.shape(log);
            let name = op.part("largest_shaped");
            let largest = op.builder.reshape(largest, &shape, &name)?;
            return op.last(Builtin::ADD, &[log, largest], add(), channels_last);
        }
    };
    let then = match kind {
        Kind::Root => Builtin::SQRT,
        Kind::Log => Builtin::LOG,
        _ => return op.last(builtin, &[value, axes], reducer(keep), channels_last),
    };
    let sum = op.step("sum", builtin, &[value, axes], reducer(keep))?;
    op.last(then, &[sum], Options::default(), channels_last)
}

/// ArgMax and ArgMin.
pub(super) fn arg(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let last = op.int("select_last_index", 0)? != 0;
    let mut id = op.input(0)?;
    let shape = op.builder.shape(id);
    let axis = op.axis(op.int("axis", 0)?, shape.len())?;
    let name = format!("{}/axis", op.label);
    let place = op
        .builder
        .ints(&name, &[], &[i64::try_from(axis).unwrap_or_default()])?;
    let output_type = TensorType(DType::Int64.code());
    let options = if builtin == Builtin::ARG_MAX {
        options!(ArgMaxOptions: ArgMaxOptionsT { output_type: output_type })
    } else {
        options!(ArgMinOptions: ArgMinOptionsT { output_type: output_type })
    };
    if last {
        // The first from behind.
        let name = format!("{}/along", op.label);
        let along = op
            .builder
            .ints(&name, &[1], &[i64::try_from(axis).unwrap_or_default()])?;
        let options = options!(ReverseV2Options: ReverseV2OptionsT {});
        id = op.step("reversed", Builtin::REVERSE_V2, &[id, along], options)?;
    }
    let name = op.part("places");
    let mut places = op
        .builder
        .emit(builtin, &[id, place], options, &name, DType::Int64)?;
    if last {
        let size = shape.get(axis).copied().unwrap_or_default();
        let size = i64::try_from(size).unwrap_or(i64::MAX).saturating_sub(1);
        let name = op.part("highest");
        let bytes = size.to_le_bytes().to_vec();
        let highest = op.builder.constant(&name, DType::Int64, &[], bytes.into())?;
        let options = options!(SubOptions: SubOptionsT {});
        places = op.step("from_front", Builtin::SUB, &[highest, places], options)?;
    }
    let mut made = shape;
    if op.int("keepdims", 1)? == 0 {
        made.remove(axis);
    } else {
        made.iter_mut().skip(axis).take(1).for_each(|size| *size = 1);
    }
    if op.builder.shape(places) == made {
        let name = op.name();
        op.builder.rename(places, &name);
        return Ok(plain(places));
    }
    let name = op.name();
    Ok(plain(op.builder.reshape(places, &made, &name)?))
}

/// TopK: along the last axis in a model.
pub(super) fn top_k(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let id = op.input(0)?;
    let rank = op.builder.shape(id).len();
    let axis = op.axis(op.int("axis", -1)?, rank)?;
    let k = if op.opset < 10 {
        vec![op.int("k", 0)?]
    } else {
        op.ints(1)?
    };
    let &[k] = k.as_slice() else {
        return op.refuse("a k that is not one number", "give one");
    };
    let largest = op.int("largest", 1)? != 0;
    let mut order: Vec<usize> = (0..rank).filter(|at| *at != axis).collect();
    order.push(axis);
    let back: Vec<usize> = (0..rank)
        .filter_map(|at| order.iter().position(|o| *o == at))
        .collect();
    let name = op.part("ordered");
    let mut ordered = op.builder.transpose_named(id, &order, &name)?;
    if !largest {
        ordered = op.neg("minus", ordered)?;
    }
    let name = format!("{}/k", op.label);
    let k = op.builder.ints(&name, &[], &[k])?;
    let dtype = op.builder.dtype(id);
    let names = [op.part("values"), op.part("places")];
    let options = options!(TopKV2Options: TopKV2OptionsT {});
    let made = op.builder.emit_many(
        Builtin::TOPK_V2,
        vec![Some(ordered), Some(k)],
        options,
        &names,
        dtype,
    )?;
    let &[mut values, places] = made.as_slice() else {
        return op.refuse("another number of outputs", "");
    };
    if !op.builder.is_constant(places) {
        op.builder.model.main_mut().tensor_mut(places).dtype = DType::Int32;
    }
    if !largest {
        values = op.neg("least", values)?;
    }
    let options = options!(CastOptions: CastOptionsT {
        in_data_type: TensorType(DType::Int32.code()),
        out_data_type: TensorType(DType::Int64.code()),
    });
    let name = op.part("long_places");
    let places = op
        .builder
        .emit(Builtin::CAST, &[places], options, &name, DType::Int64)?;
    let mut outputs = Vec::new();
    for (index, id) in [values, places].into_iter().enumerate() {
        let name = op.output_name(index);
        outputs.extend(plain(op.builder.transpose_named(id, &back, &name)?));
    }
    Ok(outputs)
}
