//! MaxUnpooling2D (MediaPipe): the maxima of windows at their places, zeros elsewhere.

use super::max_pooling_with_argmax2d::image;
use super::support::packed::Pool;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::limits::MAX_ELEMENTS;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUSTOM,
    name: "MaxUnpooling2D",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let ([batch, height, width, channels], _) = image(call)?;
    let pool = Pool::of(call)?;
    let indices = call.f32(1)?.0;
    if indices != [batch, height, width, channels] {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!(
                "indices {indices:?} for an input of {height} rows and {width} columns"
            )),
            "give one index for each element",
        ));
    }
    let larger = height
        .checked_mul(pool.filter_h)
        .zip(width.checked_mul(pool.filter_w));
    let larger = larger.filter(|(height, width)| *height <= MAX_ELEMENTS && *width <= MAX_ELEMENTS);
    let Some((height, width)) = larger else {
        return Err(Error::limit(
            call.place(),
            "its windows are too large",
            "correct its options",
        ));
    };
    Ok(vec![vec![batch, height, width, channels]])
}

/// Element `[y, x]` with index `i` goes to row `y · stride − padding + i / width` and column
/// `x · stride − padding + i mod width` of its window, with the padding that pooling the output would have; the last
/// of several at one place stays, and what falls outside is left out (MediaPipe, `max_unpooling.cc`).
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let ([_, height, width, channels], data) = image(call)?;
    let indices = call.f32(1)?.1;
    let pool = Pool::of(call)?;
    let (out_h, out_w) = (shape[1], shape[2]);
    let before = |positions: usize, stride: usize, size: usize, length: usize| {
        let reach = positions
            .saturating_sub(1)
            .saturating_mul(stride)
            .saturating_add(size);
        (reach.saturating_sub(length) / 2) as i64
    };
    let top = before(height, pool.stride_h, pool.filter_h, out_h);
    let left = before(width, pool.stride_w, pool.filter_w, out_w);
    let mut out = vec![0.0; shape.iter().product()];
    for (at, (value, index)) in data.iter().zip(indices).enumerate() {
        let (channel, cell) = (at % channels, at / channels);
        let (x, y, batch) = (cell % width, cell / width % height, cell / (width * height));
        let index = *index as i32;
        let row = (y * pool.stride_h) as i64 - top + i64::from(index) / pool.filter_w as i64;
        let column = (x * pool.stride_w) as i64 - left + i64::from(index) % pool.filter_w as i64;
        let place = usize::try_from(row).ok().zip(usize::try_from(column).ok());
        if let Some((row, column)) = place.filter(|(row, column)| *row < out_h && *column < out_w) {
            out[((batch * out_h + row) * out_w + column) * channels + channel] = *value;
        }
    }
    Ok(vec![Value::f32(shape, out)])
}
