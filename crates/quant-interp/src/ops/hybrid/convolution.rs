//! CONV_2D and DEPTHWISE_CONV_2D. Each image is a row of its own.
//!
//! | kernel | images | floats of a sum, before the bias |
//! |---|---|---|
//! | CONV_2D, one scale | symmetric | `f32(Σ) · (s · s_w)` |
//! | CONV_2D, scales that differ; grouped | asymmetric | `litert-reference`, grouped: `(f32(Σ) · s_w) · s`; `litert`: `f32(Σ) · (s_w · s)` |
//! | DEPTHWISE_CONV_2D | asymmetric | `litert-reference`: `f32(Σ) · (s_w · s)`; `litert`: `(f32(Σ) · s_w) · s` in blocks of four channels, `(f32(Σ) · s) · s_w` in the rest |

use super::input::{self, Rows};
use super::sums;
use super::weights::{self, Weights, unfit};
use crate::ops::conv2d::{self, bias};
use crate::ops::integer::geometry::Geometry;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use crate::ops::{Call, depthwise_conv2d};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_kernel::{Window, integer};

/// CONV_2D with a filter `[out, height, width, in]`.
pub fn conv2d(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, Conv2DOptions);
    let shape = (conv2d::DEF.shape)(call)?.swap_remove(0);
    let (geometry, [outputs, rows, columns, depth]) = Geometry::of_conv2d(call)?;
    let (view, inputs) = View::of(call, &geometry)?;
    let weights = Weights::of(call, 1, outputs)?;
    let groups = inputs.checked_div(depth).unwrap_or(1).max(1);
    let differ = weights.scales.iter().any(|scale| *scale != weights.scales[0]);
    let byte = weights::tensor(call, 1)?.dtype == DType::Uint8;
    if byte && (differ || groups > 1) {
        return Err(unfit(call, "a uint8 filter with several scales or groups"));
    }
    if groups > 1 && weights.scales.len() != outputs {
        return Err(unfit(
            call,
            "a grouped convolution whose filter has one scale, which the runtime refuses",
        ));
    }
    let asymmetric = differ || groups > 1;
    let (each, k) = (outputs / groups, rows * columns * depth);
    // Padding is the zero point, taken off with the sums of the filter's rows, which may have wrapped.
    let fast = profile == Profile::Litert && groups == 1;
    let wrapped: Vec<i32> = if asymmetric && fast {
        let exact = weights.integers.chunks_exact(k.max(1));
        let exact = exact.map(|row| row.iter().map(|q| i32::from(*q)).sum::<i32>());
        exact
            .zip(sums::of_rows(k, &weights.integers))
            .map(|(exact, sum)| exact - sum)
            .collect()
    } else {
        vec![0; outputs]
    };
    let scale = |channel: usize| weights.scales[channel % weights.scales.len()];
    let bias = bias(call, 2, outputs)?;
    let limits = input::limits(call, options.fused_activation_function)?;
    let size = view.rows.input * view.columns.input * inputs;
    let mut made = Vec::with_capacity(shape.iter().product());
    for row in input::finite(call, 0)?.1.chunks_exact(size.max(1)) {
        let Rows {
            integers,
            scales,
            zeros,
        } = Rows::of(row, size, asymmetric);
        let (of_image, zero) = (scales[0], zeros[0]);
        let image: Vec<i16> = integers.iter().map(|q| q - zero as i16).collect();
        let pixels = view.pixels();
        let mut made_sums = vec![0; pixels * outputs];
        let (mut patches, mut part) = (vec![0; pixels * k], vec![0; pixels * each]);
        for group in 0..groups {
            view.patches(&image, inputs, (group * depth, depth), &mut patches);
            let filter = &weights.integers[group * each * k..][..each * k];
            if asymmetric || outputs.is_multiple_of(4) {
                integer::product(k, &patches, filter, &mut part);
            } else {
                // What is left to a loop over vectors.
                sums::products(k, &patches, filter, &mut part);
            }
            for (to, from) in made_sums
                .chunks_exact_mut(outputs)
                .zip(part.chunks_exact(each.max(1)))
            {
                to[group * each..][..each].copy_from_slice(from);
            }
        }
        for (at, sum) in made_sums.iter().enumerate() {
            let channel = at % outputs;
            let sum = sum.wrapping_add(wrapped[channel].wrapping_mul(zero)) as f32;
            let scale = scale(channel);
            let x = match (asymmetric, fast) {
                (false, _) | (true, true) => sum * (of_image * scale),
                (true, false) => sum * scale * of_image,
            };
            made.push(finished(x, bias, channel, limits));
        }
    }
    Ok(vec![Value::f32(shape, made)])
}

/// DEPTHWISE_CONV_2D with a filter `[1, height, width, out]`.
pub fn depthwise(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let shape = (depthwise_conv2d::DEF.shape)(call)?.swap_remove(0);
    let (geometry, [.., outputs]) = Geometry::of_depthwise(call)?;
    let (view, inputs) = View::of(call, &geometry)?;
    let weights = Weights::of(call, 1, outputs)?;
    if weights.scales.len() != outputs {
        return Err(unfit(call, "its filter has one scale, which the runtime refuses"));
    }
    let multiplier = outputs.checked_div(inputs).unwrap_or(1).max(1);
    let bias = bias(call, 2, outputs)?;
    let limits = input::limits(call, options.fused_activation_function)?;
    let size = view.rows.input * view.columns.input * inputs;
    let mut made = Vec::with_capacity(shape.iter().product());
    for row in input::finite(call, 0)?.1.chunks_exact(size.max(1)) {
        let Rows {
            integers,
            scales,
            zeros,
        } = Rows::of(row, size, true);
        let (of_image, zero) = (scales[0], zeros[0]);
        let image: Vec<i16> = integers.iter().map(|q| q - zero as i16).collect();
        for pixel in 0..view.pixels() {
            let mut sums = vec![0i32; outputs];
            for (tap, place) in view.places(pixel).enumerate() {
                let Some(place) = place else { continue };
                let (x, w) = (&image[place * inputs..], &weights.integers[tap * outputs..]);
                for (channel, sum) in sums.iter_mut().enumerate() {
                    *sum += i32::from(x[channel / multiplier]) * i32::from(w[channel]);
                }
            }
            for (channel, sum) in sums.into_iter().enumerate() {
                let (sum, scale) = (sum as f32, weights.scales[channel]);
                let x = if profile != Profile::Litert {
                    sum * (scale * of_image)
                } else if channel < outputs / 4 * 4 {
                    sum * scale * of_image
                } else {
                    sum * of_image * scale
                };
                made.push(finished(x, bias, channel, limits));
            }
        }
    }
    Ok(vec![Value::f32(shape, made)])
}

fn finished(x: f32, bias: Option<&[f32]>, channel: usize, (low, high): (f32, f32)) -> f32 {
    let x = bias.map_or(x, |bias| x + bias[channel]);
    x.max(low).min(high)
}

/// A window over an image.
struct View {
    rows: Window,
    columns: Window,
}

impl View {
    /// With the channels of the image.
    fn of(call: &Call<'_>, geometry: &Geometry) -> Result<(Self, usize)> {
        let (_, rows, columns, channels) = geometry.windows(call)?;
        Ok((Self { rows, columns }, channels))
    }

    /// Pixels of the output.
    fn pixels(&self) -> usize {
        self.rows.output * self.columns.output
    }

    /// For each tap, the pixel of the image below it.
    fn places(&self, pixel: usize) -> impl Iterator<Item = Option<usize>> + '_ {
        let (row, column) = (pixel / self.columns.output, pixel % self.columns.output);
        (0..self.rows.size * self.columns.size).map(move |tap| {
            let i = self.rows.at(row, tap / self.columns.size)?;
            let j = self.columns.at(column, tap % self.columns.size)?;
            Some(i * self.columns.input + j)
        })
    }

    /// The channels `(first, count)` below each pixel's window, zeros where it is padding.
    fn patches(&self, image: &[i16], inputs: usize, (first, count): (usize, usize), out: &mut [i16]) {
        let places = (0..self.pixels()).flat_map(|pixel| self.places(pixel));
        for (to, place) in out.chunks_exact_mut(count.max(1)).zip(places) {
            match place {
                Some(place) => to.copy_from_slice(&image[place * inputs + first..][..count]),
                None => to.fill(0),
            }
        }
    }
}
