//! Nodes that change or ask for shapes: shapes are known here, so questions become constants.

use quant_ir::{Builtin, DType, Options, Problem, Result, TensorId};

use super::op::{Op, plain};
use quant_lower::Stored;
use quant_lower::options;

/// Integers as a constant of the type that the node asks for.
fn answer(op: &mut Op<'_>, shape: &[usize], values: &[usize]) -> Result<Vec<Stored>> {
    let dtype = match op.node.data_type("out_type")? {
        None => DType::Int32,
        Some(_) => op.dtype("out_type")?,
    };
    let values = values
        .iter()
        .map(|value| i64::try_from(*value).unwrap_or(i64::MAX));
    let bytes = if dtype == DType::Int64 {
        values.flat_map(i64::to_le_bytes).collect()
    } else {
        dtype.encode(&values.collect::<Vec<_>>())
    };
    let name = op.name();
    let id = op.builder.constant(&name, dtype, shape, bytes.into())?;
    Ok(plain(id))
}

/// Shape, Rank and Size.
pub(super) fn question(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let shape = op.builder.shape(input);
    match op.node.op() {
        "Rank" => answer(op, &[], &[shape.len()]),
        "Size" => answer(op, &[], &[shape.iter().product()]),
        _ => answer(op, &[shape.len()], &shape),
    }
}

/// Reshape: −1 is what is left.
pub(super) fn reshape(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let wanted = op.ints(1)?;
    let elements: usize = op.builder.shape(input).iter().product();
    let known = wanted.iter().filter(|size| **size >= 0);
    let known = known.filter_map(|size| usize::try_from(*size).ok());
    let known = known.fold(1, usize::saturating_mul);
    let rest = elements.checked_div(known).unwrap_or(0);
    let sizes = wanted.iter().map(|size| usize::try_from(*size).unwrap_or(rest));
    let shape: Vec<usize> = sizes.collect();
    let unknown = wanted.iter().filter(|size| **size < 0).count();
    if unknown > 1 || shape.iter().copied().fold(1, usize::saturating_mul) != elements {
        let what = format!("{elements} elements do not fill {wanted:?}");
        let hint = "give the inputs the shapes that the graph was made for (--input-shape)";
        return Err(op.error(Problem::Count(what), hint));
    }
    let name = op.name();
    Ok(plain(op.builder.reshape(input, &shape, &name)?))
}

/// An axis that may count from the end.
fn axis(op: &Op<'_>, axis: i64, rank: usize) -> Result<usize> {
    let signed = i64::try_from(rank).unwrap_or(i64::MAX);
    let at = if axis < 0 {
        axis.saturating_add(signed)
    } else {
        axis
    };
    let at = usize::try_from(at).ok().filter(|at| *at < rank);
    at.ok_or_else(|| op.error(Problem::Axis { axis, rank }, "freeze the graph again"))
}

/// Squeeze: dimensions of 1 go, all of them if none is named.
pub(super) fn squeeze(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let shape = op.builder.shape(input);
    let mut named = op.list("squeeze_dims")?;
    named.extend(op.list("axis")?);
    let axes: Vec<usize> = named
        .iter()
        .map(|at| axis(op, *at, shape.len()))
        .collect::<Result<_>>()?;
    let goes = |at: usize, size: usize| {
        if axes.is_empty() {
            size == 1
        } else {
            axes.contains(&at)
        }
    };
    if let Some(at) = axes.iter().find(|at| shape.get(**at) != Some(&1)) {
        let what = format!("dimension {at} of {shape:?} is not 1");
        return Err(op.error(Problem::Shape(what), "freeze the graph again"));
    }
    let left = shape.iter().enumerate().filter(|(at, size)| !goes(*at, **size));
    let left: Vec<usize> = left.map(|(_, size)| *size).collect();
    let name = op.name();
    Ok(plain(op.builder.reshape(input, &left, &name)?))
}

/// ExpandDims: a dimension of 1 more.
pub(super) fn expand_dims(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let at = op.int_of(1)?;
    let mut shape = op.builder.shape(input);
    let at = axis(op, at, shape.len().saturating_add(1))?;
    shape.insert(at, 1);
    let name = op.name();
    Ok(plain(op.builder.reshape(input, &shape, &name)?))
}

/// Transpose.
pub(super) fn transpose(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let stored = op.stored(0)?;
    let order = op.ints(1)?;
    // A node that undoes the layout: the model has the value so already.
    if stored.channels_last && order == [0, 2, 3, 1] {
        return Ok(plain(stored.id));
    }
    let input = op.input(0)?;
    let name = format!("{}/order", op.label);
    let order = op.builder.ints(&name, &[order.len()], &order)?;
    let dtype = op.builder.dtype(input);
    let name = op.name();
    let options = options!(TransposeOptions: TransposeOptionsT {});
    let id = op
        .builder
        .emit(Builtin::TRANSPOSE, &[input, order], options, &name, dtype)?;
    Ok(plain(id))
}

/// A node whose operands behind the first are constants of 32 bits in a model.
pub(super) fn with_ints(
    op: &mut Op<'_>,
    builtin: Builtin,
    options: Options,
    parts: &[&str],
) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let mut inputs = vec![input];
    for (index, part) in (1..).zip(parts) {
        let values = op.ints(index)?;
        let id = op.input(index)?;
        let shape = op.builder.shape(id);
        let name = format!("{}/{part}", op.label);
        inputs.push(op.builder.ints(&name, &shape, &values)?);
    }
    let dtype = op.builder.dtype(input);
    let name = op.name();
    Ok(plain(op.builder.emit(builtin, &inputs, options, &name, dtype)?))
}

/// StridedSlice.
pub(super) fn strided_slice(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let options = options!(StridedSliceOptions: StridedSliceOptionsT {
        begin_mask: op.small("begin_mask", 0)?,
        end_mask: op.small("end_mask", 0)?,
        ellipsis_mask: op.small("ellipsis_mask", 0)?,
        new_axis_mask: op.small("new_axis_mask", 0)?,
        shrink_axis_mask: op.small("shrink_axis_mask", 0)?,
    });
    with_ints(op, Builtin::STRIDED_SLICE, options, &["begin", "end", "strides"])
}

/// Fill: a value in a shape.
pub(super) fn fill(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let shape = op.ints(0)?;
    let value = op.input(1)?;
    let name = format!("{}/dims", op.label);
    let shape = op.builder.ints(&name, &[shape.len()], &shape)?;
    let dtype = op.builder.dtype(value);
    let name = op.name();
    let id = op
        .builder
        .emit(Builtin::FILL, &[shape, value], Options::default(), &name, dtype)?;
    Ok(plain(id))
}

/// Range: start, limit and step.
pub(super) fn range(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let inputs: Vec<TensorId> = (0..3).map(|index| op.input(index)).collect::<Result<_>>()?;
    let dtype = op.builder.dtype(op.stored(0)?.id);
    let name = op.name();
    Ok(plain(op.builder.emit(
        Builtin::RANGE,
        &inputs,
        Options::default(),
        &name,
        dtype,
    )?))
}

/// ResizeBilinear and ResizeNearestNeighbor.
pub(super) fn resize(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let align_corners = op.bool("align_corners", false)?;
    let half_pixel_centers = op.bool("half_pixel_centers", false)?;
    let options = if builtin == Builtin::RESIZE_BILINEAR {
        options!(ResizeBilinearOptions: ResizeBilinearOptionsT {
            align_corners: align_corners,
            half_pixel_centers: half_pixel_centers,
        })
    } else {
        options!(ResizeNearestNeighborOptions: ResizeNearestNeighborOptionsT {
            align_corners: align_corners,
            half_pixel_centers: half_pixel_centers,
        })
    };
    with_ints(op, builtin, options, &["size"])
}

/// DepthToSpace and SpaceToDepth.
pub(super) fn depth(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let block_size = op.small("block_size", 0)?;
    let options = if builtin == Builtin::DEPTH_TO_SPACE {
        options!(DepthToSpaceOptions: DepthToSpaceOptionsT { block_size: block_size })
    } else {
        options!(SpaceToDepthOptions: SpaceToDepthOptionsT { block_size: block_size })
    };
    let image = op.image(0)?;
    let dtype = op.builder.dtype(image);
    op.emit_image(builtin, &[image], options, dtype)
}
