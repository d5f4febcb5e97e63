//! The loop that average and max pooling share.

use super::activation;
use super::options;
use super::padding::window;
use crate::ops::Call;
use crate::ops::ready::Fused;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::Window;
use quant_kernel::{Pool, Range};

/// Output shape of a pooling: `[batch, rows, columns, channels]`.
pub fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (rows, columns) = windows(call)?;
    let shape = &call.input(0)?.shape;
    Ok(vec![vec![shape[0], rows.output, columns.output, shape[3]]])
}

/// The largest element of each window.
pub fn max(call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
    run(call, true, threads, out)
}

/// The mean of each window's elements that are no padding.
pub fn mean(call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
    run(call, false, threads, out)
}

fn run(call: &Call<'_>, max: bool, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
    let (rows, columns) = windows(call)?;
    let (shape, input) = call.f32(0)?;
    let pool = Pool {
        max,
        rows,
        columns,
        channels: shape[3],
    };
    let options = options::read!(call, Pool2DOptions);
    let fused = Fused::new(options.fused_activation_function, &call.place())?;
    let range = pool.run(fused.clamp, input, out, threads);
    fused.finish(call, out, range)
}

/// Folds each window's elements, then finishes with the number of elements that are no padding.
pub fn eval(
    call: &Call<'_>,
    start: f32,
    fold: fn(f32, f32) -> f32,
    finish: fn(f32, usize) -> f32,
) -> Result<Vec<Value>> {
    let out_shape = shape(call)?.swap_remove(0);
    let (rows, columns) = windows(call)?;
    let (shape, data) = call.f32(0)?;
    let (height, width, channels) = (shape[1], shape[2], shape[3]);
    let mut out = vec![start; out_shape.iter().product()];
    let cells = out.chunks_exact_mut(channels.max(1));
    for (cell, values) in cells.enumerate() {
        let column = cell % columns.output;
        let row = cell / columns.output % rows.output;
        let batch = cell / (columns.output * rows.output);
        let mut count = 0;
        for y in rows.inside(row) {
            for x in columns.inside(column) {
                let at = ((batch * height + y) * width + x) * channels;
                for (value, element) in values.iter_mut().zip(&data[at..at + channels]) {
                    *value = fold(*value, *element);
                }
                count += 1;
            }
        }
        values.iter_mut().for_each(|value| *value = finish(*value, count));
    }
    let options = options::read!(call, Pool2DOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(out_shape, out)])
}

/// The windows along rows and columns of input 0.
pub fn windows(call: &Call<'_>) -> Result<(Window, Window)> {
    let options = options::read!(call, Pool2DOptions);
    let shape = &call.input(0)?.shape;
    let &[_, height, width, _] = shape.as_slice() else {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!(
                "input shape {shape:?} is not [batch, height, width, channels]"
            )),
            "pool images",
        ));
    };
    let window = |input, size: i32, stride| {
        let size = usize::try_from(size).unwrap_or(0);
        window(options.padding, input, size, stride, 1).map_err(|error| error.within(call.place()))
    };
    Ok((
        window(height, options.filter_height, options.stride_h)?,
        window(width, options.filter_width, options.stride_w)?,
    ))
}
