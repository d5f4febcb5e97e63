//! The older quantizer: int8, and activations of 16 bits beside weights of 8. Every tensor has its own range, but for
//! results that copy an input's.

mod constants;

use std::collections::BTreeMap;

use super::kinds::{filtered, fixed};
use super::net::{Net, View, Views};
use super::numbers::{magnitude, per_tensor};
use super::tables::{
    CONSTANTS_16, CONSTRAINED, FIXED, FLOAT_16, LEGACY_FLOAT, LEGACY_SAME, NO_KERNEL_16, OTHERS,
};
use crate::rounding::round;
use constants::{filter, requantized, with_parameters};

/// How models are quantized.
#[derive(Clone, Copy)]
pub struct How {
    /// One scale for all weights of a tensor.
    pub per_tensor: bool,
    /// Activations of 16 bits.
    pub wide: bool,
    /// As the original does, where it is wrong, too.
    pub compat: bool,
}

/// Quantizes.
pub fn quantize(net: &Net<'_>, how: How) -> Views {
    let mut steps = Steps {
        net,
        how,
        values: BTreeMap::new(),
        biases: BTreeMap::new(),
        views: net.views(),
    };
    for at in 0..net.len() {
        steps.visit(at);
    }
    steps.views
}

struct Steps<'a, 'n> {
    net: &'n Net<'a>,
    how: How,
    /// Activations that operators make as integers.
    values: BTreeMap<String, View>,
    /// Biases as their first operator reads them.
    biases: BTreeMap<String, View>,
    views: Views,
}

fn activation((min, max): (f32, f32), wide: bool) -> View {
    if wide {
        return View::activation("int16", min.abs().max(max.abs()) / 32767.0, 0);
    }
    let (min, max) = (min.min(0.0), max.max(0.0));
    let scale = (max - min) / 255.0;
    let zero = if scale == 0.0 {
        -128.0
    } else {
        -128.0 - min / scale
    };
    View::activation("int8", scale, round(f64::from(zero), -128, 127))
}

impl Steps<'_, '_> {
    fn copies(&self, at: usize) -> bool {
        let mended = !self.how.compat && self.net.is(at, &["SUM", "SELECT"]);
        self.net.is(at, LEGACY_SAME) && !mended
    }

    fn is_constrained(&self, at: usize) -> bool {
        self.net.is(at, CONSTRAINED) || (!self.how.compat && self.net.is(at, &["SELECT"]))
    }

    fn fixed(&self, at: usize) -> Option<View> {
        let wide = self.how.wide && self.net.is(at, &["SOFTMAX", "LOGISTIC", "TANH"]);
        if wide {
            return Some(View::activation("int16", 1.0 / 32768.0, 0));
        }
        fixed(self.net, at)
    }

    fn is_quantized(&self, at: usize) -> bool {
        let net = self.net;
        let kinds: Vec<&str> = FIXED.iter().map(|row| row.0).collect();
        let known = [LEGACY_SAME, CONSTRAINED, OTHERS, &kinds[..]]
            .iter()
            .any(|table| net.is(at, table));
        let lacks_kernel = !self.how.compat && net.is(at, NO_KERNEL_16);
        let is_float = net.is(at, LEGACY_FLOAT) || (self.how.wide && (lacks_kernel || net.is(at, FLOAT_16)));
        known && !is_float
    }

    fn visit(&mut self, at: usize) {
        if !self.is_quantized(at) {
            return;
        }
        let (net, wide) = (self.net, self.how.wide);
        let own = |name: &str, values: &BTreeMap<String, View>| {
            let made = values.get(name).cloned();
            made.or_else(|| net.range(name).map(|range| activation(range, wide)))
        };
        let mut reads: Vec<(usize, &str, Option<View>)> = Vec::new();
        for (slot, name) in net.float_inputs(at) {
            let view = match net.floats(name) {
                Some(values) => self.constant(at, slot, net.shape(name), values),
                None => own(name, &self.values),
            };
            reads.push((slot, name, view));
        }
        let first = reads.first().and_then(|(_, _, view)| view.clone());
        let made: Vec<(usize, &str, Option<View>)> = net
            .float_outputs(at)
            .map(|(slot, name)| {
                let made = self.fixed(at).or_else(|| {
                    if self.copies(at) {
                        return first.clone().map(|view| View { values: None, ..view });
                    }
                    net.range(name).map(|range| activation(range, self.how.wide))
                });
                (slot, name, made)
            })
            .collect();
        if self.is_constrained(at)
            && let Some((_, _, Some(result))) = made.first()
        {
            for (_, name, view) in &mut reads {
                let Some(read) = view.as_mut().filter(|read| !read.same(result)) else {
                    continue;
                };
                let once = net.users(name).len() == 1;
                if net.floats(name).is_some() && !once {
                    self.views.stored.insert((*name).to_owned(), read.clone());
                    *read = result.clone();
                } else {
                    *read = requantized(read, result);
                }
            }
        }
        if !self.how.compat && net.is(at, &["PADV2"]) {
            let (input, value) = (first.clone(), reads.last_mut());
            if let (Some(input), Some((_, name, view))) = (input, value)
                && let Some(values) = net.floats(name)
            {
                *view = Some(with_parameters(&input, values));
            }
        }
        self.biased(at, &mut reads);
        for (slot, name, view) in reads {
            if let (Some(input), Some(view)) = (self.views.inputs.get_mut(name), own(name, &self.values)) {
                *input = view;
            }
            self.views.reads[at][slot] = view.or_else(|| Some(View::float()));
        }
        for (slot, name, view) in made {
            if let Some(view) = view {
                self.values.insert(name.to_owned(), view.clone());
                self.views.makes[at][slot] = Some(view);
            }
        }
    }

    /// A constant by its own elements; `None` for a bias, and for a pad value that stays float.
    fn constant(&self, at: usize, slot: usize, shape: &[i32], values: &[f32]) -> Option<View> {
        if let Some((_, weights, bias, dimension)) = filtered(self.net, at) {
            let dimension = (!self.how.per_tensor).then_some(dimension);
            return match slot {
                _ if slot == bias => None,
                _ if slot == weights => Some(filter(shape, values, dimension, &|_, h| h)),
                _ => Some(filter(shape, values, None, &|_, h| h)),
            };
        }
        if self.net.is(at, &["PADV2"]) && slot == 2 {
            return None;
        }
        if self.how.wide && (self.net.is(at, CONSTANTS_16) || self.net.is(at, LEGACY_SAME)) {
            let scale = magnitude(values) / 32767.0;
            let inverse = (1.0 / f64::from(scale)) as f32;
            let one = |v: &f32| round(f64::from(v * inverse), -32767, 32767);
            return Some(per_tensor("int16", scale, 0, values.iter().map(one).collect()));
        }
        Some(filter(shape, values, None, &|_, h| h))
    }

    /// The filter, with a wider range where a bias needs one, and the bias.
    fn biased(&mut self, at: usize, reads: &mut [(usize, &str, Option<View>)]) {
        let net = self.net;
        let Some((input, weights, bias, dimension)) = filtered(net, at) else {
            return;
        };
        let at_slot = |slot: usize| reads.iter().position(|(place, ..)| *place == slot);
        let (Some(input), Some(weights), Some(bias)) = (at_slot(input), at_slot(weights), at_slot(bias))
        else {
            return;
        };
        let (Some(read), Some(constant)) = (reads[input].2.clone(), net.floats(reads[bias].1)) else {
            return;
        };
        let s_in = read.scale[0];
        if let Some(values) = net.floats(reads[weights].1) {
            let per_tensor = self.how.per_tensor;
            let widened = |channel: usize, h: f32| {
                let b = if per_tensor {
                    magnitude(constant)
                } else {
                    constant.get(channel).map_or(0.0, |b| b.abs())
                };
                let step = f64::from(s_in) * f64::from(h / 127.0);
                let leaves = if per_tensor {
                    f64::from((f64::from(b) / 2_147_483_648.0) as f32) >= 0.5 * step
                } else {
                    f64::from(b) >= 0.5 * step * 2_147_483_647.0
                };
                if leaves && b > 0.0 {
                    (2.0 * f64::from(b) / 2_147_483_647.0 * f64::from(127.0 / s_in)) as f32
                } else {
                    h
                }
            };
            let shape = net.shape(reads[weights].1);
            reads[weights].2 = Some(filter(
                shape,
                values,
                (!per_tensor).then_some(dimension),
                &widened,
            ));
        }
        let Some(filter) = reads[weights].2.clone() else {
            return;
        };
        let (dtype, most) = if self.how.wide {
            ("int64", i64::MAX)
        } else {
            ("int32", i64::from(i32::MAX))
        };
        let scales: Vec<f32> = filter.scale.iter().map(|s| s_in * s).collect();
        let one = |(at, v): (usize, &f32)| {
            let scale = scales[at.min(scales.len() - 1)];
            let inverse = if scale == 0.0 {
                0.0
            } else {
                (1.0 / f64::from(scale)) as f32
            };
            round(f64::from(v * inverse), -most, most)
        };
        let view = View {
            dtype,
            values: Some(constant.iter().enumerate().map(one).collect()),
            zero_point: vec![0; scales.len()],
            scale: scales,
            dimension: 0,
        };
        // The original has one for all that read the constant.
        let first = self
            .biases
            .entry(reads[bias].1.to_owned())
            .or_insert_with(|| view.clone());
        reads[bias].2 = Some(if self.how.compat { first.clone() } else { view });
    }
}
