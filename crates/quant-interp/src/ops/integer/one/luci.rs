//! Operators of luci-interpreter alone, which onert has not in these types: RELU, RELU6, PRELU, TRANSPOSE_CONV, and ADD, MUL,
//! MEAN of 16-bit activations.

use super::super::operands;
use super::super::profile::Profile;
use super::filter::{Filter, limits};
use crate::ops::Call;
use crate::ops::support::padding::window;
use crate::ops::support::{broadcast, options, reduce};
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_schema::ActivationFunctionType as Activation;

/// max(x, 0).
pub fn relu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    clamped(call, Activation::RELU)
}

/// x between 0 and 6.
pub fn relu6(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    clamped(call, Activation::RELU6)
}

fn clamped(call: &Call<'_>, function: Activation) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let by = Multiplier::of(f64::from(x.scale / y.scale));
    let made = operands::integers(call, 0)?;
    let made = made
        .into_iter()
        .map(|q| by.times(q - x.zero).wrapping_add(y.zero));
    let limits = y.activation(call, function)?;
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, limits)])
}

/// The sum of 16-bit integers: 12 bits to spare, the scales in f64.
pub fn add_16(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, AddOptions);
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let twice = 2.0 * f64::from(a.scale.max(b.scale));
    let by_a = Multiplier::of(f64::from(a.scale) / twice);
    let by_b = Multiplier::of(f64::from(b.scale) / twice);
    let by = Multiplier::of(twice / (4096.0 * f64::from(y.scale)));
    let limits = limits(call, y, options.fused_activation_function)?;
    both(call, limits, |p, q| {
        by.times(by_a.times(p << 12) + by_b.times(q << 12))
    })
}

/// The product of 16-bit integers: the scales in f64.
pub fn mul_16(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, MulOptions);
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let by = Multiplier::of(f64::from(a.scale) * f64::from(b.scale) / f64::from(y.scale));
    let limits = limits(call, y, options.fused_activation_function)?;
    both(call, limits, |p, q| by.times(p * q))
}

/// Pairs of elements of two inputs whose zero points are 0, as the output's.
fn both(call: &Call<'_>, limits: (i32, i32), with: impl Fn(i32, i32) -> i32) -> Result<Vec<Value>> {
    let y = operands::output(call, 0)?;
    let zeros = [
        operands::input(call, 0)?.zero,
        operands::input(call, 1)?.zero,
        y.zero,
    ];
    if zeros != [0; 3] {
        let problem = Problem::Parameters("16-bit integers have a zero point".into());
        return Err(Error::new(call.place(), problem, "quantize them symmetrically"));
    }
    let (left, right) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let (shape_a, shape_b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let shape = broadcast::shape(shape_a, shape_b, &call.place())?;
    let made = broadcast::combine((shape_a, &left), (shape_b, &right), &shape, with);
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}

/// The mean of 16-bit images over rows and columns, dimensions kept: rescaled, then divided, halves away from zero.
pub fn mean_16(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let keeps = options::read!(call, ReducerOptions).keep_dims;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (dims, reduced) = (&call.input(0)?.shape, reduce::reduced(call)?);
    if !keeps || reduced != [false, true, true, false] {
        let problem = Problem::NoKernel(
            "16-bit integers have a mean of rows and columns alone, dimensions kept".into(),
        );
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let count = i32::try_from(dims[1] * dims[2]).unwrap_or(i32::MAX).max(1);
    let by = Multiplier::of(f64::from(x.scale) / f64::from(y.scale));
    let sums = reduce::fold(
        dims,
        &reduced,
        &operands::integers(call, 0)?,
        0i32,
        i32::wrapping_add,
    );
    let made = sums.into_iter().map(|sum| {
        let sum = by.times(sum);
        (if sum > 0 { sum + count / 2 } else { sum - count / 2 }) / count
    });
    let made: Vec<i32> = made.collect();
    Ok(vec![y.value(
        reduce::shape(call)?.swap_remove(0),
        made.into_iter(),
        (-32767, 32767),
    )])
}

/// x, or alpha · x below zero; 16-bit alphas have a scale for each channel.
pub fn prelu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (alpha, dtype) = operands::parameters(call, call.op.inputs.get(1).copied().flatten())?;
    let (shape_x, shape_a) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let channels = shape_x.last().copied().unwrap_or(1).max(1);
    let (given, many) = (operands::integers(call, 1)?, alpha.scale.len() > 1);
    if dtype != x.dtype || many && (alpha.scale.len() != channels || given.len() != channels) {
        let problem = Problem::NoKernel("its alphas have parameters of another type or number".into());
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let same = Multiplier::of(f64::from(x.scale / y.scale));
    let below = |scale: &f32| {
        // `getQuantizedConvolutionMultiplers`, and the uint8 kernel, wholly in f32.
        Multiplier::of(if x.dtype == DType::Int16 {
            f64::from(x.scale * scale) / f64::from(y.scale)
        } else {
            f64::from(x.scale * scale / y.scale)
        })
    };
    let below: Vec<Multiplier> = alpha.scale.iter().map(below).collect();
    let zero = |at: usize| {
        alpha
            .zero_point
            .get(at)
            .or(alpha.zero_point.first())
            .copied()
            .unwrap_or(0) as i32
    };
    // The number of an alpha, and with it its parameters, goes with it.
    let numbers: Vec<usize> = (0..given.len()).collect();
    let shape = broadcast::shape(shape_x, shape_a, &call.place())?;
    let input = operands::integers(call, 0)?;
    let made = broadcast::combine(
        (shape_x, &input),
        (shape_a, &numbers),
        &shape,
        |q: i32, at: usize| {
            let (q, channel) = (q - x.zero, if many { at } else { 0 });
            let product = if q >= 0 {
                same.times(q)
            } else {
                below[channel].times(q.wrapping_mul(given[at] - zero(channel)))
            };
            product.wrapping_add(y.zero)
        },
    );
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}

/// TRANSPOSE_CONV with a filter `[out, height, width, in]`: each pixel times the filter is added to the output, then the bias.
pub fn transpose_conv(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, TransposeConvOptions);
    let place = call.place();
    let (filter_shape, image_shape) = (&call.input(1)?.shape, &call.input(2)?.shape);
    let shape = crate::ops::transpose_conv::shape(call)?.swap_remove(0);
    let wrong = || {
        let problem = Problem::Shape(format!(
            "filter {filter_shape:?}, image {image_shape:?} and output {shape:?} do not fit"
        ));
        Error::new(
            place.clone(),
            problem,
            "an output of this shape must convolve to the image's size",
        )
    };
    let (&[outputs, filter_h, filter_w, depth], &[batches, height, width, inputs]) =
        (filter_shape.as_slice(), image_shape.as_slice())
    else {
        return Err(wrong());
    };
    let window = |size, filter, stride| {
        window(options.padding, size, filter, stride, 1).map_err(|error| error.within(&place))
    };
    let rows = window(shape[1], filter_h, options.stride_h)?;
    let columns = window(shape[2], filter_w, options.stride_w)?;
    if depth != inputs || shape[3] != outputs || (rows.output, columns.output) != (height, width) {
        return Err(wrong());
    }
    let (x, y) = (operands::input(call, 2)?, operands::output(call, 0)?);
    let filter = Filter::of(call, outputs, false, (x, y))?;
    let (bias, _) = operands::bias(call, 3, outputs)?;
    let image = operands::centered(call, 2, x.zero)?;
    let mut sums = vec![0i64; shape.iter().product()];
    for (pixel, values) in image
        .chunks_exact(inputs.max(1))
        .enumerate()
        .take(batches * height * width)
    {
        let (column, row) = (pixel % width, pixel / width % height);
        for (i, j) in (0..filter_h).flat_map(|i| (0..filter_w).map(move |j| (i, j))) {
            let (Some(to_row), Some(to_column)) = (rows.at(row, i), columns.at(column, j)) else {
                continue;
            };
            let to = ((pixel / (width * height) * shape[1] + to_row) * shape[2] + to_column) * outputs;
            for (channel, sum) in sums[to..to + outputs].iter_mut().enumerate() {
                let from = ((channel * filter_h + i) * filter_w + j) * inputs;
                let weights = &filter.weights[from..from + inputs];
                *sum += values
                    .iter()
                    .zip(weights)
                    .map(|(x, w)| i64::from(*x) * i64::from(*w))
                    .sum::<i64>();
            }
        }
    }
    let made = sums.iter().enumerate().map(|(at, sum)| {
        let channel = at % outputs;
        filter.rescales[channel]
            .times(sum + bias[channel])
            .wrapping_add(y.zero)
    });
    let limits = limits(call, y, options.fused_activation_function)?;
    Ok(vec![y.value(shape.clone(), made, limits)])
}
