//! Operators of onnxruntime's own that have quantized weights and float activations: float ones with dequantized weights.

use quant_ir::{Result, TensorId};
use quant_lower::Stored;

use super::matrix::fully_connected;
use super::op::{Op, plain};
use super::{dequantized, recurrent};

const AGAIN: &str = "quantize the model again";

/// A size that an attribute says.
fn size(op: &Op<'_>, name: &str, default: i64) -> Result<usize> {
    let said = op.int(name, default)?;
    match usize::try_from(said).ok().filter(|size| *size > 0) {
        Some(size) => Ok(size),
        None => op.refuse(format!("`{name}` is {said}"), AGAIN),
    }
}

/// `bits` bits of a row, from its low ones on.
fn unpacked(row: &[u8], index: usize, bits: usize) -> Option<u8> {
    let bit = index.checked_mul(bits)?;
    let byte = row.get(bit.checked_div(8)?)?;
    let mask = 0xffu8.checked_shr(u32::try_from(8usize.checked_sub(bits)?).ok()?)?;
    Some(byte.checked_shr(u32::try_from(bit % 8).ok()?)? & mask)
}

/// MatMulNBits: weights `[N, K]` in blocks along K, each with a scale and a zero point.
pub(super) fn matmul_nbits(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (n, k) = (size(op, "N", 0)?, size(op, "K", 0)?);
    let (bits, block) = (size(op, "bits", 4)?, size(op, "block_size", 0)?);
    if !matches!(bits, 2 | 4 | 8) || !block.is_multiple_of(8) {
        return op.refuse(
            format!("blocks of {block} elements of {bits} bits"),
            "2, 4 and 8 bits are read, in blocks of a multiple of 8",
        );
    }
    if op.optional(4).is_some() {
        return op.refuse(
            "columns in another order (`g_idx`)",
            "quantize the model without it",
        );
    }
    let x = op.input(0)?;
    let blocks = k.div_ceil(block);
    let packed = op.stored(1)?.id;
    let (Some(bytes), scales) = (op.builder.bytes(packed), op.floats(2)?) else {
        return op.refuse("weights that are computed when the model runs", "give constants");
    };
    let row = blocks.saturating_mul(block).saturating_mul(bits) / 8;
    let of_zeros = blocks.saturating_mul(bits).div_ceil(8);
    let mut zeros = None;
    let mut packed_zeros = None;
    if let Some(zero) = op.optional(3) {
        if op.builder.dtype(zero.id) == quant_ir::DType::Uint8 {
            packed_zeros = op.builder.bytes(zero.id);
        } else {
            zeros = Some(op.floats(3)?);
        }
    }
    let all = n.saturating_mul(blocks);
    let fits = bytes.len() == n.saturating_mul(row)
        && scales.len() == all
        && zeros.as_ref().is_none_or(|zeros| zeros.len() == all)
        && packed_zeros
            .as_ref()
            .is_none_or(|zeros| zeros.len() == n.saturating_mul(of_zeros))
        && (op.optional(3).is_none() || zeros.is_some() || packed_zeros.is_some());
    if !fits {
        return op.refuse(
            format!("weights, scales or zero points of another size than {n} × {k}"),
            AGAIN,
        );
    }
    let middle = match bits {
        2 => 2.0,
        4 => 8.0,
        _ => 128.0,
    };
    let mut floats = Vec::with_capacity(n.saturating_mul(k));
    for (r, (row, scales)) in bytes.chunks(row).zip(scales.chunks(blocks)).enumerate() {
        let packed_zeros = packed_zeros
            .as_ref()
            .and_then(|zeros| zeros.chunks(of_zeros).nth(r));
        let zeros = zeros.as_ref().and_then(|zeros| zeros.chunks(blocks).nth(r));
        for (number, scale) in scales.iter().enumerate() {
            let packed = packed_zeros
                .and_then(|zeros| unpacked(zeros, number, bits))
                .map(f32::from);
            let zero = packed.or_else(|| zeros?.get(number).copied()).unwrap_or(middle);
            let from = number.saturating_mul(block);
            let parts = from..k.min(from.saturating_add(block));
            floats.extend(parts.map(|at| (f32::from(unpacked(row, at, bits).unwrap_or(0)) - zero) * scale));
        }
    }
    let name = op.part("weights");
    let weights = op.builder.floats(&name, &[n, k], &floats)?;
    let bias = op.optional(5).map(|bias| bias.id);
    Ok(plain(fully_connected(op, x, weights, bias, None)?))
}

/// DynamicQuantizeLSTM: weights `[directions, size, 4 · hidden]` with a scale for each direction, or for each of its gates.
pub(super) fn lstm(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let w = gates(op, "w", 1, 8)?;
    let r = gates(op, "r", 2, 10)?;
    let mut inputs: Vec<Option<Stored>> = (0..8).map(|index| op.optional(index)).collect();
    for (slot, id) in inputs.iter_mut().skip(1).zip([w, r]) {
        *slot = plain(id).first().copied();
    }
    let (node, opset) = (op.node, op.opset);
    recurrent::lstm(&mut Op::new(node, opset.max(7), inputs, op.builder))
}

/// Weights as LSTM has them.
fn gates(op: &mut Op<'_>, part: &str, index: usize, scale: usize) -> Result<TensorId> {
    let id = op.stored(index)?.id;
    let (dtype, shape) = (op.builder.dtype(id), op.builder.shape(id));
    let scales = op.floats(scale)?;
    let zeros = match op.optional(scale.saturating_add(1)) {
        Some(zero) => {
            let dtype = op.builder.dtype(zero.id);
            let bytes = op.builder.bytes(zero.id).unwrap_or_default();
            dequantized::integers(dtype, &bytes).unwrap_or_default()
        }
        None => vec![0; scales.len()],
    };
    let bytes = op.builder.bytes(id).unwrap_or_default();
    let (Some(integers), &[directions, size, gates]) =
        (dequantized::integers(dtype, &bytes), shape.as_slice())
    else {
        return op.refuse("weights that are no constant of 8 bits", AGAIN);
    };
    // Each gate of each direction as a channel of its own, one behind the other.
    let each = directions.saturating_mul(gates);
    let spread = |count: usize| {
        (count == directions)
            .then_some(gates)
            .or((count == each).then_some(1))
    };
    let (Some(repeat), true) = (spread(scales.len()), zeros.len() == scales.len()) else {
        return op.refuse(
            format!("{} scales for weights of shape {shape:?}", scales.len()),
            AGAIN,
        );
    };
    let channel = |at: usize| {
        let gate = at.checked_rem(gates)?;
        let direction = at.checked_div(gates.checked_mul(size)?)?;
        direction
            .checked_mul(gates)?
            .checked_add(gate)?
            .checked_div(repeat)
    };
    let mut floats = Vec::with_capacity(integers.len());
    for (at, q) in integers.iter().enumerate() {
        let found = channel(at).and_then(|at| Some((zeros.get(at)?, scales.get(at)?)));
        let Some((zero, scale)) = found else {
            return op.refuse(format!("weights of shape {shape:?}"), AGAIN);
        };
        floats.push(dequantized::float(*q, *zero, *scale));
    }
    let name = op.part(part);
    let id = op.builder.floats(&name, &shape, &floats)?;
    let name = op.part(&format!("{part}_gates"));
    op.builder.transpose_named(id, &[0, 2, 1], &name)
}
