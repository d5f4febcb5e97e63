//! From sums of 32 bits to integers of 8, in registers.

use super::lanes::Lanes;

/// A factor `mantissa · 2^(exponent − 31)`; the mantissa is not negative, the exponent not below −31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// 2³⁰ … 2³¹ − 1, or any smaller one.
    pub mantissa: i32,
    /// Bits to the left, which come first and wrap; below zero to the right, which come last and round.
    pub exponent: i32,
}

/// How products are rounded: where halves go in the shift to the right, before which they always go up, or in f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halves {
    /// Away from zero.
    Away,
    /// Up.
    Up,
    /// To even, of one product in f32: the mantissa has the bits of the factor, a float not below 0. What is beyond 16 bits is
    /// the nearest integer that is not. All channels of a kernel have this rule, or none.
    Even,
}

/// An output channel.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    /// What sums begin with.
    pub bias: i32,
    /// What they are multiplied with.
    pub factor: Factor,
    /// How the product is rounded.
    pub halves: Halves,
}

/// What becomes of rescaled sums: the zero point is added, then they are clamped, then cut to 8 bits.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The zero point.
    pub zero: i32,
    /// The lowest integer.
    pub low: i32,
    /// The highest integer; it wins over the lowest.
    pub high: i32,
}

/// Words a channel, as [`words`] lists them.
pub(super) const WORDS: usize = 5;

/// A channel for the vectors: bias, mantissa, bits to the left, bits to the right, and −1 where halves of negative numbers
/// go down, 1 where they go to even.
pub(super) fn words(channel: Channel) -> [i32; WORDS] {
    let Factor { mantissa, exponent } = channel.factor;
    if channel.halves == Halves::Even {
        return [channel.bias, mantissa, 0, 0, 1];
    }
    let right = -exponent.clamp(-31, 0);
    let away = channel.halves == Halves::Away && right > 0;
    [
        channel.bias,
        mantissa.max(0),
        exponent.max(0),
        right,
        -i32::from(away),
    ]
}

/// The factors of a vector of channels.
#[derive(Clone, Copy)]
pub(super) struct By<L: Lanes> {
    mantissa: L::I,
    odd: L::I,
    left: L::I,
    right: L::I,
    /// Brings the highest bit that is shifted out to the top.
    rest: L::I,
    away: L::I,
    even: bool,
}

impl<L: Lanes> By<L> {
    /// From the words of the channels, one vector each; the first, their biases, is skipped.
    #[inline(always)]
    pub fn load(lanes: L, words: &[L::Words]) -> Self {
        let [_, mantissa, left, right, away] = words else {
            unreachable!("a vector of channels has five vectors of words")
        };
        let even = pulp::bytemuck::bytes_of(away).first() == Some(&1);
        // One by one: an array's `map` would be a function that the instruction set is not switched on for.
        let (mantissa, left) = (lanes.load(mantissa), lanes.load(left));
        let (right, away) = (lanes.load(right), lanes.load(away));
        let by = Self::of(lanes, mantissa, left, right, away);
        Self { even, ..by }
    }

    /// One factor for all; halves do not go to even.
    #[inline(always)]
    pub fn splat(lanes: L, factor: Factor, halves: Halves) -> Self {
        let [_, mantissa, left, right, away] = words(Channel {
            bias: 0,
            factor,
            halves,
        });
        let (mantissa, left) = (lanes.splat(mantissa), lanes.splat(left));
        let (right, away) = (lanes.splat(right), lanes.splat(away));
        Self::of(lanes, mantissa, left, right, away)
    }

    /// The same factors, with the shift to the right not rounded: what it shifts out is cut.
    #[inline(always)]
    pub fn cut(self, lanes: L) -> Self {
        Self {
            rest: lanes.splat(32),
            away: lanes.splat(0),
            ..self
        }
    }

    #[inline(always)]
    fn of(lanes: L, mantissa: L::I, left: L::I, right: L::I, away: L::I) -> Self {
        Self {
            mantissa,
            odd: lanes.odd(mantissa),
            left,
            right,
            rest: lanes.sub(lanes.splat(32), right),
            away,
            even: false,
        }
    }

    /// The products.
    #[inline(always)]
    pub fn times(&self, lanes: L, x: L::I) -> L::I {
        if self.even {
            return lanes.even_product(x, self.mantissa);
        }
        let x = lanes.shift_left(x, self.left);
        let high = lanes.high_product(x, self.mantissa, self.odd);
        let high = lanes.add(high, lanes.and(lanes.sign(high), self.away));
        let half = lanes.highest_bit(lanes.shift_left(high, self.rest));
        lanes.add(lanes.shift_right(high, self.right), half)
    }
}

/// [`Output`] in vectors.
#[derive(Clone, Copy)]
pub(super) struct Limits<L: Lanes> {
    zero: L::I,
    low: L::I,
    high: L::I,
}

impl<L: Lanes> Limits<L> {
    #[inline(always)]
    pub fn new(lanes: L, output: Output) -> Self {
        let Output { zero, low, high } = output;
        Self {
            zero: lanes.splat(zero),
            low: lanes.splat(low),
            high: lanes.splat(high),
        }
    }

    /// The integers of rescaled sums.
    #[inline(always)]
    pub fn apply(&self, lanes: L, x: L::I) -> L::Bytes {
        let x = lanes.max(lanes.add(x, self.zero), self.low);
        lanes.narrow(lanes.min(x, self.high))
    }
}

/// Puts a vector of bytes where `out` begins, or as many as there is room for. Of those, the ones beyond `width` are to be
/// overwritten later.
#[inline(always)]
pub(super) fn put<L: Lanes>(bytes: &L::Bytes, out: &mut [i8]) {
    let bytes: &[i8] = pulp::bytemuck::cast_slice(pulp::bytemuck::bytes_of(bytes));
    if let Some(out) = out.get_mut(..L::COUNT) {
        out.copy_from_slice(&bytes[..L::COUNT]);
    } else {
        out.copy_from_slice(&bytes[..out.len()]);
    }
}
