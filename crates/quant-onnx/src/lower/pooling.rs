//! Pools over windows, and over whole images.

use quant_ir::{Builtin, DType, Options, Result, TensorId};
use quant_lower::{Stored, mul, options};
use quant_schema::Padding;

use super::convolution::{as_rows, fit, row, without_rows};
use super::op::Op;
use super::padding::{Around, Window, surrounded, windows};

/// The image as one of two dimensions, its windows, and how many dimensions ONNX has.
fn image_and_windows(op: &mut Op<'_>) -> Result<(TensorId, [Window; 2], usize)> {
    let shape = op.shape(0)?;
    let rank = shape.len();
    let sizes = shape.get(2..).unwrap_or_default();
    if !(3..=4).contains(&rank) {
        return op.refuse(
            format!("an image of shape {shape:?}"),
            "images of one and two dimensions are lowered",
        );
    }
    let kernel = op.list("kernel_shape")?;
    let kernel: Option<Vec<usize>> = kernel.iter().map(|size| usize::try_from(*size).ok()).collect();
    let mut windows = windows(op, sizes, &kernel.unwrap_or_default())?;
    if rank == 3 {
        windows.insert(0, row());
    }
    let image = op.image(0)?;
    let image = as_rows(op, image)?;
    match windows.as_slice() {
        &[rows, columns] => Ok((image, [rows, columns], rank)),
        _ => op.refuse("windows of another rank", "export the model again"),
    }
}

fn pool_options(op: &Op<'_>, [rows, columns]: [Window; 2], padding: Padding) -> Result<Options> {
    Ok(options!(Pool2DOptions: Pool2DOptionsT {
        padding: padding,
        stride_h: fit(op, rows.stride)?,
        stride_w: fit(op, columns.stride)?,
        filter_height: fit(op, rows.kernel)?,
        filter_width: fit(op, columns.kernel)?,
    }))
}

/// MaxPool.
pub(super) fn max_pool(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    if op.has_output(1) {
        return op.refuse("indices of the largest", "leave out the second output");
    }
    let (image, windows, rank) = image_and_windows(op)?;
    if windows.iter().any(|window| window.dilation != 1) {
        return dilated(op, image, windows, rank);
    }
    let (image, padding) = surrounded(op, image, &windows, Around::Lowest)?;
    let options = pool_options(op, windows, padding)?;
    let name = op.result_name(true);
    let id = op
        .builder
        .emit(Builtin::MAX_POOL_2D, &[image], options, &name, DType::Float32)?;
    without_rows(op, id, rank)
}

/// A pool whose windows have gaps: the largest of as many slices as a window has elements.
#[allow(clippy::arithmetic_side_effects)] // sizes of images, below 2^20 each
fn dilated(op: &mut Op<'_>, image: TensorId, windows: [Window; 2], rank: usize) -> Result<Vec<Stored>> {
    let [rows, columns] = windows;
    if rows.kernel.saturating_mul(columns.kernel) > 256 {
        return op.refuse("dilated windows of more than 256 elements", "give smaller ones");
    }
    let pairs = [0, 0, rows.begin, rows.end, columns.begin, columns.end, 0, 0];
    let pairs = pairs.map(|pad| i64::try_from(pad).unwrap_or(i64::MAX));
    let image = super::padding::padded(op, image, &pairs, Around::Lowest)?;
    let shape = op.builder.shape(image);
    let (Some(high), Some(wide)) = (rows.count(), columns.count()) else {
        return op.refuse("no window has room", "export the model again");
    };
    let mut largest = None;
    for row in 0..rows.kernel {
        for column in 0..columns.kernel {
            let begin = [0, row * rows.dilation, column * columns.dilation, 0];
            let end = [
                shape.first().copied().unwrap_or_default(),
                begin[1] + (high - 1) * rows.stride + 1,
                begin[2] + (wide - 1) * columns.stride + 1,
                shape.last().copied().unwrap_or_default(),
            ];
            let strides = [1, rows.stride, columns.stride, 1];
            let part = super::slices::strided(op, "part", image, [&begin, &end, &strides])?;
            largest = Some(match largest {
                None => part,
                Some(so_far) => op.step("larger", Builtin::MAXIMUM, &[so_far, part], Options::default())?,
            });
        }
    }
    without_rows(op, largest.unwrap_or(image), rank)
}

/// AveragePool: what stands around the image counts (`count_include_pad`), or does not.
pub(super) fn average_pool(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let include = op.int("count_include_pad", 0)? != 0;
    let (image, windows, rank) = image_and_windows(op)?;
    if windows.iter().any(|window| window.dilation != 1) {
        return op.refuse("a dilation", "models have none for averages");
    }
    let without = |window: &Window| window.begin == 0 && window.is_valid();
    let mut pads = op.list("pads")?;
    if pads.is_empty() && op.text("auto_pad", "NOTSET")? == "NOTSET" {
        pads = vec![0; 4];
    }
    if windows.iter().all(without) || (!include && windows.iter().all(|window| window.is_same())) {
        let (image, padding) = surrounded(op, image, &windows, Around::Zeros)?;
        let options = pool_options(op, windows, padding)?;
        let name = op.result_name(true);
        let id = op
            .builder
            .emit(Builtin::AVERAGE_POOL_2D, &[image], options, &name, DType::Float32)?;
        return without_rows(op, id, rank);
    }
    // The average over whole windows, times what each has in all by what counts.
    let pairs: Vec<i64> = [0, 0]
        .into_iter()
        .chain(windows.iter().flat_map(|window| [window.begin, window.end]))
        .chain([0, 0])
        .map(|pad| i64::try_from(pad).unwrap_or(i64::MAX))
        .collect();
    let padded = super::padding::padded(op, image, &pairs, Around::Zeros)?;
    let options = pool_options(op, windows, Padding::VALID)?;
    let axes = windows.iter().enumerate();
    let counts = axes.map(|(at, window)| {
        // Rows were added when ONNX has one dimension.
        let behind = pads.get(pads.len().div_euclid(2).saturating_add(at));
        let behind = behind.and_then(|pad| usize::try_from(*pad).ok());
        counts(*window, include, if rank == 3 { None } else { behind })
    });
    let counts: Vec<Vec<f32>> = counts.collect();
    let [rows, columns] = windows.map(|window| window.kernel);
    let [high, wide] = [counts.first(), counts.last()];
    let (high, wide) = (
        high.cloned().unwrap_or_default(),
        wide.cloned().unwrap_or_default(),
    );
    let whole = rows.saturating_mul(columns);
    #[allow(clippy::as_conversions, clippy::arithmetic_side_effects)] // sizes of windows
    let factors: Vec<f32> = high
        .iter()
        .flat_map(|high| wide.iter().map(move |wide| whole as f32 / (high * wide)))
        .collect();
    if factors.iter().all(|factor| *factor == 1.0) {
        let name = op.result_name(true);
        let id = op.builder.emit(
            Builtin::AVERAGE_POOL_2D,
            &[padded],
            options,
            &name,
            DType::Float32,
        )?;
        return without_rows(op, id, rank);
    }
    let average = op.step("whole", Builtin::AVERAGE_POOL_2D, &[padded], options)?;
    let name = format!("{}/factors", op.label);
    let factors = op
        .builder
        .floats(&name, &[1, high.len(), wide.len(), 1], &factors)?;
    let name = op.result_name(true);
    let options = mul();
    let id = op
        .builder
        .emit(Builtin::MUL, &[average, factors], options, &name, DType::Float32)?;
    without_rows(op, id, rank)
}

/// How many elements count for each window of a dimension.
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions)] // sizes of images
fn counts(window: Window, include: bool, said: Option<usize>) -> Vec<f32> {
    // What was added so that the last window is whole (`ceil_mode`) does not count.
    let behind = said.map_or(window.end, |said| said.min(window.end));
    let (low, high) = if include {
        (0, window.begin + window.size + behind)
    } else {
        (window.begin, window.begin + window.size)
    };
    let count = window.count().unwrap_or_default();
    (0..count)
        .map(|at| {
            let begin = (at * window.stride).max(low);
            let end = (at * window.stride + window.kernel).min(high);
            end.saturating_sub(begin).max(1) as f32
        })
        .collect()
}

/// Pools over the whole image: `[batch, channels, 1, …]`.
pub(super) fn global(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let rank = op.shape(0)?.len();
    if rank < 3 {
        return op.refuse("an image without sizes", "give batch, channels and sizes");
    }
    let image = op.image(0)?;
    let axes: Vec<usize> = (1..rank.saturating_sub(1)).collect();
    let axes = op.sizes("axes", &axes)?;
    let options = options!(ReducerOptions: ReducerOptionsT { keep_dims: true });
    op.last(builtin, &[image, axes], options, true)
}
