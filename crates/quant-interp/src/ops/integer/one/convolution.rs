//! CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of ONE: sums of (weight − its channel's zero point) times (input − zero
//! point) over taps inside the image, and the bias.

use super::super::geometry::{Geometry, multiplier};
use super::super::operands::{self, Side};
use super::super::profile::Profile;
use super::filter::{Filter, limits};
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::Window;

/// CONV_2D with a filter `[out, height, width, in]`.
pub fn conv2d(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, Conv2DOptions);
    let (geometry, [outputs, height, width, depth]) = Geometry::of_conv2d(call)?;
    let image = Image::of(call, &geometry)?;
    if depth != image.channels {
        let problem = Problem::Shape(format!(
            "its filter reads {depth} channels, the input has {}",
            image.channels
        ));
        return Err(Error::new(
            call.place(),
            problem,
            "ONE has no grouped convolution; give as many",
        ));
    }
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let filter = Filter::of(call, outputs, false, (x, y))?;
    let k = height * width * depth;
    let mut patches = Vec::new();
    let sums = image.rows(outputs, |input, places, sums| {
        patches.clear();
        for place in places {
            match place {
                Some(place) => patches.extend_from_slice(&input[place * depth..][..depth]),
                None => patches.resize(patches.len() + depth, 0),
            }
        }
        dense(k, &patches, &filter.weights, sums);
    });
    let limits = limits(call, y, options.fused_activation_function)?;
    finish(call, &filter, sums, (image.shape(outputs), y, limits))
}

/// DEPTHWISE_CONV_2D with a filter `[1, height, width, out]`.
pub fn depthwise(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let (geometry, [_, height, width, outputs]) = Geometry::of_depthwise(call)?;
    let image = Image::of(call, &geometry)?;
    let inputs = image.channels;
    let multiplier = multiplier(call, outputs, inputs)?;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let filter = Filter::of(call, outputs, true, (x, y))?;
    let taps = (height * width).max(1);
    let sums = image.rows(outputs, |input, places, sums| {
        for (sums, places) in sums.chunks_exact_mut(outputs).zip(places.chunks_exact(taps)) {
            for (tap, place) in places.iter().enumerate() {
                let Some(place) = place else { continue };
                let (x, w) = (&input[place * inputs..], &filter.weights[tap * outputs..]);
                for (channel, sum) in sums.iter_mut().enumerate() {
                    *sum += i64::from(x[channel / multiplier]) * i64::from(w[channel]);
                }
            }
        }
    });
    let limits = limits(call, y, options.fused_activation_function)?;
    finish(call, &filter, sums, (image.shape(outputs), y, limits))
}

/// FULLY_CONNECTED with weights `[out, in]`. onert takes the parameters of the first channel for all, which is right where
/// they have one scale.
pub fn fully_connected(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, FullyConnectedOptions);
    let shape = &call.input(1)?.shape;
    let &[outputs, depth] = shape.as_slice() else {
        let problem = Problem::Rank {
            what: "weights",
            found: shape.clone(),
            expected: 2,
        };
        return Err(Error::new(call.place(), problem, "give [out, in]"));
    };
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let filter = match profile {
        Profile::Onert => Filter::of_first(call, outputs, (x, y))?,
        _ => Filter::of(call, outputs, false, (x, y))?,
    };
    let input = operands::centered(call, 0, x.zero)?;
    let mut sums = vec![0; input.len() / depth.max(1) * outputs];
    dense(depth, &input, &filter.weights, &mut sums);
    let shape = (crate::ops::fully_connected::DEF.shape)(call)?.swap_remove(0);
    let limits = limits(call, y, options.fused_activation_function)?;
    finish(call, &filter, sums, (shape, y, limits))
}

/// Rows of `k` inputs times rows of `k` weights.
fn dense(k: usize, rows: &[i16], weights: &[i16], sums: &mut [i64]) {
    let outputs = weights.len() / k.max(1);
    let sums = sums.chunks_exact_mut(outputs.max(1));
    for (row, sums) in rows.chunks_exact(k.max(1)).zip(sums) {
        for (weights, sum) in weights.chunks_exact(k.max(1)).zip(sums) {
            let products = row.iter().zip(weights);
            // A product of 16 bits has 32.
            let products = products.map(|(x, w)| i64::from(i32::from(*x) * i32::from(*w)));
            *sum = products.sum();
        }
    }
}

/// Bias, rescaling, zero point and clamp.
fn finish(
    call: &Call<'_>,
    filter: &Filter,
    sums: Vec<i64>,
    (shape, y, limits): (Vec<usize>, Side, (i32, i32)),
) -> Result<Vec<Value>> {
    let outputs = filter.rescales.len();
    let (bias, _) = operands::bias(call, 2, outputs)?;
    let made = sums.into_iter().enumerate().map(|(at, sum)| {
        let channel = at % outputs;
        filter.rescales[channel]
            .times(sum + bias[channel])
            .wrapping_add(y.zero)
    });
    Ok(vec![y.value(shape, made, limits)])
}

/// An image under a window.
struct Image {
    data: Vec<i16>,
    batch: usize,
    rows: Window,
    columns: Window,
    channels: usize,
}

impl Image {
    fn of(call: &Call<'_>, geometry: &Geometry) -> Result<Self> {
        let (batch, rows, columns, channels) = geometry.windows(call)?;
        Ok(Self {
            data: operands::centered(call, 0, operands::input(call, 0)?.zero)?,
            batch,
            rows,
            columns,
            channels,
        })
    }

    fn shape(&self, outputs: usize) -> Vec<usize> {
        vec![self.batch, self.rows.output, self.columns.output, outputs]
    }

    /// The sums of all pixels, a row of the output at a time: `add` is given the image, for each pixel and tap the pixel of
    /// the image below it, and zeros for the sums.
    fn rows(&self, outputs: usize, mut add: impl FnMut(&[i16], &[Option<usize>], &mut [i64])) -> Vec<i64> {
        let (rows, columns) = (&self.rows, &self.columns);
        let mut sums = vec![0; self.shape(outputs).iter().product()];
        let mut places = Vec::new();
        for (line, sums) in sums
            .chunks_exact_mut((columns.output * outputs).max(1))
            .enumerate()
        {
            let image = line / rows.output * rows.input;
            places.clear();
            for column in 0..columns.output {
                for i in 0..rows.size {
                    let row = rows.at(line % rows.output, i);
                    places.extend((0..columns.size).map(|j| {
                        let place = row.zip(columns.at(column, j));
                        place.map(|(i, j)| (image + i) * columns.input + j)
                    }));
                }
            }
            add(&self.data, &places, sums);
        }
        sums
    }
}
