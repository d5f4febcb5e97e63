//! CONV_2D and DEPTHWISE_CONV_2D of 8-bit integers.

use super::face::{Ready, Room, Scratch, channels, elements, ends, inputs, output, same_channels};
use super::halves;
use crate::ops::Call;
use crate::ops::integer::geometry::{self, Geometry};
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_kernel::integer::{Convolution, Depthwise, Filters, Machine, Out, Output, Taps};

/// Filters of CONV_2D, group by group.
struct Conv2d {
    geometry: Geometry,
    depth: usize,
    /// Channels of the image.
    inputs: usize,
    groups: Vec<Filters>,
    zero: i16,
    output: Output,
}

/// CONV_2D, where the filter is packed.
///
/// # Errors
/// Constants that do not fit.
pub fn conv2d(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    if let Some(ready) = halves::conv2d(call, profile)? {
        return Ok(Some(ready));
    }
    let options = options::read!(call, Conv2DOptions);
    let (geometry, [outputs, height, width, depth]) = Geometry::of_conv2d(call)?;
    let (Some((x, y)), Some(inputs)) = (ends(call)?, inputs(call)) else {
        return Ok(None);
    };
    let groups = geometry::groups(call, outputs, depth, inputs)?;
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    let profile = geometry::rule(profile, groups);
    let rescales = geometry::rescales(call, profile, (x, y), outputs, wide)?;
    let Some(channels) = channels(&bias, &rescales) else {
        return Ok(None);
    };
    let filter = operands::centered(call, 1, operands::filter(call, 1, outputs)?.1)?;
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    let runs = Convolution::runs(height, width, geometry.dilation(1), depth);
    let (each, k) = (outputs / groups, height * width * depth);
    let pack = |group: usize| {
        let weights = &filter[group * each * k..][..each * k];
        let channels = &channels[group * each..][..each];
        Filters::new(Machine::best(), runs, weights, channels)
    };
    Ok(Some(Box::new(Conv2d {
        geometry,
        depth,
        inputs,
        groups: (0..groups).map(pack).collect(),
        zero: x.zero as i16,
        output: output(y, limits),
    })))
}

impl Ready for Conv2d {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        let outputs = self.groups.iter().map(|filters| filters.n).sum();
        self.geometry.output(call, outputs)
    }

    fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: Room<'_>) -> Result<()> {
        let out = out.bytes(call)?;
        let (batch, rows, columns, inputs) = self.geometry.windows(call)?;
        same_channels(call, inputs, self.inputs)?;
        let convolution = Convolution {
            batch,
            rows,
            columns,
            channels: inputs,
            depth: self.depth,
            zero: self.zero,
        };
        let input = elements(call, 0)?;
        let outputs: usize = self.groups.iter().map(|filters| filters.n).sum();
        for (group, filters) in self.groups.iter().enumerate() {
            let from = group * filters.n;
            let out = Out::Bytes {
                output: self.output,
                out: &mut out[from..],
                stride: outputs,
            };
            convolution.run(filters, (input, group * self.depth), out, &mut scratch.halves);
        }
        Ok(())
    }
}

/// Taps of DEPTHWISE_CONV_2D.
struct DepthwiseConv2d {
    geometry: Geometry,
    /// Channels of the image.
    inputs: usize,
    outputs: usize,
    taps: Taps,
    zero: i16,
    output: Output,
}

/// DEPTHWISE_CONV_2D, where the filter is packed.
///
/// # Errors
/// Constants that do not fit.
pub fn depthwise(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    if let Some(ready) = halves::depthwise(call, profile)? {
        return Ok(Some(ready));
    }
    let options = options::read!(call, DepthwiseConv2DOptions);
    let (geometry, [first, height, width, outputs]) = Geometry::of_depthwise(call)?;
    let (Some((x, y)), Some(inputs)) = (ends(call)?, inputs(call)) else {
        return Ok(None);
    };
    if first != 1 {
        return Ok(None);
    }
    geometry::multiplier(call, outputs, inputs)?;
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    let rescales = geometry::rescales(call, profile, (x, y), outputs, wide)?;
    let Some(channels) = channels(&bias, &rescales) else {
        return Ok(None);
    };
    let filter = operands::centered(call, 1, operands::filter(call, 1, outputs)?.1)?;
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    Ok(Some(Box::new(DepthwiseConv2d {
        geometry,
        inputs,
        outputs,
        taps: Taps::new(Machine::best(), [height, width], &filter, &channels),
        zero: x.zero as i16,
        output: output(y, limits),
    })))
}

impl Ready for DepthwiseConv2d {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        self.geometry.output(call, self.outputs)
    }

    fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: Room<'_>) -> Result<()> {
        let out = out.bytes(call)?;
        let (batch, rows, columns, inputs) = self.geometry.windows(call)?;
        same_channels(call, inputs, self.inputs)?;
        let depthwise = Depthwise {
            batch,
            rows,
            columns,
            multiplier: self.outputs / self.inputs,
            zero: self.zero,
        };
        let out = Out::Bytes {
            output: self.output,
            out,
            stride: self.outputs,
        };
        depthwise.run(&self.taps, elements(call, 0)?, out, &mut scratch.words);
        Ok(())
    }
}
