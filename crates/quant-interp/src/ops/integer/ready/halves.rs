//! CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of 16-bit activations.

use super::face::{Ready, Room, Scratch, elements, inputs, output, same_channels};
use super::sums::{AS_THEY_ARE, Finish, alone, ends, pieces};
use crate::ops::Call;
use crate::ops::fully_connected::{output as output_shape, weights};
use crate::ops::integer::geometry::{self, Geometry};
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_kernel::integer::{Convolution, Depthwise, Filters, Machine, Out, Taps, packed_product};
use quant_schema::TensorType;

/// Filters of CONV_2D: of each piece, group by group.
struct Conv2d {
    geometry: Geometry,
    depth: usize,
    inputs: usize,
    pieces: Vec<Vec<Filters>>,
    finish: Finish,
}

/// CONV_2D, where the filter is packed.
///
/// # Errors
/// Constants that do not fit.
pub fn conv2d(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    let options = options::read!(call, Conv2DOptions);
    let (geometry, [outputs, height, width, depth]) = Geometry::of_conv2d(call)?;
    let (Some((x, y)), Some(inputs)) = (ends(call)?, inputs(call)) else {
        return Ok(None);
    };
    if profile.is_even() || outputs * depth * height * width == 0 {
        return Ok(None);
    }
    operands::named_bias(call, 2, x, options.quantized_bias_type, profile)?;
    let groups = geometry::groups(call, outputs, depth, inputs)?;
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    let profile = geometry::rule(profile, groups);
    let rescales = geometry::rescales(call, profile, (x, y), outputs, wide)?;
    let filter = operands::centered(call, 1, operands::filter(call, 1, outputs)?.1)?;
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    let runs = Convolution::runs(height, width, geometry.dilation(1), depth);
    let (each, k) = (outputs / groups, height * width * depth);
    let of_groups = |filter: &[i16]| {
        let of_group = filter.chunks_exact(each * k);
        let pack = |weights| Filters::new(Machine::best(), runs, weights, &vec![AS_THEY_ARE; each]);
        of_group.map(pack).collect()
    };
    let pieces = pieces(k, &filter);
    Ok(Some(Box::new(Conv2d {
        geometry,
        depth,
        inputs,
        pieces: pieces
            .iter()
            .map(|columns| of_groups(&alone(k, &filter, columns)))
            .collect(),
        finish: Finish::new(bias.into_iter().zip(rescales).collect(), true, output(y, limits)),
    })))
}

impl Ready for Conv2d {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        self.geometry.output(call, self.finish.count())
    }

    fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: Room<'_>) -> Result<()> {
        let (batch, rows, columns, inputs) = self.geometry.windows(call)?;
        same_channels(call, inputs, self.inputs)?;
        let (input, out) = (elements(call, 0)?, out.halves(call)?);
        let convolution = Convolution {
            batch,
            rows,
            columns,
            channels: inputs,
            depth: self.depth,
            zero: 0,
        };
        let stride = self.finish.count();
        self.finish
            .run(self.pieces.len(), scratch, out, |piece, scratch, sums| {
                for (group, filters) in self.pieces[piece].iter().enumerate() {
                    let out = &mut sums[group * filters.n..];
                    let input = (input, group * self.depth);
                    convolution.run(filters, input, Out::Sums { out, stride }, &mut scratch.halves);
                }
                Ok(())
            })
    }
}

/// Taps of DEPTHWISE_CONV_2D.
struct DepthwiseConv2d {
    geometry: Geometry,
    inputs: usize,
    taps: Taps,
    finish: Finish,
}

/// DEPTHWISE_CONV_2D, where the filter is packed and sums fit 32 bits.
///
/// # Errors
/// Constants that do not fit.
pub fn depthwise(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let (geometry, [first, height, width, outputs]) = Geometry::of_depthwise(call)?;
    let (Some((x, y)), Some(inputs)) = (ends(call)?, inputs(call)) else {
        return Ok(None);
    };
    let taps = height * width;
    if profile.is_even() || first != 1 || outputs * taps == 0 {
        return Ok(None);
    }
    operands::named_bias(call, 2, x, TensorType::FLOAT32, profile)?;
    geometry::multiplier(call, outputs, inputs)?;
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    let rescales = geometry::rescales(call, profile, (x, y), outputs, wide)?;
    let filter = operands::centered(call, 1, operands::filter(call, 1, outputs)?.1)?;
    let of_channel = |channel| filter.iter().skip(channel).step_by(outputs).copied();
    let by_channel: Vec<i16> = (0..outputs).flat_map(of_channel).collect();
    if pieces(taps, &by_channel).len() > 1 {
        return Ok(None);
    }
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    let channels = vec![AS_THEY_ARE; outputs];
    Ok(Some(Box::new(DepthwiseConv2d {
        geometry,
        inputs,
        taps: Taps::new(Machine::best(), [height, width], &filter, &channels),
        finish: Finish::new(bias.into_iter().zip(rescales).collect(), true, output(y, limits)),
    })))
}

impl Ready for DepthwiseConv2d {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        self.geometry.output(call, self.finish.count())
    }

    fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: Room<'_>) -> Result<()> {
        let (batch, rows, columns, inputs) = self.geometry.windows(call)?;
        same_channels(call, inputs, self.inputs)?;
        let (input, out) = (elements(call, 0)?, out.halves(call)?);
        let stride = self.finish.count();
        let depthwise = Depthwise {
            batch,
            rows,
            columns,
            multiplier: stride / self.inputs,
            zero: 0,
        };
        self.finish.run(1, scratch, out, |_, scratch, sums| {
            let out = Out::Sums { out: sums, stride };
            depthwise.run(&self.taps, input, out, &mut scratch.words);
            Ok(())
        })
    }
}

/// Packed weights, piece by piece.
struct FullyConnected {
    depth: usize,
    pieces: Vec<Filters>,
    finish: Finish,
}

/// FULLY_CONNECTED, where the weights are packed.
///
/// # Errors
/// Constants that do not fit.
pub fn fully_connected(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    let options = options::read!(call, FullyConnectedOptions);
    let [outputs, depth] = weights(call)?;
    let Some((x, y)) = ends(call)? else {
        return Ok(None);
    };
    if profile.is_even() || outputs * depth == 0 {
        return Ok(None);
    }
    if profile == Profile::LitertReference {
        operands::named_bias(call, 2, x, options.quantized_bias_type, profile)?;
    }
    let (_, zero, per_channel) = operands::filter(call, 1, outputs)?;
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    // Where there is none, the options say which one there would be.
    let wide = wide && (call.optional(2).is_some() || options.quantized_bias_type == TensorType::INT64);
    let rescales = super::face::rescales(call, profile, (x, y), outputs, wide, per_channel)?;
    let filter = operands::centered(call, 1, zero)?;
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    let pack = |weights: &[i16]| {
        let channels = vec![AS_THEY_ARE; outputs];
        Filters::new(Machine::best(), (1, depth), weights, &channels)
    };
    let pieces = pieces(depth, &filter);
    Ok(Some(Box::new(FullyConnected {
        depth,
        pieces: pieces
            .iter()
            .map(|columns| pack(&alone(depth, &filter, columns)))
            .collect(),
        finish: Finish::new(bias.into_iter().zip(rescales).collect(), wide, output(y, limits)),
    })))
}

impl Ready for FullyConnected {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        output_shape(call, self.finish.count(), self.depth)
    }

    fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: Room<'_>) -> Result<()> {
        let (input, out) = (elements(call, 0)?, out.halves(call)?);
        let stride = self.finish.count();
        self.finish
            .run(self.pieces.len(), scratch, out, |piece, scratch, sums| {
                let (rows, out) = (sums.len() / stride, Out::Sums { out: sums, stride });
                packed_product(&self.pieces[piece], rows, (input, 0), out, &mut scratch.halves);
                Ok(())
            })
    }
}
