//! Weights in blocks of few bits, as onnxruntime's `MatMulNBits` takes them.
#![allow(clippy::indexing_slicing)] // rows and columns are those of the weight

use quant_numeric::round::half_away_f32;

/// How a weight is cut into blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Bits of an integer: 2, 4 or 8.
    pub bits: u32,
    /// Rows of a block.
    pub size: usize,
    /// Whether the zero point is the middle of the integers.
    pub symmetric: bool,
}

/// A weight of `rows` × `columns` in blocks of a column, column after column.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocked {
    /// Blocks of a column.
    pub blocks: usize,
    /// One integer for each value, column after column, without what fills the last block.
    pub integers: Vec<u8>,
    /// One for each block, column after column. Below zero where the value of the largest magnitude is above it and the
    /// blocks are symmetric.
    pub scales: Vec<f32>,
    /// The same for zero points.
    pub zero_points: Vec<u8>,
}

impl Blocks {
    /// Cuts a weight, row after row in memory.
    pub fn cut(self, weight: &[f32], rows: usize, columns: usize) -> Blocked {
        let blocks = rows.div_ceil(self.size);
        let mut cut = Blocked {
            blocks,
            integers: Vec::with_capacity(weight.len()),
            scales: Vec::with_capacity(blocks * columns),
            zero_points: Vec::with_capacity(blocks * columns),
        };
        let most = ((1_u32 << self.bits) - 1) as f32;
        for column in 0..columns {
            let values: Vec<f32> = (0..rows).map(|row| weight[row * columns + column]).collect();
            for block in values.chunks(self.size) {
                let (scale, zero) = self.params(block);
                let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
                let q = |x: &f32| half_away_f32(x * inverse + zero).clamp(0.0, most) as u8;
                cut.integers.extend(block.iter().map(q));
                cut.scales.push(scale);
                cut.zero_points.push(zero as u8);
            }
        }
        cut
    }

    /// Scale and zero point of a block.
    fn params(self, block: &[f32]) -> (f32, f32) {
        let low = block.iter().copied().fold(0.0, f32::min);
        let high = block.iter().copied().fold(0.0, f32::max);
        let most = ((1_u32 << self.bits) - 1) as f32;
        let middle = (1_u32 << (self.bits - 1)) as f32;
        if self.symmetric {
            let far = if high.abs() >= low.abs() { high } else { low };
            return (far / -middle, middle);
        }
        let scale = (high - low) / most;
        let zero = if scale == 0.0 {
            0.0
        } else {
            (-low / scale + 0.5).floor()
        };
        (scale, zero.clamp(0.0, most))
    }
}

/// Integers of few bits in bytes, the first in the low bits. Each run of `run` of them begins a byte and has room for
/// `room`; what is empty has the bits of `fill`.
pub fn pack(integers: &[u8], bits: u32, run: usize, room: usize, fill: u8) -> Vec<u8> {
    let each = (8 / bits) as usize;
    let mut packed = Vec::new();
    for run in integers.chunks(run.max(1)) {
        for byte in 0..room.div_ceil(each) {
            let mut bits_of = 0_u8;
            for place in 0..each {
                let value = run.get(byte * each + place).copied().unwrap_or(fill);
                bits_of |= value << (bits as usize * place);
            }
            packed.push(bits_of);
        }
    }
    packed
}
