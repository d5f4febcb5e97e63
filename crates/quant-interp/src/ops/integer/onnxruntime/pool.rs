//! AVERAGE_POOL_2D and MEAN over images: `QLinearAveragePool` and `QLinearGlobalAveragePool`.

use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::{options, pool, reduce};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::round::half_even_f32;

/// The mean of the reals of each window, which are added row by row; the zero point is added before the sum is rounded.
pub fn average(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (rows, columns) = pool::windows(call)?;
    let shape = &call.input(0)?.shape;
    let input = operands::integers(call, 0)?;
    let (height, width, channels) = (shape[1], shape[2], shape[3]);
    let shape = vec![shape[0], rows.output, columns.output, channels];
    let mut sums = vec![0f32; shape.iter().product()];
    for (cell, sums) in sums.chunks_exact_mut(channels.max(1)).enumerate() {
        let (column, row) = (cell % columns.output, cell / columns.output % rows.output);
        let image = cell / (columns.output * rows.output);
        let mut count = 0f32;
        for i in rows.inside(row) {
            for j in columns.inside(column) {
                let at = ((image * height + i) * width + j) * channels;
                for (sum, q) in sums.iter_mut().zip(&input[at..at + channels]) {
                    *sum += (q - x.zero) as f32 * x.scale;
                }
                count += 1.0;
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= count);
    }
    let made = sums.into_iter().map(|mean| {
        let q = half_even_f32(mean / y.scale + y.zero as f32);
        q.clamp(-32768.0, 32767.0) as i32
    });
    let function = options::read!(call, Pool2DOptions).fused_activation_function;
    let limits = y.activation_of(call, function, profile)?;
    Ok(vec![y.value(shape, made, limits)])
}

/// The sum of the integers of each channel less their zero points, times one factor, for all dimensions between the batch and
/// the channels.
pub fn global(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let dims = &call.input(0)?.shape;
    let reduced = reduce::reduced(call)?;
    let between = |at: usize| at > 0 && at + 1 < dims.len();
    if !reduced
        .iter()
        .enumerate()
        .all(|(at, reduced)| *reduced == between(at))
    {
        let problem = Problem::NoKernel("onnxruntime has a mean over whole images alone in integers".into());
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let count: usize = dims
        .iter()
        .zip(&reduced)
        .filter(|(_, reduced)| **reduced)
        .map(|(dim, _)| *dim)
        .product();
    let input: Vec<i32> = operands::integers(call, 0)?
        .into_iter()
        .map(|q| q - x.zero)
        .collect();
    let sums = reduce::fold(dims, &reduced, &input, 0i32, i32::wrapping_add);
    let by = x.scale / (y.scale * count as f32);
    let made = sums.into_iter().map(|sum| {
        let q = half_even_f32(sum as f32 * by).clamp(-32768.0, 32767.0);
        (q as i32).saturating_add(y.zero)
    });
    let shape = reduce::shape(call)?.swap_remove(0);
    Ok(vec![y.value(shape, made, y.limits())])
}
