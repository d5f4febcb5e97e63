//! Vectors of AVX2 and AVX-512, by the safe face that `pulp` gives the instructions.

use core::arch::x86_64::{__m256i, __m512i};

use pulp::NullaryFnOnce;
use pulp::bytemuck::cast;
use pulp::x86::{V3, V4};

use super::lanes::Lanes;
use super::vnni::WithVnni;

/// Eight words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(V3);

/// Sixteen words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx512(V4);

/// Sixteen words, with VNNI.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vnni(WithVnni, V4);

impl Avx2 {
    pub(super) fn try_new() -> Option<Self> {
        V3::try_new().map(Self)
    }
}

impl Avx512 {
    pub(super) fn try_new() -> Option<Self> {
        V4::try_new().map(Self)
    }

    #[inline(always)]
    fn v4(self) -> V4 {
        self.0
    }
}

impl Vnni {
    pub(super) fn try_new() -> Option<Self> {
        Some(Self(WithVnni::try_new()?, V4::try_new()?))
    }

    #[inline(always)]
    fn v4(self) -> V4 {
        self.1
    }
}

impl Lanes for Avx2 {
    type Words = [i32; 8];
    type Bytes = [i8; 8];
    type I = __m256i;
    const COUNT: usize = 8;
    const ROWS: usize = 6;

    #[inline(always)]
    fn vectorize<F: NullaryFnOnce>(self, f: F) -> F::Output {
        self.0.vectorize(f)
    }

    #[inline(always)]
    fn load(self, words: &[i32; 8]) -> __m256i {
        cast(*words)
    }

    #[inline(always)]
    fn store(self, x: __m256i, words: &mut [i32; 8]) {
        *words = cast(x);
    }

    #[inline(always)]
    fn splat(self, x: i32) -> __m256i {
        self.0.avx._mm256_set1_epi32(x)
    }

    #[inline(always)]
    fn widen(self, bytes: &[i8; 8]) -> __m256i {
        let low: i64 = cast(*bytes);
        self.0.avx2._mm256_cvtepi8_epi32(cast([low, 0]))
    }

    #[inline(always)]
    fn narrow(self, x: __m256i) -> [i8; 8] {
        // The lowest byte of each word to the lowest word of each half.
        let order: [i8; 16] = [0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1];
        let bytes: [i32; 8] = cast(self.0.avx2._mm256_shuffle_epi8(x, cast([order, order])));
        cast([bytes[0], bytes[4]])
    }

    #[inline(always)]
    fn madd(self, a: __m256i, b: __m256i, sum: __m256i) -> __m256i {
        self.add(sum, self.0.avx2._mm256_madd_epi16(a, b))
    }

    #[inline(always)]
    fn add(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_add_epi32(a, b)
    }

    #[inline(always)]
    fn sub(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_sub_epi32(a, b)
    }

    #[inline(always)]
    fn and(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_and_si256(a, b)
    }

    #[inline(always)]
    fn max(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_max_epi32(a, b)
    }

    #[inline(always)]
    fn min(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_min_epi32(a, b)
    }

    #[inline(always)]
    fn shift_left(self, x: __m256i, by: __m256i) -> __m256i {
        self.0.avx2._mm256_sllv_epi32(x, by)
    }

    #[inline(always)]
    fn shift_right(self, x: __m256i, by: __m256i) -> __m256i {
        self.0.avx2._mm256_srav_epi32(x, by)
    }

    #[inline(always)]
    fn highest_bit(self, x: __m256i) -> __m256i {
        self.0.avx2._mm256_srli_epi32::<31>(x)
    }

    #[inline(always)]
    fn sign(self, x: __m256i) -> __m256i {
        self.0.avx2._mm256_srai_epi32::<31>(x)
    }

    #[inline(always)]
    fn high_product(self, x: __m256i, by: __m256i, odd: __m256i) -> __m256i {
        let avx2 = self.0.avx2;
        let nudge = self.0.avx._mm256_set1_epi64x(1 << 30);
        let even = avx2._mm256_add_epi64(avx2._mm256_mul_epi32(x, by), nudge);
        let odd = avx2._mm256_add_epi64(avx2._mm256_mul_epi32(self.odd(x), odd), nudge);
        let (even, odd) = (
            avx2._mm256_srli_epi64::<31>(even),
            avx2._mm256_slli_epi64::<1>(odd),
        );
        avx2._mm256_blend_epi32::<0xaa>(even, odd)
    }

    #[inline(always)]
    fn even_product(self, x: __m256i, by: __m256i) -> __m256i {
        let avx = self.0.avx;
        let product = avx._mm256_mul_ps(avx._mm256_cvtepi32_ps(x), cast(by));
        let product = avx._mm256_max_ps(product, avx._mm256_set1_ps(-32768.0));
        avx._mm256_cvtps_epi32(avx._mm256_min_ps(product, avx._mm256_set1_ps(32767.0)))
    }

    #[inline(always)]
    fn odd(self, x: __m256i) -> __m256i {
        self.0.avx2._mm256_srli_epi64::<32>(x)
    }
}

macro_rules! sixteen {
    ($lanes:ident) => {
        impl Lanes for $lanes {
            type Words = [i32; 16];
            type Bytes = [i8; 16];
            type I = __m512i;
            const COUNT: usize = 16;
            const ROWS: usize = 12;

            #[inline(always)]
            fn vectorize<F: NullaryFnOnce>(self, f: F) -> F::Output {
                self.0.vectorize(f)
            }

            #[inline(always)]
            fn load(self, words: &[i32; 16]) -> __m512i {
                cast(*words)
            }

            #[inline(always)]
            fn store(self, x: __m512i, words: &mut [i32; 16]) {
                *words = cast(x);
            }

            #[inline(always)]
            fn splat(self, x: i32) -> __m512i {
                self.v4().avx512f._mm512_set1_epi32(x)
            }

            #[inline(always)]
            fn widen(self, bytes: &[i8; 16]) -> __m512i {
                self.v4().avx512f._mm512_cvtepi8_epi32(cast(*bytes))
            }

            #[inline(always)]
            fn narrow(self, x: __m512i) -> [i8; 16] {
                cast(self.v4().avx512f._mm512_cvtepi32_epi8(x))
            }

            #[inline(always)]
            fn madd(self, a: __m512i, b: __m512i, sum: __m512i) -> __m512i {
                self.add(sum, self.v4().avx512bw._mm512_madd_epi16(a, b))
            }

            #[inline(always)]
            fn add(self, a: __m512i, b: __m512i) -> __m512i {
                self.v4().avx512f._mm512_add_epi32(a, b)
            }

            #[inline(always)]
            fn sub(self, a: __m512i, b: __m512i) -> __m512i {
                self.v4().avx512f._mm512_sub_epi32(a, b)
            }

            #[inline(always)]
            fn and(self, a: __m512i, b: __m512i) -> __m512i {
                self.v4().avx512f._mm512_and_si512(a, b)
            }

            #[inline(always)]
            fn max(self, a: __m512i, b: __m512i) -> __m512i {
                self.v4().avx512f._mm512_max_epi32(a, b)
            }

            #[inline(always)]
            fn min(self, a: __m512i, b: __m512i) -> __m512i {
                self.v4().avx512f._mm512_min_epi32(a, b)
            }

            #[inline(always)]
            fn shift_left(self, x: __m512i, by: __m512i) -> __m512i {
                self.v4().avx512f._mm512_sllv_epi32(x, by)
            }

            #[inline(always)]
            fn shift_right(self, x: __m512i, by: __m512i) -> __m512i {
                self.v4().avx512f._mm512_srav_epi32(x, by)
            }

            #[inline(always)]
            fn highest_bit(self, x: __m512i) -> __m512i {
                self.v4().avx512f._mm512_srli_epi32::<31>(x)
            }

            #[inline(always)]
            fn sign(self, x: __m512i) -> __m512i {
                self.v4().avx512f._mm512_srai_epi32::<31>(x)
            }

            #[inline(always)]
            fn high_product(self, x: __m512i, by: __m512i, odd: __m512i) -> __m512i {
                let avx512 = self.v4().avx512f;
                let nudge = avx512._mm512_set1_epi64(1 << 30);
                let even = avx512._mm512_add_epi64(avx512._mm512_mul_epi32(x, by), nudge);
                let odd = avx512._mm512_add_epi64(avx512._mm512_mul_epi32(self.odd(x), odd), nudge);
                let even = avx512._mm512_srli_epi64::<31>(even);
                let odd = avx512._mm512_slli_epi64::<1>(odd);
                avx512._mm512_mask_blend_epi32(0xaaaa, even, odd)
            }

            #[inline(always)]
            fn even_product(self, x: __m512i, by: __m512i) -> __m512i {
                let avx512 = self.v4().avx512f;
                let product = avx512._mm512_mul_ps(avx512._mm512_cvtepi32_ps(x), cast(by));
                let product = avx512._mm512_max_ps(product, avx512._mm512_set1_ps(-32768.0));
                avx512._mm512_cvtps_epi32(avx512._mm512_min_ps(product, avx512._mm512_set1_ps(32767.0)))
            }

            #[inline(always)]
            fn odd(self, x: __m512i) -> __m512i {
                self.v4().avx512f._mm512_srli_epi64::<32>(x)
            }
        }
    };
}

sixteen!(Avx512);
sixteen!(Vnni);
