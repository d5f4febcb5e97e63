//! CONV_2D and DEPTHWISE_CONV_2D: sums over taps inside the image of filter times (input − zero point), and the bias.
//!
//! Zero points are taken off first, so that padding is 0. Those of 8-bit integers have a fast form ([`super::ready`]); what
//! else there is, 16-bit activations above all, has sums of 64 bits.

use super::geometry::{Geometry, dims, groups, multiplier, rescales, rule};
use super::operands;
use super::profile::Profile;
use super::ready;
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_kernel::Window;
use quant_schema::{ActivationFunctionType as Activation, TensorType};

/// CONV_2D with a filter `[out, height, width, in]`.
pub fn conv2d(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if let Some(ready) = ready::conv2d(call, profile)? {
        return ready::eval(call, &*ready);
    }
    let options = options::read!(call, Conv2DOptions);
    let x = operands::input(call, 0)?;
    operands::named_bias(call, 2, x, options.quantized_bias_type, profile)?;
    let (geometry, [outputs, height, width, depth]) = Geometry::of_conv2d(call)?;
    let inputs = dims(call, 0)?[3];
    let groups = groups(call, outputs, depth, inputs)?;
    let (each, k) = (outputs / groups, height * width * depth);
    let activation = options.fused_activation_function;
    let profile = rule(profile, groups);
    run(call, profile, &geometry, activation, outputs, &|row| {
        let mut patches = vec![0i16; row.pixels() * k];
        for group in 0..groups {
            row.patches(depth, inputs, group * depth, &mut patches);
            let filter = &row.filter[group * each * k..][..each * k];
            let pixels = patches.chunks_exact(k.max(1));
            for (patch, sums) in pixels.zip(row.sums.chunks_exact_mut(outputs)) {
                for (weights, sum) in filter.chunks_exact(k.max(1)).zip(&mut sums[group * each..]) {
                    let products = patch.iter().zip(weights);
                    *sum += products.map(|(x, w)| i64::from(*x) * i64::from(*w)).sum::<i64>();
                }
            }
        }
    })
}

/// DEPTHWISE_CONV_2D with a filter `[1, height, width, out]`.
pub fn depthwise(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if let Some(ready) = ready::depthwise(call, profile)? {
        return ready::eval(call, &*ready);
    }
    let options = options::read!(call, DepthwiseConv2DOptions);
    let x = operands::input(call, 0)?;
    operands::named_bias(call, 2, x, TensorType::FLOAT32, profile)?;
    let (geometry, [_, height, width, outputs]) = Geometry::of_depthwise(call)?;
    let inputs = dims(call, 0)?[3];
    let multiplier = multiplier(call, outputs, inputs)?;
    let activation = options.fused_activation_function;
    run(call, profile, &geometry, activation, outputs, &|row| {
        let (places, taps) = (row.places(), height * width);
        let pixels = places.chunks_exact(taps.max(1));
        for (sums, places) in row.sums.chunks_exact_mut(outputs).zip(pixels) {
            for (tap, place) in places.iter().enumerate() {
                let Some(place) = place else { continue };
                let (x, w) = (&row.input[place * inputs..], &row.filter[tap * outputs..]);
                for (channel, sum) in sums.iter_mut().enumerate() {
                    *sum += i64::from(x[channel / multiplier]) * i64::from(w[channel]);
                }
            }
        }
    })
}

/// One row of the output on its way.
struct Row<'a> {
    /// The image less its zero point.
    input: &'a [i16],
    /// The filter less its zero point.
    filter: &'a [i16],
    rows: Window,
    columns: Window,
    /// First pixel of the image among all, and the number of the row in it.
    image: usize,
    at: usize,
    /// The bias; what is to be added goes here, a cell for each pixel and channel.
    sums: &'a mut [i64],
}

impl Row<'_> {
    fn pixels(&self) -> usize {
        self.columns.output
    }

    /// For each pixel and tap, the pixel of the input below it.
    fn places(&self) -> Vec<Option<usize>> {
        let mut places = Vec::with_capacity(self.pixels() * self.rows.size * self.columns.size);
        for column in 0..self.columns.output {
            for i in 0..self.rows.size {
                let row = self.rows.at(self.at, i);
                for j in 0..self.columns.size {
                    let column = self.columns.at(column, j);
                    places.push(
                        row.zip(column)
                            .map(|(i, j)| self.image + i * self.columns.input + j),
                    );
                }
            }
        }
        places
    }

    /// The inputs of each pixel side by side: `depth` of the `inputs` channels, from `first` on.
    fn patches(&self, depth: usize, inputs: usize, first: usize, patches: &mut [i16]) {
        for (to, place) in patches.chunks_exact_mut(depth.max(1)).zip(self.places()) {
            match place {
                Some(place) => to.copy_from_slice(&self.input[place * inputs + first..][..depth]),
                None => to.fill(0),
            }
        }
    }
}

/// `add` adds the products of one row of the output to its sums.
fn run(
    call: &Call<'_>,
    profile: Profile,
    geometry: &Geometry,
    activation: Activation,
    outputs: usize,
    add: &dyn Fn(&mut Row<'_>),
) -> Result<Vec<Value>> {
    let (batch, rows, columns, _) = geometry.windows(call)?;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (bias, wide_bias) = operands::bias(call, 2, outputs)?;
    let rescales = rescales(call, profile, (x, y), outputs, wide_bias)?;
    let input = operands::centered(call, 0, x.zero)?;
    let filter = operands::centered(call, 1, operands::filter(call, 1, outputs)?.1)?;
    let mut made = Vec::with_capacity(batch * rows.output * columns.output * outputs);
    let mut sums = vec![0i64; columns.output * outputs];
    for (image, row) in (0..batch).flat_map(|image| (0..rows.output).map(move |row| (image, row))) {
        for sums in sums.chunks_exact_mut(outputs.max(1)) {
            sums.copy_from_slice(&bias);
        }
        add(&mut Row {
            input: &input,
            filter: &filter,
            rows,
            columns,
            image: image * rows.input * columns.input,
            at: row,
            sums: &mut sums,
        });
        for sums in sums.chunks_exact(outputs.max(1)) {
            let each = sums.iter().zip(&rescales);
            made.extend(each.map(|(sum, rescale)| rescale.times(*sum).wrapping_add(y.zero)));
        }
    }
    let shape = vec![batch, rows.output, columns.output, outputs];
    let limits = y.activation_of(call, activation, profile)?;
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
