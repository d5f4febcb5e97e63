//! Nodes that take values apart and put them together.

use quant_ir::{Builtin, Result, TensorId};
use quant_lower::{Stored, options};

use super::op::{Op, moved_axis};

/// Concat.
pub(super) fn concat(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let indices = 0..op.inputs.len();
    let stored: Vec<Stored> = indices.map(|index| op.stored(index)).collect::<Result<_>>()?;
    let rank = op.shape(0)?.len();
    let axis = op.axis(op.int("axis", 1)?, rank)?;
    let channels_last = stored.iter().any(|stored| stored.channels_last)
        && stored
            .iter()
            .all(|stored| stored.channels_last || op.builder.is_weights(stored.id));
    let mut ids: Vec<TensorId> = Vec::new();
    for stored in stored {
        ids.push(if channels_last && !stored.channels_last {
            op.builder.channels_last(stored.id)?
        } else if channels_last {
            stored.id
        } else {
            op.builder.own(stored)?
        });
    }
    let axis = if channels_last {
        moved_axis(axis, rank)
    } else {
        axis
    };
    let axis = op.fit("axis", i64::try_from(axis).unwrap_or_default())?;
    let options = options!(ConcatenationOptions: ConcatenationOptionsT { axis: axis });
    op.last(Builtin::CONCATENATION, &ids, options, channels_last)
}

/// Split: sizes are an attribute, an input in newer files, or equal.
pub(super) fn split(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let shape = op.shape(0)?;
    let axis = op.axis(op.int("axis", 0)?, shape.len())?;
    let said = if op.opset < 13 {
        op.node.ints("split")?
    } else {
        op.maybe_ints(1)?
    };
    let count = op.output_count();
    let whole = shape.get(axis).copied().unwrap_or_default();
    let sizes: Vec<usize> = if let Some(sizes) = said {
        let sizes = sizes
            .iter()
            .map(|size| usize::try_from(*size).unwrap_or_default());
        sizes.collect()
    } else {
        // The last one may be smaller.
        let each = whole.div_ceil(count.max(1));
        let starts = (0..count).map(|at| at.saturating_mul(each).min(whole));
        starts
            .map(|start| whole.saturating_sub(start).min(each))
            .collect()
    };
    if sizes.len() != count || sizes.iter().sum::<usize>() != whole {
        return op.refuse(
            format!("{whole} elements in parts of {sizes:?}"),
            "export the model again",
        );
    }
    let x = op.stored(0)?;
    let axis = if x.channels_last {
        moved_axis(axis, shape.len())
    } else {
        axis
    };
    let sizes = op.sizes("sizes", &sizes)?;
    let name = format!("{}/axis", op.label);
    let axis = op
        .builder
        .ints(&name, &[], &[i64::try_from(axis).unwrap_or_default()])?;
    let count = op.fit("outputs", i64::try_from(count).unwrap_or(i64::MAX))?;
    let options = options!(SplitVOptions: SplitVOptionsT { num_splits: count });
    let mut names = Vec::new();
    for index in 0..op.output_count() {
        let name = op.output_name(index);
        names.push(if x.channels_last {
            op.builder.fresh(&format!("{name}/channels_last"))
        } else {
            name
        });
    }
    let dtype = op.builder.dtype(x.id);
    let inputs = vec![Some(x.id), Some(sizes), Some(axis)];
    let ids = op
        .builder
        .emit_many(Builtin::SPLIT_V, inputs, options, &names, dtype)?;
    let mut outputs = Vec::new();
    for (index, id) in ids.into_iter().enumerate() {
        if x.channels_last {
            let name = op.output_name(index);
            op.builder.name_first(id, &name);
        }
        outputs.push(Stored {
            id,
            channels_last: x.channels_last,
        });
    }
    Ok(outputs)
}
