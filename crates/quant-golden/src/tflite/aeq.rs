//! ai-edge-quantizer's built-in recipes: minimum and maximum, in single floats, half to even.

mod tables;

use std::collections::BTreeMap;

use quant_case::recipe::OptionValue;
use quant_case::tflite::BuiltIn;

use super::kinds::filtered;
use super::net::{Net, View, Views};
use super::numbers::{extremes, magnitude, per_channel, per_tensor};
use crate::rounding::even;
use tables::{FIXED, FLOAT_16, LIKE_INPUT, LIKE_RESULT, OTHERS, WEIGHTS};

/// Quantizes. With `compat` as the original does, where it is wrong, too, but for biases, which never wrap around.
pub fn quantize(net: &Net<'_>, built_in: BuiltIn, compat: bool) -> Views {
    match built_in {
        BuiltIn::StaticWi8Ai8 => Static::new(net, false, compat).run(),
        BuiltIn::StaticWi8Ai16 => Static::new(net, true, compat).run(),
        BuiltIn::DynamicWi8Afp32 => weights(net, 8, false),
        BuiltIn::DynamicWi4Afp32 => weights(net, 4, false),
        BuiltIn::WeightOnlyWi8Afp32 => weights(net, 8, true),
        BuiltIn::WeightOnlyWi4Afp32 => weights(net, 4, true),
    }
}

/// The place of an operator's weights, when they are a constant.
fn weights_of<'a>(net: &Net<'a>, at: usize) -> Option<(usize, &'a [f32], bool)> {
    let (_, slot, four) = WEIGHTS.iter().find(|(kind, ..)| net.is(at, &[kind]))?;
    let name = net.op(at).inputs.get(*slot)?;
    Some((*slot, net.floats(name)?, *four))
}

/// The dimension of their channels.
fn dimension(net: &Net<'_>, at: usize, rank: usize) -> usize {
    if let Some((_, _, _, dimension)) = filtered(net, at) {
        return dimension;
    }
    if net.is(at, &["BATCH_MATMUL"]) {
        let is_adjoint = net.op(at).option("adjoint_rhs") == Some(&OptionValue::Bool(true));
        return rank.saturating_sub(if is_adjoint { 2 } else { 1 });
    }
    0
}

fn symmetric(values: &[f32], bits: u32) -> (f32, Vec<i64>) {
    let most = (1_i64 << (bits - 1)) - 1;
    let least = if bits >= 8 { -most } else { -most - 1 };
    let scale = magnitude(values).max(1e-9) / most as f32;
    (
        scale,
        values
            .iter()
            .map(|v| even(f64::from(v / scale), least, most))
            .collect(),
    )
}

fn channelwise(net: &Net<'_>, at: usize, slot: usize, values: &[f32], bits: u32) -> View {
    let shape = net.shape(&net.op(at).inputs[slot]);
    let dtype = if bits == 4 { "int4" } else { "int8" };
    per_channel(
        dtype,
        shape,
        dimension(net, at, shape.len()),
        values,
        |_, values| symmetric(values, bits),
    )
}

/// Weights alone.
fn weights(net: &Net<'_>, bits: u32, only: bool) -> Views {
    let mut views = net.views();
    for at in 0..net.len() {
        let Some((slot, values, four)) = weights_of(net, at) else {
            continue;
        };
        if bits == 4 && !four && !(only && net.is(at, &["BATCH_MATMUL"])) {
            continue;
        }
        let view = channelwise(net, at, slot, values, bits);
        if only {
            views.stored.insert(net.op(at).inputs[slot].clone(), view);
        } else {
            views.reads[at][slot] = Some(view);
        }
    }
    views
}

struct Static<'a, 'n> {
    net: &'n Net<'a>,
    wide: bool,
    compat: bool,
    /// Activations, where they are integers.
    values: BTreeMap<String, View>,
    views: Views,
}

impl<'a, 'n> Static<'a, 'n> {
    fn new(net: &'n Net<'a>, wide: bool, compat: bool) -> Self {
        Self {
            net,
            wide,
            compat,
            values: BTreeMap::new(),
            views: net.views(),
        }
    }

    fn activation(&self, (min, max): (f32, f32)) -> View {
        if self.wide {
            return View::activation("int16", min.abs().max(max.abs()).max(1e-9) / 32767.0, 0);
        }
        let (min, max) = (min.min(0.0), max.max(0.0));
        let scale = (max - min).max(1e-9) / 255.0;
        View::activation("int8", scale, even(f64::from(-128.0 - min / scale), -128, 127))
    }

    fn own(&self, name: &str) -> Option<View> {
        self.net.range(name).map(|range| self.activation(range))
    }

    fn fixed(&self, at: usize) -> Option<View> {
        let row = FIXED.iter().find(|(kind, ..)| self.net.is(at, &[kind]))?;
        Some(if self.wide {
            View::activation("int16", 1.0 / 32768.0, 0)
        } else {
            View::activation("int8", 1.0 / row.1, row.2)
        })
    }

    fn is_quantized(&self, at: usize) -> bool {
        let net = self.net;
        let known = net.is(at, LIKE_INPUT)
            || net.is(at, LIKE_RESULT)
            || net.is(at, OTHERS)
            || self.fixed(at).is_some();
        known && !(self.wide && net.is(at, FLOAT_16))
    }

    fn run(mut self) -> Views {
        for name in &self.net.recipe.inputs {
            if let Some(view) = self.own(name).filter(|_| self.net.is_activation(name)) {
                self.values.insert(name.clone(), view.clone());
                self.views.inputs.insert(name.clone(), view);
            }
        }
        for at in 0..self.net.len() {
            if self.is_quantized(at) {
                self.visit(at);
            }
        }
        self.views
    }

    /// What a quantized operator reads of an activation.
    fn read(&self, name: &str) -> Option<View> {
        self.values.get(name).cloned().or_else(|| self.own(name))
    }

    fn visit(&mut self, at: usize) {
        let net = self.net;
        let first = net
            .float_inputs(at)
            .next()
            .map(|(slot, name)| match net.floats(name) {
                Some(values) => Some(self.constant(at, slot, values)),
                None => self.read(name),
            });
        let first = first.flatten();
        for (slot, name) in net.float_outputs(at) {
            let like = first.clone().filter(|_| net.is(at, LIKE_INPUT));
            let like = like.map(|view| View {
                values: None,
                dimension: 0,
                ..view
            });
            if let Some(view) = self.fixed(at).or(like).or_else(|| self.own(name)) {
                self.values.insert(name.to_owned(), view.clone());
                self.views.makes[at][slot] = Some(view);
            }
        }
        let result = self.views.makes[at]
            .first()
            .cloned()
            .flatten()
            .filter(|_| net.is(at, LIKE_RESULT));
        for (slot, name) in net.float_inputs(at) {
            let view = match (net.floats(name), &result) {
                (Some(values), Some(result)) => Some(self.with_parameters(result, values)),
                (Some(values), None) => Some(self.constant(at, slot, values)),
                (None, Some(result)) => {
                    self.take(name, result);
                    Some(result.clone())
                }
                (None, None) => self.read(name),
            };
            self.views.reads[at][slot] = view.or_else(|| Some(View::float()));
        }
        self.bias(at);
    }

    /// Lets the producer of a value write it with a result's parameters, where nobody else reads it.
    fn take(&mut self, name: &str, result: &View) {
        let net = self.net;
        let Some(maker) = net.maker(name).filter(|maker| self.is_quantized(*maker)) else {
            return;
        };
        let free = !net.is(maker, LIKE_INPUT) && !net.is(maker, LIKE_RESULT) && self.fixed(maker).is_none();
        if free && net.users(name).len() == 1 && !net.is_output(name) {
            self.values.insert(name.to_owned(), result.clone());
            if let Some(slot) = net.op(maker).outputs.iter().position(|output| output == name) {
                self.views.makes[maker][slot] = Some(result.clone());
            }
        }
    }

    fn constant(&self, at: usize, slot: usize, values: &[f32]) -> View {
        if weights_of(self.net, at).is_some_and(|(place, ..)| place == slot) {
            // Kernels have one scale for this one, whatever the original writes.
            if self.net.is(at, &["BATCH_MATMUL"]) && !self.compat {
                let (scale, integers) = symmetric(values, 8);
                return per_tensor("int8", scale, 0, integers);
            }
            return channelwise(self.net, at, slot, values, 8);
        }
        self.with_parameters(&self.activation(extremes(values)), values)
    }

    fn with_parameters(&self, view: &View, values: &[f32]) -> View {
        let (scale, zero) = (view.scale[0], view.zero_point[0]);
        let integers = values.iter().map(|v| {
            if self.wide {
                return even(f64::from(v / scale), -32767, 32767);
            }
            even(f64::from(v / scale + zero as f32), -128, 127)
        });
        per_tensor(view.dtype, scale, zero, integers.collect())
    }

    fn bias(&mut self, at: usize) {
        let net = self.net;
        let Some((input, weights, place, _)) = filtered(net, at) else {
            return;
        };
        let Some(values) = net.op(at).inputs.get(place).and_then(|name| net.floats(name)) else {
            return;
        };
        let reads = &self.views.reads[at];
        let (Some(read), Some(filter)) = (reads[input].clone(), reads[weights].clone()) else {
            return;
        };
        let filter = self.widened(at, weights, read.scale[0], filter, values);
        let most = if self.wide { i64::MAX } else { i64::from(i32::MAX) };
        let scales: Vec<f32> = filter.scale.iter().map(|s| read.scale[0] * s).collect();
        let one = |(at, v): (usize, &f32)| even(f64::from(v / scales[at.min(scales.len() - 1)]), -most, most);
        self.views.reads[at][weights] = Some(filter);
        self.views.reads[at][place] = Some(View {
            dtype: if self.wide { "int64" } else { "int32" },
            values: Some(values.iter().enumerate().map(one).collect()),
            zero_point: vec![0; scales.len()],
            scale: scales,
            dimension: 0,
        });
    }

    /// A filter whose scales let a bias fit in 32 bits: where the original lets it wrap around, channels are widened until
    /// it is the largest integer, less what rounding takes.
    fn widened(&self, at: usize, slot: usize, s_in: f32, filter: View, bias: &[f32]) -> View {
        let name = &self.net.op(at).inputs[slot];
        let Some(values) = self.net.floats(name).filter(|_| !self.compat) else {
            return filter;
        };
        let most = f64::from(i32::MAX) * (1.0 - 2f64.powi(-23));
        let (shape, scales) = (self.net.shape(name), filter.scale.clone());
        let dimension = dimension(self.net, at, shape.len());
        per_channel("int8", shape, dimension, values, |channel, values| {
            let least = bias
                .get(channel)
                .map_or(0.0, |b| f64::from(b.abs()) / (f64::from(s_in) * most));
            let scale = scales[channel];
            let scale = if f64::from(scale) < least {
                (least as f32).next_up()
            } else {
                scale
            };
            (
                scale,
                values
                    .iter()
                    .map(|v| even(f64::from(v / scale), -127, 127))
                    .collect(),
            )
        })
    }
}
