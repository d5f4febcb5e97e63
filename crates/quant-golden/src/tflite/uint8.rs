//! uint8 as toco made it: asymmetric, one scale for each tensor, in doubles until they are written.

use super::kinds::{filtered, fixed};
use super::net::{Net, View, Views};
use super::numbers::{extremes, per_tensor};
use crate::rounding::round;

/// Operators of which the oracle knows what toco makes.
const KNOWN: &[&str] = &[
    "ADD",
    "MUL",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "LOGISTIC",
    "SOFTMAX",
    "TANH",
];

/// Quantizes.
///
/// # Errors
/// An operator that is not known.
pub fn quantize(net: &Net<'_>) -> Result<Views, String> {
    let mut views = net.views();
    for at in 0..net.len() {
        if !net.is(at, KNOWN) {
            return Err(format!(
                "the oracle does not know what toco makes of {}",
                net.op(at).kind
            ));
        }
        let mut scales = vec![0.0; net.op(at).inputs.len()];
        for (slot, name) in net.float_inputs(at) {
            let bias = filtered(net, at).map(|(_, _, bias, _)| bias);
            let (scale, view) = match (net.floats(name), net.maker(name), net.range(name)) {
                (Some(_), ..) if bias == Some(slot) => continue,
                (Some(values), ..) => constant(values),
                (_, Some(maker), range) if fixed(net, maker).is_some() || range.is_some() => {
                    result(net, maker, range.unwrap_or_default())
                }
                (.., Some(range)) => activation(range),
                _ => return Err(format!("`{name}` has no range")),
            };
            scales[slot] = scale;
            if let Some(input) = views.inputs.get_mut(name) {
                *input = view.clone();
            }
            views.reads[at][slot] = Some(view);
        }
        if let Some((input, weights, bias, _)) = filtered(net, at)
            && let Some(values) = net.op(at).inputs.get(bias).and_then(|name| net.floats(name))
        {
            let scale = scales[input] * scales[weights];
            let one = |v: &f32| {
                round(
                    f64::from(*v) * (1.0 / scale),
                    i64::from(i32::MIN),
                    i64::from(i32::MAX),
                )
            };
            let integers = values.iter().map(one).collect();
            views.reads[at][bias] = Some(per_tensor("int32", scale as f32, 0, integers));
        }
        for (slot, name) in net.float_outputs(at) {
            views.makes[at][slot] = Some(result(net, at, net.range(name).unwrap_or_default()).1);
        }
    }
    Ok(views)
}

fn result(net: &Net<'_>, at: usize, range: (f32, f32)) -> (f64, View) {
    match fixed(net, at) {
        Some(view) => {
            let (scale, zero) = (view.scale[0], view.zero_point[0]);
            (f64::from(scale), View::activation("uint8", scale, zero + 128))
        }
        None => activation(range),
    }
}

/// Scale and zero point, moved so that 0 is an integer: from the end of the range where that costs less.
fn activation((min, max): (f32, f32)) -> (f64, View) {
    let (min, max) = (f64::from(min).min(0.0), f64::from(max).max(0.0));
    if min == max {
        return (0.0, View::activation("uint8", 0.0, 0));
    }
    let scale = (max - min) / 255.0;
    let (from_min, from_max) = (-min / scale, 255.0 - max / scale);
    let (min_error, max_error) = ((min / scale).abs(), 255.0 + (max / scale).abs());
    let zero = if min_error < max_error { from_min } else { from_max };
    (
        scale,
        View::activation("uint8", scale as f32, round(zero, 0, 255)),
    )
}

fn constant(values: &[f32]) -> (f64, View) {
    let (scale, view) = activation(extremes(values));
    let one = |v: &f32| round(view.zero_point[0] as f64 + f64::from(*v) * (1.0 / scale), 0, 255);
    let integers = values.iter().map(one).collect();
    (
        scale,
        per_tensor("uint8", scale as f32, view.zero_point[0], integers),
    )
}
