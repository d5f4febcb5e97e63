//! The filters of a group of a convolution, packed for a kernel.

use quant_kernel::eigen::Filters;
use quant_kernel::{Clamp, Convolution, Packed, Range};

/// A kernel of convolutions with its packed filters.
pub trait Group: Send + Sync + Sized + 'static {
    /// Packs `weights[outputs, k]` and a bias for each output channel, or none.
    fn new(outputs: usize, k: usize, weights: &[f32], bias: Option<&[f32]>) -> Self;

    /// Whether rows have the same bits when others are computed without them.
    const BY_ROWS: bool;

    /// Output channels.
    fn outputs(&self) -> usize;

    /// Fills `out[batch, rows, columns, outputs]` and tells its range.
    fn run(&self, shape: &Convolution, clamp: Clamp, input: &[f32], out: &mut [f32], threads: usize)
    -> Range;
}

impl Group for Packed {
    const BY_ROWS: bool = true;

    fn new(outputs: usize, k: usize, weights: &[f32], bias: Option<&[f32]>) -> Self {
        Self::new(outputs, k, weights, bias)
    }

    fn outputs(&self) -> usize {
        self.n
    }

    fn run(
        &self,
        shape: &Convolution,
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        shape.run(self, clamp, input, out, threads)
    }
}

/// Products that are rounded before they are added ([`Packed::separate`]).
pub struct Separate(Packed);

impl Group for Separate {
    const BY_ROWS: bool = true;

    fn new(outputs: usize, k: usize, weights: &[f32], bias: Option<&[f32]>) -> Self {
        Self(Packed::new(outputs, k, weights, bias).separate())
    }

    fn outputs(&self) -> usize {
        self.0.n
    }

    fn run(
        &self,
        shape: &Convolution,
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        shape.run(&self.0, clamp, input, out, threads)
    }
}

impl Group for Filters {
    const BY_ROWS: bool = false;

    fn new(outputs: usize, k: usize, weights: &[f32], bias: Option<&[f32]>) -> Self {
        Self::new(outputs, k, weights, bias)
    }

    fn outputs(&self) -> usize {
        self.n
    }

    fn run(
        &self,
        shape: &Convolution,
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        self.convolve(shape, clamp, input, out, threads)
    }
}
