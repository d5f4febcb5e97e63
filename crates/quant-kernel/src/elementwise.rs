//! Operators that work element by element.

use pulp::{Arch, Simd, WithSimd};

use super::clamp::Limit;
use super::range::Seen;
use super::{Clamp, Range, split};

/// What two elements become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Sub,
    Mul,
}

/// Elements that one thread takes at least.
const PART: usize = 1 << 14;

/// `out = clamp(a ∘ b)`, all of one length; tells the range of what it wrote.
pub fn binary(what: Binary, clamp: Clamp, a: &[f32], b: &[f32], out: &mut [f32], threads: usize) -> Range {
    let threads = threads.min(out.len() / PART);
    split::rows(out, 1, threads, |first, out| {
        let part = first..first + out.len();
        let (a, b) = (&a[part.clone()], &b[part]);
        Arch::new().dispatch(Two {
            what,
            clamp,
            a,
            b,
            out,
        })
    })
}

/// `out = clamp(input)`, both of one length; tells the range of what it wrote.
pub fn clamp(clamp: Clamp, input: &[f32], out: &mut [f32], threads: usize) -> Range {
    let threads = threads.min(out.len() / PART);
    split::rows(out, 1, threads, |first, out| {
        let input = &input[first..first + out.len()];
        Arch::new().dispatch(One { clamp, input, out })
    })
}

struct Two<'a> {
    what: Binary,
    clamp: Clamp,
    a: &'a [f32],
    b: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Two<'_> {
    type Output = Range;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Range {
        let Self {
            what,
            clamp,
            a,
            b,
            out,
            ..
        } = self;
        match what {
            Binary::Add => two(simd, clamp, a, b, out, S::add_f32s, |x, y| x + y),
            Binary::Sub => two(simd, clamp, a, b, out, S::sub_f32s, |x, y| x - y),
            Binary::Mul => two(simd, clamp, a, b, out, S::mul_f32s, |x, y| x * y),
        }
    }
}

#[inline(always)]
fn two<S: Simd>(
    simd: S,
    clamp: Clamp,
    a: &[f32],
    b: &[f32],
    out: &mut [f32],
    vectors: impl Fn(S, S::f32s, S::f32s) -> S::f32s,
    singles: impl Fn(f32, f32) -> f32,
) -> Range {
    let limit = Limit::new(simd, clamp);
    let mut seen = Seen::new(simd);
    let (a, a_tail) = S::as_simd_f32s(a);
    let (b, b_tail) = S::as_simd_f32s(b);
    let (out, out_tail) = S::as_mut_simd_f32s(out);
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = limit.apply(vectors(simd, *a, *b));
        seen.add(simd, *out);
    }
    for ((out, a), b) in out_tail.iter_mut().zip(a_tail).zip(b_tail) {
        *out = singles(*a, *b).clamp(clamp.low, clamp.high);
    }
    seen.range(simd).with(out_tail)
}

struct One<'a> {
    clamp: Clamp,
    input: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for One<'_> {
    type Output = Range;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Range {
        let limit = Limit::new(simd, self.clamp);
        let mut seen = Seen::new(simd);
        let (input, input_tail) = S::as_simd_f32s(self.input);
        let (out, out_tail) = S::as_mut_simd_f32s(self.out);
        for (out, input) in out.iter_mut().zip(input) {
            *out = limit.apply(*input);
            seen.add(simd, *out);
        }
        for (out, input) in out_tail.iter_mut().zip(input_tail) {
            *out = input.clamp(self.clamp.low, self.clamp.high);
        }
        seen.range(simd).with(out_tail)
    }
}
