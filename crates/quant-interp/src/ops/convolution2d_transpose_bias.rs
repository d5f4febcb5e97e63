//! Convolution2DTransposeBias (MediaPipe): transposed convolution with a bias and an output shape of its own.

use quant_schema::Padding;

use super::max_pooling_with_argmax2d::image;
use super::support::packed::TransposeConv;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUSTOM,
    name: "Convolution2DTransposeBias",
    inputs: (3, 3),
    shape,
    eval,
};

/// One dimension: its output elements, and those that the padding cuts off in front.
struct Side {
    output: usize,
    before: usize,
}

impl Side {
    /// `output = stride · (input − 1) + filter − cut`, where SAME cuts `max(0, filter − (input − 1) mod stride − 1)`,
    /// the smaller half in front (MediaPipe, `transpose_conv_bias.cc`).
    fn of(padding: Padding, input: usize, filter: usize, stride: usize) -> Option<Self> {
        let steps = input.checked_sub(1)?;
        let cut = match padding {
            Padding::SAME => filter.saturating_sub(steps % stride + 1),
            _ => 0,
        };
        Some(Self {
            output: stride.checked_mul(steps)?.checked_add(filter)? - cut,
            before: cut / 2,
        })
    }
}

fn sides(call: &Call<'_>) -> Result<(Side, Side)> {
    let params = TransposeConv::of(call)?;
    let ([_, height, width, inputs], _) = image(call)?;
    let (filter, bias) = (call.f32(1)?.0, call.f32(2)?.0);
    let wrong = |what: String| Error::new(call.place(), Problem::Shape(what), "match image, filter and bias");
    let &[outputs, filter_h, filter_w, depth] = filter else {
        return Err(wrong(format!(
            "filter {filter:?} is not [out, height, width, in]"
        )));
    };
    if depth != inputs || bias != [outputs] {
        return Err(wrong(format!(
            "{inputs} channels, filter {filter:?}, bias {bias:?}"
        )));
    }
    let rows = Side::of(params.padding, height, filter_h, params.stride_h);
    let columns = Side::of(params.padding, width, filter_w, params.stride_w);
    rows.zip(columns)
        .ok_or_else(|| wrong(format!("an image of {height} rows and {width} columns")))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (rows, columns) = sides(call)?;
    Ok(vec![vec![
        image(call)?.0[0],
        rows.output,
        columns.output,
        call.f32(1)?.0[0],
    ]])
}

/// Every output begins as its bias; every input element adds its products with the filter around its place.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let params = TransposeConv::of(call)?;
    let (rows, columns) = sides(call)?;
    let ([_, height, width, inputs], data) = image(call)?;
    let (filter_shape, filter) = call.f32(1)?;
    let bias = call.f32(2)?.1;
    let (outputs, filter_h, filter_w) = (filter_shape[0], filter_shape[1], filter_shape[2]);
    let mut out: Vec<f32> = bias
        .iter()
        .copied()
        .cycle()
        .take(shape.iter().product())
        .collect();
    // The place of filter element `at` for input element `from`, where it is inside.
    let place = |side: &Side, from: usize, stride: usize, at: usize| {
        let place = (from * stride + at).checked_sub(side.before);
        place.filter(|place| *place < side.output)
    };
    for (cell, pixel) in data.chunks_exact(inputs.max(1)).enumerate() {
        let (x, y, batch) = (cell % width, cell / width % height, cell / (width * height));
        for filter_y in 0..filter_h {
            let Some(row) = place(&rows, y, params.stride_h, filter_y) else {
                continue;
            };
            for filter_x in 0..filter_w {
                let Some(column) = place(&columns, x, params.stride_w, filter_x) else {
                    continue;
                };
                let to = ((batch * rows.output + row) * columns.output + column) * outputs;
                for (output, sum) in out[to..to + outputs].iter_mut().enumerate() {
                    let weights = ((output * filter_h + filter_y) * filter_w + filter_x) * inputs;
                    let products = pixel.iter().zip(&filter[weights..weights + inputs]);
                    *sum += products.map(|(x, w)| x * w).sum::<f32>();
                }
            }
        }
    }
    Ok(vec![Value::f32(shape, out)])
}
