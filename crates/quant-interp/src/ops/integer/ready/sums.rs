//! What 16-bit activations have in common: sums of products in 32 bits, as many as surely fit, then the sums of the file.

use super::face::Scratch;
use crate::ops::Call;
use crate::ops::integer::affine::Rescale;
use crate::ops::integer::operands::{self, Side};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_kernel::integer::{Channel, Factor, Halves, Output, Wide};
use std::ops::Range;

/// The most that weights may sum up to, without their signs, so that their products with any integers of 16 bits fit a sum of
/// 32: 2¹⁵ · (2¹⁶ − 1) < 2³¹.
const MOST: u32 = (1 << 16) - 1;

/// A channel whose sums are taken as they are.
pub const AS_THEY_ARE: Channel = Channel {
    bias: 0,
    factor: Factor {
        mantissa: 0,
        exponent: 0,
    },
    halves: Halves::Up,
};

/// Scale and zero point of both ends, where both are of 16 bits and the input's zero point is 0.
pub fn ends(call: &Call<'_>) -> Result<Option<(Side, Side)>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let halves = (x.dtype, y.dtype) == (DType::Int16, DType::Int16);
    Ok((halves && x.zero == 0).then_some((x, y)))
}

/// Cuts filters `[n, k]` into columns whose sums fit 32 bits, mostly one piece.
pub fn pieces(k: usize, weights: &[i16]) -> Vec<Range<usize>> {
    let size = |w: &i16| u32::from(w.unsigned_abs());
    let rows = || weights.chunks_exact(k.max(1));
    if rows().all(|row| row.iter().map(|w| u64::from(size(w))).sum::<u64>() <= u64::from(MOST)) {
        return std::iter::once(0..k).collect();
    }
    let (mut made, mut from) = (Vec::new(), 0);
    let mut sums = vec![0; rows().len()];
    for column in 0..k {
        let added = rows().zip(&sums).map(|(row, sum)| sum + size(&row[column]));
        let added: Vec<u32> = added.collect();
        if added.iter().all(|sum| *sum <= MOST) {
            sums = added;
            continue;
        }
        made.push(from..column);
        from = column;
        sums = rows().map(|row| size(&row[column])).collect();
    }
    made.push(from..k);
    made
}

/// Filters `[n, k]` with zeros in all columns but those.
pub fn alone(k: usize, weights: &[i16], columns: &Range<usize>) -> Vec<i16> {
    let mut made = vec![0; weights.len()];
    for (to, from) in made.chunks_exact_mut(k).zip(weights.chunks_exact(k)) {
        to[columns.clone()].copy_from_slice(&from[columns.clone()]);
    }
    made
}

/// What becomes of sums: bias, factor, zero point, limits.
pub struct Finish {
    channels: Vec<(i64, Rescale)>,
    /// Whether sums are of 64 bits, else of 32.
    wide: bool,
    output: Output,
    /// The channels, where all have such a factor.
    in_vectors: Option<Wide>,
}

impl Finish {
    /// A bias and a factor for each channel; whether sums are of 64 bits, else of 32.
    pub fn new(channels: Vec<(i64, Rescale)>, wide: bool, output: Output) -> Self {
        let mut in_vectors = wide.then(Wide::default);
        for (bias, rescale) in &channels {
            in_vectors = match (in_vectors, rescale) {
                (Some(mut all), Rescale::Wide(by)) => {
                    let (mantissa, right) = by.wide();
                    all.push(*bias, mantissa, right);
                    Some(all)
                }
                _ => None,
            };
        }
        Self {
            channels,
            wide,
            output,
            in_vectors,
        }
    }

    /// Channels.
    pub fn count(&self) -> usize {
        self.channels.len()
    }

    /// Fills `out`; `sums` adds those of a piece to nothing, into what it is given.
    ///
    /// # Errors
    /// What `sums` says.
    pub fn run(
        &self,
        pieces: usize,
        scratch: &mut Scratch,
        out: &mut [i16],
        mut sums: impl FnMut(usize, &mut Scratch, &mut [i32]) -> Result<()>,
    ) -> Result<()> {
        let mut of_piece = std::mem::take(&mut scratch.sums);
        of_piece.resize(out.len(), 0);
        let mut total = vec![0i64; if pieces > 1 { out.len() } else { 0 }];
        let mut made = Ok(());
        for piece in 0..pieces {
            made = made.and_then(|()| sums(piece, scratch, &mut of_piece));
            total
                .iter_mut()
                .zip(&of_piece)
                .for_each(|(total, sum)| *total += i64::from(*sum));
        }
        let n = self.channels.len().max(1);
        if pieces > 1 {
            let rows = out.chunks_exact_mut(n).zip(total.chunks_exact(n));
            rows.for_each(|(out, sums)| self.row(sums.iter().copied(), out));
        } else if let Some(wide) = &self.in_vectors {
            wide.run(&of_piece, self.output, out);
        } else {
            let rows = out.chunks_exact_mut(n).zip(of_piece.chunks_exact(n));
            rows.for_each(|(out, sums)| self.row(sums.iter().map(|sum| i64::from(*sum)), out));
        }
        scratch.sums = of_piece;
        made
    }

    #[inline]
    fn row(&self, sums: impl Iterator<Item = i64>, out: &mut [i16]) {
        let Output { zero, low, high } = self.output;
        for ((to, sum), (bias, rescale)) in out.iter_mut().zip(sums).zip(&self.channels) {
            let sum = bias.wrapping_add(sum);
            let sum = if self.wide { sum } else { i64::from(sum as i32) };
            *to = rescale.times(sum).wrapping_add(zero).max(low).min(high) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_what_fits() {
        // 600 columns of the largest weight of 8 bits are 76,800 in all.
        let mut weights = vec![1i16; 3 * 600];
        weights[600..1200].fill(-128);
        assert_eq!(pieces(600, &weights[..600]), std::slice::from_ref(&(0..600)));
        assert_eq!(pieces(600, &weights), [0..511, 511..600]);
        assert_eq!(pieces(600, &vec![255; 600]), [0..257, 257..514, 514..600]);
        assert_eq!(pieces(2, &[i16::MIN, i16::MIN]), [0..1, 1..2]);
        let columns = alone(4, &[1, 2, 3, 4, 5, 6, 7, 8], &(1..3));
        assert_eq!(columns, [0, 2, 3, 0, 0, 6, 7, 0]);
    }
}
