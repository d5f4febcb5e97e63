//! What all forms of CONV_2D and DEPTHWISE_CONV_2D on integers share: shapes, groups, factors.

use super::affine::Rescale;
use super::operands::{self, Side};
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use crate::ops::support::padding::window;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType};
use quant_kernel::Window;
use quant_schema::Padding;

/// How a filter moves over an image.
#[derive(Clone, Copy)]
pub struct Geometry {
    padding: Padding,
    strides: [i32; 2],
    dilations: [i32; 2],
    size: [usize; 2],
}

impl Geometry {
    /// Of CONV_2D, with the shape of its filter.
    pub fn of_conv2d(call: &Call<'_>) -> Result<(Self, [usize; 4])> {
        let options = options::read!(call, Conv2DOptions);
        let filter = dims(call, 1)?;
        let geometry = Self {
            padding: options.padding,
            strides: [options.stride_h, options.stride_w],
            dilations: [options.dilation_h_factor, options.dilation_w_factor],
            size: [filter[1], filter[2]],
        };
        Ok((geometry, filter))
    }

    /// Of DEPTHWISE_CONV_2D, with the shape of its filter.
    pub fn of_depthwise(call: &Call<'_>) -> Result<(Self, [usize; 4])> {
        let options = options::read!(call, DepthwiseConv2DOptions);
        let filter = dims(call, 1)?;
        let geometry = Self {
            padding: options.padding,
            strides: [options.stride_h, options.stride_w],
            dilations: [options.dilation_h_factor, options.dilation_w_factor],
            size: [filter[1], filter[2]],
        };
        Ok((geometry, filter))
    }

    /// Steps between taps along rows (0) or columns (1).
    pub fn dilation(&self, at: usize) -> usize {
        usize::try_from(self.dilations[at]).unwrap_or(0)
    }

    /// Images, how the filter moves down and right, channels.
    pub fn windows(&self, call: &Call<'_>) -> Result<(usize, Window, Window, usize)> {
        let [batch, height, width, channels] = dims(call, 0)?;
        let window = |at: usize, input: usize| -> Result<Window> {
            let (size, stride, dilation) = (self.size[at], self.strides[at], self.dilations[at]);
            let made = window(self.padding, input, size, stride, dilation);
            made.map_err(|error| error.within(call.place()))
        };
        Ok((batch, window(0, height)?, window(1, width)?, channels))
    }

    /// The shape of the output, of so many channels.
    pub fn output(&self, call: &Call<'_>, channels: usize) -> Result<Vec<usize>> {
        let (batch, rows, columns, _) = self.windows(call)?;
        Ok(vec![batch, rows.output, columns.output, channels])
    }
}

/// Whose rule a convolution of so many groups takes: several have the reference kernel alone.
pub fn rule(profile: Profile, groups: usize) -> Profile {
    if groups == 1 || profile.is_even() {
        profile
    } else {
        Profile::LitertReference
    }
}

/// The number of groups: that of the filter's depths in the image's channels.
pub fn groups(call: &Call<'_>, outputs: usize, depth: usize, inputs: usize) -> Result<usize> {
    let groups = inputs
        .checked_div(depth)
        .filter(|groups| groups * depth == inputs && *groups > 0);
    groups
        .filter(|groups| outputs.is_multiple_of(*groups))
        .ok_or_else(|| {
            let problem = Problem::Shape(format!(
                "its filter reads {depth} channels, the input has {inputs}"
            ));
            Error::new(call.place(), problem, "give as many, or a multiple")
        })
}

/// Output channels for each of the image.
pub fn multiplier(call: &Call<'_>, outputs: usize, inputs: usize) -> Result<usize> {
    let multiplier = outputs
        .checked_div(inputs)
        .filter(|each| each * inputs == outputs && *each > 0);
    multiplier.ok_or_else(|| {
        let problem = Problem::Shape(format!("its filter has {outputs} channels, the input {inputs}"));
        Error::new(call.place(), problem, "give the filter a multiple")
    })
}

/// The shape of an image or a filter.
pub fn dims(call: &Call<'_>, index: usize) -> Result<[usize; 4]> {
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
pub fn rescales(
    call: &Call<'_>,
    profile: Profile,
    (x, y): (Side, Side),
    outputs: usize,
    wide: bool,
) -> Result<Vec<Rescale>> {
    let (scales, ..) = operands::filter(call, 1, outputs)?;
    if profile.is_even() {
        return Ok(scales.iter().map(|scale| Rescale::even(x, *scale, y)).collect());
    }
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
