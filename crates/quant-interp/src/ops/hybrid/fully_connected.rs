//! FULLY_CONNECTED: `y = b + f32(Σ w (q − z)) · (s_w · s)`, row by row. An input of zeros alone leaves the bias.
//!
//! [`Profile::Litert`] has another kernel for constant 4-bit weights, [`four_bits`].

use super::four_bits;
use super::input::{self, Rows};
use super::sums;
use super::weights::{self, Weights, unfit};
use crate::ops::conv2d::bias;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use crate::ops::{Call, fully_connected};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{DType, QuantDetails};

/// The kernel.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, FullyConnectedOptions);
    let shape = (fully_connected::DEF.shape)(call)?.swap_remove(0);
    let &[outputs, k] = call.input(1)?.shape.as_slice() else {
        return Err(unfit(call, "its weights are not [out, in]"));
    };
    let (x, bias) = (input::finite(call, 0)?.1, bias(call, 2, outputs)?);
    let tensor = weights::tensor(call, 1)?;
    let packed = profile == Profile::Litert
        && tensor.dtype == DType::Int4
        && call.model.is_const(tensor)
        && k.is_multiple_of(2)
        && (outputs >= 4 && k >= 32);
    let details = weights::parameters(call, 1)?.details.as_ref();
    if let Some(QuantDetails::Blockwise {
        scales, block_size, ..
    }) = details
    {
        if !packed {
            return Err(unfit(
                call,
                "weights in blocks have a kernel in `litert` alone, for 4 outputs or more and an even number of 32 inputs or more",
            ));
        }
        let made = four_bits::blocks(call, (k, outputs), (*scales, *block_size), x, bias)?;
        return Ok(vec![Value::f32(shape, made)]);
    }
    let weights = Weights::of(call, 1, outputs)?;
    let mut made: Vec<f32> = match bias {
        Some(bias) => bias.iter().copied().cycle().take(x.len() / k * outputs).collect(),
        None => vec![0.0; x.len() / k * outputs],
    };
    if packed {
        four_bits::rows(call, k, &weights, x, bias.is_some(), &mut made)?;
    } else if x.iter().any(|x| *x != 0.0) {
        let rows = Rows::of(x, k, options.asymmetric_quantize_inputs);
        accumulate(k, &weights, &rows, &mut made);
    }
    input::activate(call, options.fused_activation_function, &mut made)?;
    Ok(vec![Value::f32(shape, made)])
}

/// `out += f32(Σ w (q − z)) · (s_w · s)`: rows of the input times rows of the weights.
pub fn accumulate(k: usize, weights: &Weights, rows: &Rows, out: &mut [f32]) {
    let outputs = weights.integers.len() / k.max(1);
    let mut sums = vec![0; out.len()];
    sums::products(k, &rows.integers, &weights.integers, &mut sums);
    let of_rows = if rows.zeros.iter().any(|zero| *zero != 0) {
        sums::of_rows(k, &weights.integers)
    } else {
        vec![0; outputs]
    };
    let cells = out
        .chunks_exact_mut(outputs.max(1))
        .zip(sums.chunks_exact(outputs.max(1)));
    for ((out, sums), (scale, zero)) in cells.zip(rows.scales.iter().zip(&rows.zeros)) {
        for (at, (out, sum)) in out.iter_mut().zip(sums).enumerate() {
            let sum = sum.wrapping_sub(of_rows[at].wrapping_mul(*zero));
            let of_channel = weights.scales.get(at).filter(|_| weights.per_channel());
            *out += sum as f32 * (of_channel.unwrap_or(&weights.scales[0]) * scale);
        }
    }
}
