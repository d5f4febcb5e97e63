//! Nodes that change shapes and layouts.

use quant_ir::{Builtin, Problem, Result};
use quant_lower::{Stored, options};

use super::op::{Op, plain};

/// The same elements in another shape, under the name of the output.
fn reshaped(op: &mut Op<'_>, shape: &[usize]) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let from = op.builder.shape(x.id);
    // With one channel, or an image of one element, both layouts have the elements in the same order.
    let sizes = from.get(1..from.len().saturating_sub(1)).unwrap_or_default();
    let same = from.last() == Some(&1) || sizes.iter().all(|size| *size == 1);
    let id = if x.channels_last && same {
        x.id
    } else {
        op.input(0)?
    };
    let name = op.name();
    Ok(plain(op.builder.reshape(id, shape, &name)?))
}

/// Reshape: 0 keeps a size (unless `allowzero`), −1 takes what is left.
pub(super) fn reshape(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let wanted = if op.opset < 5 {
        op.list("shape")?
    } else {
        op.ints(1)?
    };
    let from = op.shape(0)?;
    let zero = op.int("allowzero", 0)? != 0;
    let mut shape = Vec::new();
    let mut open = None;
    for (at, size) in wanted.iter().enumerate() {
        shape.push(match *size {
            -1 if open.is_none() => {
                open = Some(at);
                1
            }
            0 if !zero => from.get(at).copied().unwrap_or_default(),
            size => usize::try_from(size).unwrap_or_default(),
        });
    }
    let whole: usize = from.iter().product();
    let known = shape.iter().copied().fold(1usize, usize::saturating_mul);
    if let Some(size) = open.and_then(|at| shape.get_mut(at)) {
        *size = whole.checked_div(known).unwrap_or_default();
    }
    if shape.iter().copied().fold(1usize, usize::saturating_mul) != whole
        || wanted.iter().any(|size| *size < -1)
    {
        let problem = Problem::Shape(format!("{from:?} cannot become {wanted:?}"));
        return Err(op.error(problem, "export the model again"));
    }
    reshaped(op, &shape)
}

/// Flatten: two dimensions, those before `axis` and those from it on.
pub(super) fn flatten(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let shape = op.shape(0)?;
    let axis = op.int("axis", 1)?;
    let rank = i64::try_from(shape.len()).unwrap_or(i64::MAX);
    let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
    let axis = usize::try_from(axis).unwrap_or(usize::MAX);
    let Some((before, behind)) = shape.split_at_checked(axis) else {
        return op.refuse(
            format!("axis {axis} of {rank} dimensions"),
            "export the model again",
        );
    };
    reshaped(op, &[before.iter().product(), behind.iter().product()])
}

/// Axes of Squeeze and Unsqueeze: an attribute, or an input in newer files.
fn axes(op: &mut Op<'_>) -> Result<Option<Vec<i64>>> {
    if op.opset < 13 {
        return op.node.ints("axes");
    }
    op.maybe_ints(1)
}

/// Squeeze: without dimensions of 1.
pub(super) fn squeeze(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let shape = op.shape(0)?;
    let axes = match axes(op)? {
        Some(axes) => {
            let axes: Result<Vec<usize>> = axes.iter().map(|axis| op.axis(*axis, shape.len())).collect();
            axes?
        }
        None => (0..shape.len()).filter(|at| shape.get(*at) == Some(&1)).collect(),
    };
    let left = shape.iter().enumerate().filter(|(at, _)| !axes.contains(at));
    let left: Vec<usize> = left.map(|(_, size)| *size).collect();
    if left.iter().product::<usize>() != shape.iter().product::<usize>() {
        let problem = Problem::Shape(format!("{shape:?} has other sizes than 1 at {axes:?}"));
        return Err(op.error(problem, "export the model again"));
    }
    reshaped(op, &left)
}

/// Unsqueeze: with dimensions of 1.
pub(super) fn unsqueeze(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let mut shape = op.shape(0)?;
    let axes = axes(op)?.unwrap_or_default();
    let rank = shape.len().saturating_add(axes.len());
    let mut axes: Vec<usize> = axes
        .iter()
        .map(|axis| op.axis(*axis, rank))
        .collect::<Result<_>>()?;
    axes.sort_unstable();
    for axis in axes {
        shape.insert(axis.min(shape.len()), 1);
    }
    reshaped(op, &shape)
}

/// Transpose; with channels last in front of it, both orders become one.
pub(super) fn transpose(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let rank = op.shape(0)?.len();
    let order = match op.node.ints("perm")? {
        Some(order) => order
            .iter()
            .map(|at| op.axis(*at, rank))
            .collect::<Result<Vec<usize>>>()?,
        None => (0..rank).rev().collect(),
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..rank) {
        let problem = Problem::Option(format!("`perm` is {order:?}"));
        return Err(op.error(problem, "name each dimension once"));
    }
    let at = |axis: usize| {
        if x.channels_last {
            super::op::moved_axis(axis, rank)
        } else {
            axis
        }
    };
    let order: Vec<usize> = order.into_iter().map(at).collect();
    let name = op.name();
    Ok(plain(op.builder.transpose_named(x.id, &order, &name)?))
}

/// Expand: to a shape that both broadcast to.
pub(super) fn expand(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (from, wanted) = (op.shape(0)?, op.ints(1)?);
    let rank = from.len().max(wanted.len());
    let of = |sizes: &[usize], at: usize| {
        let missing = rank.saturating_sub(sizes.len());
        at.checked_sub(missing)
            .and_then(|at| sizes.get(at).copied())
            .unwrap_or(1)
    };
    let wanted: Vec<usize> = wanted
        .iter()
        .map(|size| usize::try_from(*size).unwrap_or_default())
        .collect();
    let shape: Vec<usize> = (0..rank)
        .map(|at| {
            if of(&wanted, at) == 1 {
                of(&from, at)
            } else {
                of(&wanted, at)
            }
        })
        .collect();
    let id = op.input(0)?;
    if from == shape {
        return Ok(plain(id));
    }
    let shape = op.sizes("shape", &shape)?;
    op.last(
        Builtin::BROADCAST_TO,
        &[id, shape],
        options!(BroadcastToOptions: BroadcastToOptionsT {}),
        false,
    )
}

/// Tile.
pub(super) fn tile(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (id, times) = (op.input(0)?, op.ints(1)?);
    let name = format!("{}/times", op.label);
    let times = op.builder.ints(&name, &[times.len()], &times)?;
    op.last(
        Builtin::TILE,
        &[id, times],
        options!(TileOptions: TileOptionsT {}),
        false,
    )
}

/// DepthToSpace and SpaceToDepth; with channels in the order CRD they are put in the other order first.
pub(super) fn depth(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let block = op.fit("blocksize", op.int("blocksize", 0)?)?;
    let mut image = op.image(0)?;
    if builtin == Builtin::SPACE_TO_DEPTH {
        let options = options!(SpaceToDepthOptions: SpaceToDepthOptionsT { block_size: block });
        return op.last(builtin, &[image], options, true);
    }
    match op.text("mode", "DCR")?.as_str() {
        "DCR" => {}
        "CRD" => {
            let channels = op.builder.shape(image).last().copied().unwrap_or_default();
            let parts = usize::try_from(block).unwrap_or_default().saturating_pow(2);
            let each = channels.checked_div(parts).unwrap_or_default();
            let places: Vec<usize> = (0..parts)
                .flat_map(|part| {
                    (0..each).map(move |channel| channel.saturating_mul(parts).saturating_add(part))
                })
                .collect();
            let places = op.sizes("channels", &places)?;
            let options = options!(GatherOptions: GatherOptionsT { axis: 3 });
            image = op.step("ordered", Builtin::GATHER, &[image, places], options)?;
        }
        other => return op.refuse(format!("mode `{other}`"), "use DCR or CRD"),
    }
    let options = options!(DepthToSpaceOptions: DepthToSpaceOptionsT { block_size: block });
    op.last(builtin, &[image], options, true)
}

/// CumSum.
pub(super) fn cumsum(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let id = op.input(0)?;
    let rank = op.builder.shape(id).len();
    let axis = op.ints(1)?.first().copied().unwrap_or_default();
    let axis = op.axis(axis, rank)?;
    let name = format!("{}/axis", op.label);
    let axis = op
        .builder
        .ints(&name, &[], &[i64::try_from(axis).unwrap_or_default()])?;
    let options = options!(CumsumOptions: CumsumOptionsT {
        exclusive: op.int("exclusive", 0)? != 0,
        reverse: op.int("reverse", 0)? != 0,
    });
    op.last(Builtin::CUMSUM, &[id, axis], options, false)
}
