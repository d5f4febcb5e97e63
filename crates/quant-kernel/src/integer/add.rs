//! Sums of two tensors of different scales.

use super::lanes::{Lanes, Work};
use super::rescale::{By, Factor, Halves, Limits, Output};
use super::{Elements, Machine};

/// `out = clamp((times(a) ± times(b)) · by + zero)`, with `times(x) = ((x − zero) << left) · factor`; all factors round halves
/// away from zero.
#[derive(Clone, Copy, Debug)]
pub struct Add {
    /// Whether the second is subtracted.
    pub minus: bool,
    /// Zero points of both.
    pub zeros: [i32; 2],
    /// What brings both to one scale.
    pub scaling: Scaling,
    /// The factor of their sum.
    pub by: Factor,
    /// What becomes of it.
    pub output: Output,
    /// What is otherwise in vectors of so many elements: their scaling, and the zero point is added in 16 bits, which wrap. It
    /// is a runtime's number of elements, not that of the machine; what fills none of them is as above.
    pub vectors: Option<(usize, Scaling)>,
}

/// What brings both inputs to one scale.
#[derive(Clone, Copy, Debug)]
pub struct Scaling {
    /// Bits that both are shifted to the left by.
    pub left: i32,
    /// Factors of both.
    pub factors: [Factor; 2],
    /// Whether their shift to the right cuts, and does not round.
    pub cuts: bool,
}

impl Add {
    /// Fills `out`; all are of one length.
    ///
    /// # Panics
    /// They are not.
    pub fn run(&self, machine: Machine, [a, b]: [Elements<'_>; 2], out: &mut [i8]) {
        assert_eq!((a.len(), b.len()), (out.len(), out.len()));
        let whole = self.vectors.map_or(0, |(lanes, _)| out.len() / lanes * lanes);
        let (vectors, rest) = out.split_at_mut(whole);
        if let Some((_, scaling)) = self.vectors {
            let out = vectors;
            machine.dispatch(All {
                add: self,
                scaling,
                wraps: true,
                a,
                b,
                out,
            });
        }
        machine.dispatch(All {
            add: self,
            scaling: self.scaling,
            wraps: false,
            a: a.behind(whole),
            b: b.behind(whole),
            out: rest,
        });
    }
}

struct All<'a> {
    add: &'a Add,
    scaling: Scaling,
    wraps: bool,
    a: Elements<'a>,
    b: Elements<'a>,
    out: &'a mut [i8],
}

impl Work for All<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self {
            add,
            scaling: Scaling { left, factors, cuts },
            wraps,
            a,
            b,
            out,
        } = self;
        let mut by_a = By::splat(lanes, factors[0], Halves::Away);
        let mut by_b = By::splat(lanes, factors[1], Halves::Away);
        if cuts {
            (by_a, by_b) = (by_a.cut(lanes), by_b.cut(lanes));
        }
        let by = By::splat(lanes, add.by, Halves::Away);
        let (zero, half) = (lanes.splat(add.output.zero), lanes.splat(16));
        let limits = Limits::new(
            lanes,
            Output {
                zero: 0,
                ..add.output
            },
        );
        let left = lanes.splat(left);
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
            let mut sum = lanes.add(by.times(lanes, sum), zero);
            if wraps {
                sum = lanes.shift_right(lanes.shift_left(sum, half), half);
            }
            super::rescale::put::<L>(&limits.apply(lanes, sum), out);
        }
    }
}

/// The integers from `at` on; zeros beyond the last.
#[inline(always)]
fn vector<L: Lanes>(lanes: L, bytes: Elements<'_>, at: usize) -> L::I {
    match bytes {
        Elements::Signed(data) => lanes.widen(&taken::<L>(&data[at..])),
        Elements::Unsigned(data) => {
            let signed = lanes.widen(&taken::<L>(pulp::bytemuck::cast_slice(&data[at..])));
            lanes.and(signed, lanes.splat(255))
        }
        Elements::Halves(data) => {
            let mut words = [0i32; 64];
            let some = data[at..].iter().take(L::COUNT);
            words.iter_mut().zip(some).for_each(|(to, q)| *to = i32::from(*q));
            let words: &[L::Words] = pulp::bytemuck::cast_slice(&words[..L::COUNT]);
            lanes.load(&words[0])
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
