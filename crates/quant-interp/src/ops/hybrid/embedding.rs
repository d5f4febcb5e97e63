//! EMBEDDING_LOOKUP: rows of a table of integers, times their scale.

use super::four_bits::of_blocks;
use super::weights::{self, Weights, unfit};
use crate::ops::integer::profile::Profile;
use crate::ops::support::places;
use crate::ops::{Call, embedding_lookup};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{DType, QuantDetails};

/// The kernel.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let shape = (embedding_lookup::DEF.shape)(call)?.swap_remove(0);
    let rows = call.input(1)?.shape.first().copied().unwrap_or(0);
    let size: usize = shape[1..].iter().product();
    let tensor = weights::tensor(call, 1)?;
    // Rows begin where a byte does: one whose first integer stands within a byte is read from its beginning.
    let together = match tensor.dtype {
        DType::Int2 => 4,
        DType::Int4 => 2,
        _ => 1,
    };
    let details = weights::parameters(call, 1)?.details.as_ref();
    let (integers, scales, block) = if let Some(QuantDetails::Blockwise {
        scales, block_size, ..
    }) = details
    {
        let scales = of_blocks(call, *scales)?;
        let block = usize::try_from(*block_size)
            .ok()
            .filter(|block| *block > 0 && size.is_multiple_of(*block));
        let block = block.filter(|block| {
            tensor.dtype == DType::Int4 && shape.len() == 2 && scales.len() == rows * (size / block)
        });
        let block = block.ok_or_else(|| {
            unfit(
                call,
                "blocks have a kernel for 4-bit tables [rows, n], n a multiple of the block",
            )
        })?;
        (weights::integers(call, 1)?, scales, block)
    } else {
        let Weights { integers, scales } = Weights::of(call, 1, rows)?;
        (integers, scales, size)
    };
    let mut made = Vec::with_capacity(shape.iter().product());
    for index in call.ints(0)? {
        let row = places::index(index, rows, &call.place())?;
        let begin = row * size / together * together;
        for (at, q) in integers[begin..][..size].iter().enumerate() {
            let scale = if scales.len() == 1 {
                scales[0]
            } else {
                scales[row * size.checked_div(block).unwrap_or(1) + at / block]
            };
            made.push(f32::from(*q) * scale);
        }
    }
    Ok(vec![Value::f32(shape, made)])
}
