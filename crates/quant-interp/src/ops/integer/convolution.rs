//! CONV_2D and DEPTHWISE_CONV_2D: sums over taps inside the image of filter times (input − zero point), and the bias.
//!
//! Zero points are taken off first, so that padding is 0. Sums of 8-bit integers fit 32 bits and come from fast loops; those
//! of 16-bit activations are of 64 bits.

use super::affine::Rescale;
use super::operands::{self, Side};
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use crate::ops::support::padding::window;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, DType};
use quant_kernel::{Window, integer};
use quant_schema::{ActivationFunctionType as Activation, Padding, TensorType};

/// CONV_2D with a filter `[out, height, width, in]`.
pub fn conv2d(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, Conv2DOptions);
    let x = operands::input(call, 0)?;
    operands::named_bias(call, 2, x, options.quantized_bias_type, profile)?;
    let [outputs, height, width, depth] = dims(call, 1)?;
    let inputs = dims(call, 0)?[3];
    let geometry = Geometry {
        padding: options.padding,
        strides: [options.stride_h, options.stride_w],
        dilations: [options.dilation_h_factor, options.dilation_w_factor],
        size: [height, width],
    };
    let groups = inputs
        .checked_div(depth)
        .filter(|groups| groups * depth == inputs && *groups > 0);
    let groups = groups
        .filter(|groups| outputs.is_multiple_of(*groups))
        .ok_or_else(|| {
            let problem = Problem::Shape(format!(
                "its filter reads {depth} channels, the input has {inputs}"
            ));
            Error::new(call.place(), problem, "give as many, or a multiple")
        })?;
    let (each, k) = (outputs / groups, height * width * depth);
    // Groups have the reference kernel alone.
    let profile = if groups == 1 {
        profile
    } else {
        Profile::LitertReference
    };
    run(
        call,
        profile,
        &geometry,
        options.fused_activation_function,
        outputs,
        &|row| {
            let mut patches = vec![0i16; row.pixels() * k];
            for group in 0..groups {
                row.patches(depth, inputs, group * depth, &mut patches);
                let filter = &row.filter[group * each * k..][..each * k];
                let mut sums = vec![0i32; row.pixels() * each];
                if row.wide {
                    for (patch, sums) in patches
                        .chunks_exact(k.max(1))
                        .zip(row.sums.chunks_exact_mut(outputs))
                    {
                        for (weights, sum) in filter.chunks_exact(k.max(1)).zip(&mut sums[group * each..]) {
                            let products = patch.iter().zip(weights);
                            *sum += products.map(|(x, w)| i64::from(*x) * i64::from(*w)).sum::<i64>();
                        }
                    }
                    continue;
                }
                integer::product(k, &patches, filter, &mut sums);
                for (to, from) in row.sums.chunks_exact_mut(outputs).zip(sums.chunks_exact(each)) {
                    for (to, from) in to[group * each..].iter_mut().zip(from) {
                        *to += i64::from(*from);
                    }
                }
            }
        },
    )
}

/// DEPTHWISE_CONV_2D with a filter `[1, height, width, out]`.
pub fn depthwise(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let x = operands::input(call, 0)?;
    operands::named_bias(call, 2, x, TensorType::FLOAT32, profile)?;
    let [_, height, width, outputs] = dims(call, 1)?;
    let inputs = dims(call, 0)?[3];
    let geometry = Geometry {
        padding: options.padding,
        strides: [options.stride_h, options.stride_w],
        dilations: [options.dilation_h_factor, options.dilation_w_factor],
        size: [height, width],
    };
    let multiplier = outputs
        .checked_div(inputs)
        .filter(|each| each * inputs == outputs && *each > 0);
    let multiplier = multiplier.ok_or_else(|| {
        let problem = Problem::Shape(format!("its filter has {outputs} channels, the input {inputs}"));
        Error::new(call.place(), problem, "give the filter a multiple")
    })?;
    run(
        call,
        profile,
        &geometry,
        options.fused_activation_function,
        outputs,
        &|row| {
            let places = row.places();
            if multiplier == 1 && !row.wide {
                let mut sums = vec![0i32; row.sums.len()];
                integer::depthwise(outputs, row.input, row.filter, &places, &mut sums);
                for (to, from) in row.sums.iter_mut().zip(sums) {
                    *to += i64::from(from);
                }
                return;
            }
            let taps = height * width;
            for (sums, places) in row
                .sums
                .chunks_exact_mut(outputs)
                .zip(places.chunks_exact(taps.max(1)))
            {
                for (tap, place) in places.iter().enumerate() {
                    let Some(place) = place else { continue };
                    let (x, w) = (&row.input[place * inputs..], &row.filter[tap * outputs..]);
                    for (channel, sum) in sums.iter_mut().enumerate() {
                        *sum += i64::from(x[channel / multiplier]) * i64::from(w[channel]);
                    }
                }
            }
        },
    )
}

struct Geometry {
    padding: Padding,
    strides: [i32; 2],
    dilations: [i32; 2],
    size: [usize; 2],
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
    /// Whether sums need 64 bits.
    wide: bool,
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

fn dims(call: &Call<'_>, index: usize) -> Result<[usize; 4]> {
    let shape = &call.input(index)?.shape;
    shape.as_slice().try_into().map_err(|_| {
        let problem = Problem::Rank {
            what: if index == 0 { "input" } else { "filter" },
            found: shape.clone(),
            expected: 4,
        };
        Error::new(call.place(), problem, "give images")
    })
}

/// How the sums of each output channel are rescaled.
fn rescales(
    call: &Call<'_>,
    profile: Profile,
    (x, y): (Side, Side),
    outputs: usize,
    wide: bool,
) -> Result<Vec<Rescale>> {
    let (scales, ..) = operands::filter(call, 1, outputs)?;
    // Depthwise convolutions have vectors of 8 channels of their own in int8, and the reference kernel's rule in uint8.
    let depthwise = call.op.code.builtin == Builtin::DEPTHWISE_CONV_2D;
    let vectors = match x.dtype {
        DType::Int8 if depthwise => outputs / 8 * 8,
        DType::Uint8 if depthwise => 0,
        _ => outputs,
    };
    let real = |scale: &f32| {
        let (x_scale, y_scale) = (f64::from(x.scale), f64::from(y.scale));
        match x.dtype {
            // One scale: the product in f32 (`GetQuantizedConvolutionMultipler`).
            DType::Uint8 => f64::from(x.scale * scale) / y_scale,
            _ => x_scale * f64::from(*scale) / y_scale,
        }
    };
    let real = scales.iter().map(real);
    let rescale = |(channel, real)| {
        let profile = if channel < vectors {
            profile
        } else {
            Profile::LitertReference
        };
        Rescale::of_convolution(profile, x.dtype, wide, real)
    };
    Ok(real.enumerate().map(rescale).collect())
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
    let [batch, height, width, _] = dims(call, 0)?;
    let window = |at: usize, input: usize| -> Result<Window> {
        let (size, stride, dilation) = (geometry.size[at], geometry.strides[at], geometry.dilations[at]);
        let made = window(geometry.padding, input, size, stride, dilation);
        made.map_err(|error| error.within(call.place()))
    };
    let (rows, columns) = (window(0, height)?, window(1, width)?);
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
            image: image * height * width,
            at: row,
            wide: x.dtype == DType::Int16,
            sums: &mut sums,
        });
        for sums in sums.chunks_exact(outputs.max(1)) {
            let each = sums.iter().zip(&rescales);
            made.extend(each.map(|(sum, rescale)| rescale.times(*sum).wrapping_add(y.zero)));
        }
    }
    let shape = vec![batch, rows.output, columns.output, outputs];
    let limits = y.activation(call, activation)?;
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
