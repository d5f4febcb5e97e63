//! Vectors for machines of which nothing is known: plain loops, which the compiler makes what it can of.

use pulp::NullaryFnOnce;

use super::lanes::Lanes;

/// Four words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain;

type Words = [i32; 4];

#[inline(always)]
fn each(a: Words, b: Words, f: impl Fn(i32, i32) -> i32) -> Words {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

impl Lanes for Plain {
    type Words = Words;
    type Bytes = [i8; 4];
    type I = Words;
    const COUNT: usize = 4;
    const ROWS: usize = 4;

    #[inline(always)]
    fn vectorize<F: NullaryFnOnce>(self, f: F) -> F::Output {
        f.call()
    }

    #[inline(always)]
    fn load(self, words: &Words) -> Words {
        *words
    }

    #[inline(always)]
    fn store(self, x: Words, words: &mut Words) {
        *words = x;
    }

    #[inline(always)]
    fn splat(self, x: i32) -> Words {
        [x; 4]
    }

    #[inline(always)]
    fn widen(self, bytes: &[i8; 4]) -> Words {
        bytes.map(i32::from)
    }

    #[inline(always)]
    fn narrow(self, x: Words) -> [i8; 4] {
        x.map(|x| x as i8)
    }

    #[inline(always)]
    fn madd(self, a: Words, b: Words, sum: Words) -> Words {
        let products = each(a, b, |a, b| {
            let low = i32::from(a as i16) * i32::from(b as i16);
            low.wrapping_add((a >> 16) * (b >> 16))
        });
        self.add(sum, products)
    }

    #[inline(always)]
    fn add(self, a: Words, b: Words) -> Words {
        each(a, b, i32::wrapping_add)
    }

    #[inline(always)]
    fn sub(self, a: Words, b: Words) -> Words {
        each(a, b, i32::wrapping_sub)
    }

    #[inline(always)]
    fn and(self, a: Words, b: Words) -> Words {
        each(a, b, |a, b| a & b)
    }

    #[inline(always)]
    fn max(self, a: Words, b: Words) -> Words {
        each(a, b, i32::max)
    }

    #[inline(always)]
    fn min(self, a: Words, b: Words) -> Words {
        each(a, b, i32::min)
    }

    #[inline(always)]
    fn shift_left(self, x: Words, by: Words) -> Words {
        each(x, by, |x, by| x.checked_shl(by.unsigned_abs()).unwrap_or(0))
    }

    #[inline(always)]
    fn shift_right(self, x: Words, by: Words) -> Words {
        each(x, by, |x, by| x >> (by & 31))
    }

    #[inline(always)]
    fn highest_bit(self, x: Words) -> Words {
        x.map(|x| i32::from(x < 0))
    }

    #[inline(always)]
    fn sign(self, x: Words) -> Words {
        x.map(|x| x >> 31)
    }

    #[inline(always)]
    fn high_product(self, x: Words, by: Words, _: Words) -> Words {
        each(x, by, |x, by| {
            ((i64::from(x) * i64::from(by) + (1 << 30)) >> 31) as i32
        })
    }

    #[inline(always)]
    #[expect(
        clippy::disallowed_methods,
        reason = "halves to even, as this function's name says"
    )]
    fn even_product(self, x: Words, by: Words) -> Words {
        each(x, by, |x, by| {
            let product = x as f32 * f32::from_bits(by.cast_unsigned());
            product.round_ties_even().clamp(-32768.0, 32767.0) as i32
        })
    }

    #[inline(always)]
    fn odd(self, x: Words) -> Words {
        x
    }
}
