//! Weights alone: int8 that operators dequantize as they run, and float16.

use super::kinds::filtered;
use super::net::{Net, View, Views};
use super::numbers::{magnitude, per_channel, per_tensor};
use crate::rounding::{even, round};

/// Smaller constants stay float.
const LEAST: usize = 1024;

/// Places of operators whose constants become int8.
const WEIGHTS: &[(&str, usize)] = &[
    ("CONV_2D", 1),
    ("DEPTHWISE_CONV_2D", 1),
    ("FULLY_CONNECTED", 1),
    ("TRANSPOSE_CONV", 1),
    ("BATCH_MATMUL", 1),
    ("EMBEDDING_LOOKUP", 1),
    ("GATHER", 0),
];

/// Dynamic range. With `compat` as the original does, where it is wrong, too.
pub fn dynamic(net: &Net<'_>, one_scale: bool, compat: bool) -> Views {
    let mut views = net.views();
    for at in 0..net.len() {
        let Some((_, slot)) = WEIGHTS.iter().find(|(kind, _)| net.is(at, &[kind])) else {
            continue;
        };
        let Some(name) = net.op(at).inputs.get(*slot) else {
            continue;
        };
        let Some(values) = net.floats(name).filter(|values| values.len() >= LEAST) else {
            continue;
        };
        let dimension = match filtered(net, at) {
            Some((_, _, _, dimension)) => Some(dimension),
            None => net.is(at, &["EMBEDDING_LOOKUP"]).then_some(0),
        };
        let view = weights(net.shape(name), values, dimension.filter(|_| !one_scale));
        let is_gather = net.is(at, &["GATHER"]);
        let result = &net.op(at).outputs[0];
        if is_gather && net.size(result) < values.len() {
            views.makes[at][0] = Some(View {
                values: None,
                ..view.clone()
            });
        }
        let stays_apart = is_gather && net.size(result) >= values.len();
        let garbage = one_scale && !compat && net.is(at, &["DEPTHWISE_CONV_2D"]);
        if stays_apart || garbage {
            views.stored.insert(name.clone(), view);
        } else {
            views.reads[at][*slot] = Some(view);
        }
    }
    views
}

/// Symmetric, in doubles until the scale is written.
fn weights(shape: &[i32], values: &[f32], dimension: Option<usize>) -> View {
    let one = |values: &[f32]| {
        let most = f64::from(magnitude(values));
        let most = if 2.0 * most <= 1e-6 { 5e-7 } else { most };
        let scale = 2.0 * most / 254.0;
        let integers = values.iter().map(|v| round(f64::from(*v) / scale, -127, 127));
        (scale as f32, integers.collect::<Vec<i64>>())
    };
    if let Some(dimension) = dimension {
        return per_channel("int8", shape, dimension, values, |_, values| one(values));
    }
    let (scale, integers) = one(values);
    per_tensor("int8", scale, 0, integers)
}

/// Constants of half precision.
pub fn float16(net: &Net<'_>) -> Views {
    let mut views = net.views();
    for operand in &net.recipe.operands {
        if let Some(values) = net
            .floats(&operand.name)
            .filter(|_| !net.users(&operand.name).is_empty())
        {
            let view = View {
                dtype: "float16",
                values: Some(values.iter().map(|v| half(*v)).collect()),
                ..View::default()
            };
            views.stored.insert(operand.name.clone(), view);
        }
    }
    views
}

/// The bits of the nearest half, even at ties; beyond the largest, the largest.
fn half(value: f32) -> i64 {
    let sign = i64::from(value.is_sign_negative()) << 15;
    let x = f64::from(value.abs()).min(65504.0);
    // Steps of a half: 2^-24 below 2^-14, else 1024 for each power of two.
    let exponent = if x < 2f64.powi(-14) {
        -14
    } else {
        x.log2().floor() as i32
    };
    let steps = even(x / 2f64.powi(exponent - 10), 0, 2048);
    let below = if x < 2f64.powi(-14) {
        0
    } else {
        i64::from(exponent + 14) * 1024
    };
    sign | (below + steps)
}
