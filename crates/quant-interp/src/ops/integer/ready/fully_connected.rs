//! FULLY_CONNECTED of 8-bit integers.

use super::face::{Ready, Room, Scratch, channels, elements, ends, output, rescales};
use super::halves;
use super::sums::AS_THEY_ARE;
use crate::ops::Call;
use crate::ops::fully_connected::{output as output_shape, weights};
use crate::ops::integer::affine::Rescale;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_kernel::integer::{Filters, Machine, Out, Output, packed_product};

/// Packed weights.
struct FullyConnected {
    outputs: usize,
    depth: usize,
    filters: Filters,
    /// Biases and factors of sums that are not rescaled in vectors.
    apart: Option<Vec<(i64, Rescale)>>,
    zero: i16,
    output: Output,
}

/// The longest rows whose sums fit 32 bits, whatever the integers.
const LONGEST: usize = 1 << 15;

/// FULLY_CONNECTED, where the weights are packed.
///
/// # Errors
/// Constants that do not fit.
pub fn fully_connected(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    if let Some(ready) = halves::fully_connected(call, profile)? {
        return Ok(Some(ready));
    }
    let options = options::read!(call, FullyConnectedOptions);
    let [outputs, depth] = weights(call)?;
    let Some((x, y)) = ends(call)? else {
        return Ok(None);
    };
    let (_, zero, per_channel) = operands::filter(call, 1, outputs)?;
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    let wide = wide && call.optional(2).is_some();
    let rescales = rescales(call, profile, (x, y), outputs, wide, per_channel)?;
    let filter = operands::centered(call, 1, zero)?;
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    let (channels, apart) = match channels(&bias, &rescales) {
        Some(channels) => (channels, None),
        None if depth > LONGEST
            || outputs == 0
            || x.zero.unsigned_abs() > 255
            || zero.unsigned_abs() > 255 =>
        {
            return Ok(None);
        }
        None => {
            let apart = bias.into_iter().zip(rescales).collect();
            (vec![AS_THEY_ARE; outputs], Some(apart))
        }
    };
    Ok(Some(Box::new(FullyConnected {
        outputs,
        depth,
        filters: Filters::new(Machine::best(), (1, depth), &filter, &channels),
        apart,
        zero: x.zero as i16,
        output: output(y, limits),
    })))
}

impl Ready for FullyConnected {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        output_shape(call, self.outputs, self.depth)
    }

    fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: Room<'_>) -> Result<()> {
        let (input, out) = ((elements(call, 0)?, self.zero), out.bytes(call)?);
        let (rows, stride) = (out.len() / self.outputs.max(1), self.outputs);
        let Some(apart) = &self.apart else {
            let output = self.output;
            let out = Out::Bytes { output, out, stride };
            packed_product(&self.filters, rows, input, out, &mut scratch.halves);
            return Ok(());
        };
        scratch.words.resize(out.len(), 0);
        let sums = Out::Sums {
            out: &mut scratch.words,
            stride,
        };
        packed_product(&self.filters, rows, input, sums, &mut scratch.halves);
        let Output { zero, low, high } = self.output;
        let rows = out.chunks_exact_mut(self.outputs);
        for (out, sums) in rows.zip(scratch.words.chunks_exact(self.outputs)) {
            for ((to, sum), (bias, rescale)) in out.iter_mut().zip(sums).zip(apart) {
                let sum = sum.wrapping_add(*bias as i32);
                let made = rescale.times(sum.into()).wrapping_add(zero);
                *to = made.max(low).min(high) as i8;
            }
        }
        Ok(())
    }
}
