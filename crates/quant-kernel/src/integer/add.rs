//! Sums of two tensors of different scales.

use super::lanes::{Lanes, Work};
use super::rescale::{By, Factor, Halves, Limits, Output};
use super::{Bytes, Machine};

/// `out = clamp((times(a) ± times(b)) · by + zero)`, with `times(x) = ((x − zero) << left) · factor`; all factors round halves
/// away from zero.
#[derive(Clone, Copy, Debug)]
pub struct Add {
    /// Whether the second is subtracted.
    pub minus: bool,
    /// Zero points of both.
    pub zeros: [i32; 2],
    /// Bits that both are shifted to the left by.
    pub left: i32,
    /// Factors of both.
    pub factors: [Factor; 2],
    /// The factor of their sum.
    pub by: Factor,
    /// What becomes of it.
    pub output: Output,
}

impl Add {
    /// Fills `out`; all are of one length.
    ///
    /// # Panics
    /// They are not.
    pub fn run(&self, machine: Machine, [a, b]: [Bytes<'_>; 2], out: &mut [i8]) {
        assert_eq!((a.len(), b.len()), (out.len(), out.len()));
        machine.dispatch(All { add: self, a, b, out });
    }
}

struct All<'a> {
    add: &'a Add,
    a: Bytes<'a>,
    b: Bytes<'a>,
    out: &'a mut [i8],
}

impl Work for All<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { add, a, b, out } = self;
        let by_a = By::splat(lanes, add.factors[0], Halves::Away);
        let by_b = By::splat(lanes, add.factors[1], Halves::Away);
        let by = By::splat(lanes, add.by, Halves::Away);
        let limits = Limits::new(lanes, add.output);
        let left = lanes.splat(add.left);
        let zeros = [lanes.splat(add.zeros[0]), lanes.splat(add.zeros[1])];
        for (at, out) in out.chunks_mut(L::COUNT).enumerate() {
            let p = lanes.shift_left(lanes.sub(vector(lanes, a, at * L::COUNT), zeros[0]), left);
            let q = lanes.shift_left(lanes.sub(vector(lanes, b, at * L::COUNT), zeros[1]), left);
            let (p, q) = (by_a.times(lanes, p), by_b.times(lanes, q));
            let sum = if add.minus {
                lanes.sub(p, q)
            } else {
                lanes.add(p, q)
            };
            super::rescale::put::<L>(&limits.apply(lanes, by.times(lanes, sum)), out);
        }
    }
}

/// The integers from `at` on; zeros beyond the last.
#[inline(always)]
fn vector<L: Lanes>(lanes: L, bytes: Bytes<'_>, at: usize) -> L::I {
    match bytes {
        Bytes::Signed(data) => lanes.widen(&taken::<L>(&data[at..])),
        Bytes::Unsigned(data) => {
            let signed = lanes.widen(&taken::<L>(pulp::bytemuck::cast_slice(&data[at..])));
            lanes.and(signed, lanes.splat(255))
        }
    }
}

#[inline(always)]
fn taken<L: Lanes>(data: &[i8]) -> L::Bytes {
    if let Some(whole) = data.get(..L::COUNT) {
        return *pulp::bytemuck::from_bytes(pulp::bytemuck::cast_slice(whole));
    }
    let mut some: L::Bytes = pulp::bytemuck::Zeroable::zeroed();
    let bytes: &mut [i8] = pulp::bytemuck::cast_slice_mut(pulp::bytemuck::bytes_of_mut(&mut some));
    bytes[..data.len()].copy_from_slice(data);
    some
}
