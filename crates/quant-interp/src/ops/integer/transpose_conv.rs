//! TRANSPOSE_CONV: each pixel times the filter is added to the output, then the bias.

use super::affine::Rescale;
use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use crate::ops::support::padding::window;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_schema::TensorType;

/// The kernel.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, TransposeConvOptions);
    let place = call.place();
    let (filter_shape, image_shape) = (&call.input(1)?.shape, &call.input(2)?.shape);
    let shape = crate::ops::transpose_conv::shape(call)?.swap_remove(0);
    let (&[outputs, filter_h, filter_w, depth], &[batches, height, width, inputs]) =
        (filter_shape.as_slice(), image_shape.as_slice())
    else {
        let problem = Problem::Shape("filter and image are not of rank 4".into());
        return Err(Error::new(place, problem, "give rank 4"));
    };
    let window = |size, filter, stride| {
        window(options.padding, size, filter, stride, 1).map_err(|error| error.within(&place))
    };
    let rows = window(shape[1], filter_h, options.stride_h)?;
    let columns = window(shape[2], filter_w, options.stride_w)?;
    if depth != inputs || shape[3] != outputs || (rows.output, columns.output) != (height, width) {
        let problem = Problem::Shape(format!(
            "filter {filter_shape:?}, image {image_shape:?} and output {shape:?} do not fit"
        ));
        return Err(Error::new(
            place,
            problem,
            "an output of this shape must convolve to the image's size",
        ));
    }
    let (x, y) = (operands::input(call, 2)?, operands::output(call, 0)?);
    let (scales, zero, _) = operands::filter(call, 1, outputs)?;
    operands::named_bias(call, 3, x, options.quantized_bias_type, profile)?;
    let (bias, wide) = operands::bias(call, 3, outputs)?;
    // Without a bias the options say how wide sums are.
    let wide = wide && (call.optional(3).is_some() || options.quantized_bias_type != TensorType::INT32);
    let factor = |scale: &f32| {
        Multiplier::of(match x.dtype {
            // One scale: the product in f32 (`GetQuantizedConvolutionMultipler`).
            DType::Uint8 => f64::from(x.scale * scale) / f64::from(y.scale),
            _ => f64::from(x.scale) * f64::from(*scale) / f64::from(y.scale),
        })
    };
    let factors: Vec<Multiplier> = scales.iter().map(factor).collect();
    // LiteRT's own vectors: 8 channels, of uint8 16 of all elements.
    let elements = shape.iter().product::<usize>();
    let in_vector = |at: usize| match (profile, x.dtype) {
        (Profile::Litert, DType::Int8 | DType::Int16) => at % outputs < outputs / 8 * 8,
        (Profile::Litert, DType::Uint8) => at < elements / 16 * 16,
        _ => false,
    };
    let (image, filter) = (operands::integers(call, 2)?, operands::integers(call, 1)?);
    let mut sums = vec![0i64; shape.iter().product()];
    for batch in 0..batches {
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let at = ((batch * height + row) * width + column) * inputs;
            let pixels = &image[at..at + inputs];
            for (i, j) in (0..filter_h).flat_map(|i| (0..filter_w).map(move |j| (i, j))) {
                let (Some(to_row), Some(to_column)) = (rows.at(row, i), columns.at(column, j)) else {
                    continue;
                };
                let to = ((batch * shape[1] + to_row) * shape[2] + to_column) * outputs;
                for (channel, sum) in sums[to..to + outputs].iter_mut().enumerate() {
                    let from = ((channel * filter_h + i) * filter_w + j) * inputs;
                    for (pixel, weight) in pixels.iter().zip(&filter[from..from + inputs]) {
                        *sum += i64::from(pixel - x.zero) * i64::from(weight - zero);
                    }
                }
            }
        }
    }
    let made = sums.iter().enumerate().map(|(at, sum)| {
        let channel = at % outputs;
        let by = factors[channel];
        let rescale = match x.dtype {
            _ if profile == Profile::Xnnpack => Rescale::even(x, scales[channel], y),
            DType::Int16 if wide => Rescale::Wide(by),
            _ if in_vector(at) => Rescale::Up(by),
            _ => Rescale::Twice(by),
        };
        rescale.times(sum + bias[channel]).wrapping_add(y.zero)
    });
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    Ok(vec![y.value(shape.clone(), made, limits)])
}
