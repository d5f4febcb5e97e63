//! MaxPoolingWithArgmax2D (MediaPipe): the maximum of each window, and where in the window it stands.

use super::support::activation;
use super::support::packed::Pool;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUSTOM,
    name: "MaxPoolingWithArgmax2D",
    inputs: (1, 1),
    shape,
    eval,
};

/// `[batch, height, width, channels]` of the image.
pub fn image<'a>(call: &Call<'a>) -> Result<([usize; 4], &'a [f32])> {
    let (shape, data) = call.f32(0)?;
    let shape = shape.try_into().map_err(|_| {
        Error::new(
            call.place(),
            Problem::Rank {
                what: "input",
                found: shape.to_vec(),
                expected: 4,
            },
            "give [batch, height, width, channels]",
        )
    })?;
    Ok((shape, data))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let ([batch, height, width, channels], _) = image(call)?;
    let (rows, columns) = Pool::of(call)?.windows(call, height, width)?;
    let shape = vec![batch, rows.output, columns.output, channels];
    Ok(vec![shape.clone(), shape])
}

/// The index is `row · width + column` within the window, padding included, plus 0.1 so that it can be cut to an
/// integer again (MediaPipe, `max_pool_argmax.cc`). Of equals the first counts; what is not above the lowest float
/// (NaN, −∞) does not count, and a window without anything else has the lowest float and index 0.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let ([batches, height, width, channels], data) = image(call)?;
    let pool = Pool::of(call)?;
    let (rows, columns) = pool.windows(call, height, width)?;
    let mut values = Vec::with_capacity(shape.iter().product());
    let mut indices = Vec::with_capacity(values.capacity());
    for batch in 0..batches {
        for row in 0..rows.output {
            for column in 0..columns.output {
                for channel in 0..channels {
                    let (mut max, mut index) = (f32::MIN, 0);
                    for y in rows.inside(row) {
                        for x in columns.inside(column) {
                            let value = data[((batch * height + y) * width + x) * channels + channel];
                            if value > max {
                                max = value;
                                let (y, x) = (y + rows.before, x + columns.before);
                                index = (y - row * rows.stride) * pool.filter_w + x - column * columns.stride;
                            }
                        }
                    }
                    values.push(max);
                    indices.push(index as f32 + 0.1);
                }
            }
        }
    }
    activation::apply(pool.activation, &mut values, &call.place())?;
    Ok(vec![
        Value::f32(shape.clone(), values),
        Value::f32(shape, indices),
    ])
}
