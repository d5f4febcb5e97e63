//! AVERAGE_POOL_2D and MAX_POOL_2D: both ends have one scale and zero point (onert does not look), and the integers themselves
//! are pooled.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::{options, pool};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The mean of each window's elements that are no padding, halves away from zero; of uint8, halves up.
pub fn average(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let unsigned = operands::input(call, 0)?.dtype == DType::Uint8;
    run(
        call,
        profile,
        0,
        |sum, x| sum + x,
        move |sum, n| {
            let n = n as i32;
            if sum > 0 || unsigned {
                (sum + n / 2) / n
            } else {
                (sum - n / 2) / n
            }
        },
    )
}

/// The largest element of each window.
pub fn max(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    run(call, profile, i32::MIN, i32::max, |max, _| max)
}

fn run(
    call: &Call<'_>,
    profile: Profile,
    start: i32,
    fold: fn(i32, i32) -> i32,
    finish: impl Fn(i32, usize) -> i32,
) -> Result<Vec<Value>> {
    let y = operands::both_of(call, profile)?;
    let (rows, columns) = pool::windows(call)?;
    let shape = &call.input(0)?.shape;
    let input = operands::integers(call, 0)?;
    let (height, width, channels) = (shape[1], shape[2], shape[3]);
    let shape = vec![shape[0], rows.output, columns.output, channels];
    let mut made = vec![start; shape.iter().product()];
    for (cell, values) in made.chunks_exact_mut(channels.max(1)).enumerate() {
        let (column, row) = (cell % columns.output, cell / columns.output % rows.output);
        let image = cell / (columns.output * rows.output);
        let mut count = 0;
        for i in rows.inside(row) {
            for j in columns.inside(column) {
                let at = ((image * height + i) * width + j) * channels;
                for (value, element) in values.iter_mut().zip(&input[at..at + channels]) {
                    *value = fold(*value, *element);
                }
                count += 1;
            }
        }
        values.iter_mut().for_each(|value| *value = finish(*value, count));
    }
    let options = options::read!(call, Pool2DOptions);
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
