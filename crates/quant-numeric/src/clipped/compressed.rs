//! Counting with AVX-512, by the safe face that `pulp` gives the instructions.
//!
//! Activations are full of zeros and of what they were clamped to. Both are counted by their masks; the places of the others are
//! moved together, and only these go through the table.

use core::arch::x86_64::__m512;

use pulp::bytemuck::cast;
use pulp::x86::V4;

use super::RUN;
use super::places::{MOST, ONE, PLACE, PLACES, Places, count};

const LANES: usize = 16;

pub(super) struct Compressed<'a> {
    pub simd: V4,
    pub values: &'a [f32],
    pub place: Places,
    pub table: &'a mut [u64; MOST],
    pub beyond: &'a mut Vec<f32>,
}

impl pulp::NullaryFnOnce for Compressed<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        const UNEQUAL: i32 = core::arch::x86_64::_CMP_NEQ_UQ;
        const LESS: i32 = core::arch::x86_64::_CMP_LT_OQ;
        const GREATER: i32 = core::arch::x86_64::_CMP_GT_OQ;
        let Self { place, table, .. } = self;
        let simd = self.simd.avx512f;
        let [factor, origin] = place.terms();
        let of = |x: f32| (x * factor + origin).to_bits() & PLACE;
        let (factors, origins) = (simd._mm512_set1_ps(factor), simd._mm512_set1_ps(origin));
        let (low, high) = (simd._mm512_set1_ps(place.low), simd._mm512_set1_ps(place.high));
        let (nothing, bits) = (simd._mm512_setzero_ps(), simd._mm512_set1_epi32(PLACE as i32));
        let (mut zeros, mut highest) = (0, 0);
        let mut places = [0; RUN + LANES];
        for run in self.values.chunks(RUN) {
            let (vectors, rest) = run.as_chunks::<LANES>();
            let (mut outside, mut left, mut at_end) = (0, 0, 0);
            for vector in vectors {
                let x: __m512 = cast(*vector);
                outside |= simd._mm512_cmp_ps_mask::<LESS>(x, low);
                outside |= simd._mm512_cmp_ps_mask::<GREATER>(x, high);
                let below_end = simd._mm512_cmp_ps_mask::<UNEQUAL>(x, high);
                let kept = simd._mm512_cmp_ps_mask::<UNEQUAL>(x, nothing) & below_end;
                let sum = simd._mm512_add_ps(simd._mm512_mul_ps(x, factors), origins);
                let all = simd._mm512_and_si512(cast(sum), bits);
                let some: [u32; LANES] = cast(simd._mm512_maskz_compress_epi32(kept, all));
                places[left..left + LANES].copy_from_slice(&some);
                left += kept.count_ones() as usize;
                at_end += below_end.count_zeros() as usize;
            }
            if outside == 0 && rest.is_empty() {
                highest += at_end;
                zeros += run.len() - left - at_end;
                places[..left].iter().for_each(|place| count(table, *place));
                continue;
            }
            for &x in run {
                if place.is_beyond(x) {
                    self.beyond.push(x);
                } else {
                    count(table, of(x));
                }
            }
        }
        for (x, number) in [(0.0, zeros), (place.high, highest)] {
            let place = of(x) as usize;
            table[place / PLACES] += number as u64 * (ONE + (place % PLACES) as u64);
        }
    }
}
