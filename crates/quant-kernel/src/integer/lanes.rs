//! The vectors that integer kernels are written in.

use pulp::NullaryFnOnce;
use pulp::bytemuck::Pod;

/// Vectors of 32-bit integers of one instruction set. Arithmetic wraps.
pub(super) trait Lanes: Copy + Send + Sync {
    /// As many words.
    type Words: Pod;
    /// As many bytes.
    type Bytes: Pod;
    /// A vector in a register.
    type I: Copy;
    /// Words in a vector.
    const COUNT: usize;
    /// Rows of the highest tile: its sums, of two vectors a row, stay in registers.
    const ROWS: usize;

    /// Runs `f` with the instruction set switched on.
    fn vectorize<F: NullaryFnOnce>(self, f: F) -> F::Output;
    fn load(self, words: &Self::Words) -> Self::I;
    fn store(self, x: Self::I, words: &mut Self::Words);
    fn splat(self, x: i32) -> Self::I;
    /// Signed bytes.
    fn widen(self, bytes: &Self::Bytes) -> Self::I;
    /// The lowest byte of each.
    fn narrow(self, x: Self::I) -> Self::Bytes;
    /// `sum` + products of the lower halves + products of the upper halves, signed.
    fn madd(self, a: Self::I, b: Self::I, sum: Self::I) -> Self::I;
    fn add(self, a: Self::I, b: Self::I) -> Self::I;
    fn sub(self, a: Self::I, b: Self::I) -> Self::I;
    fn and(self, a: Self::I, b: Self::I) -> Self::I;
    fn max(self, a: Self::I, b: Self::I) -> Self::I;
    fn min(self, a: Self::I, b: Self::I) -> Self::I;
    /// Zero where 32 and more are shifted.
    fn shift_left(self, x: Self::I, by: Self::I) -> Self::I;
    /// By less than 32, with the sign.
    fn shift_right(self, x: Self::I, by: Self::I) -> Self::I;
    /// The highest bit of each as 0 or 1.
    fn highest_bit(self, x: Self::I) -> Self::I;
    /// The highest bit of each as 0 or −1.
    fn sign(self, x: Self::I) -> Self::I;
    /// `(x·by + 2³⁰) >> 31` in 64 bits, for `by` not below 0; `odd` is [`Lanes::odd`] of `by`.
    fn high_product(self, x: Self::I, by: Self::I, odd: Self::I) -> Self::I;
    /// `x·by` in f32, `by` being the bits of one, halves to even, between −2¹⁵ and 2¹⁵ − 1.
    fn even_product(self, x: Self::I, by: Self::I) -> Self::I;
    /// Each odd word in the place of the even one before it.
    fn odd(self, x: Self::I) -> Self::I;
}

/// What is done in vectors.
pub(super) trait Work {
    /// What it makes.
    type Output;
    /// Does it; called where the instruction set is switched on.
    fn run<L: Lanes>(self, lanes: L) -> Self::Output;
}
