//! The innermost loop for one output position: several panels of output channels side by side, in registers.

use pulp::{NullaryFnOnce, Simd};

use super::Packed;
use super::packed::BESIDE;
use super::tile::Sums;

/// A function of its own, as tiles are.
struct Row<'t, 'a, S: Simd, const FUSED: bool> {
    sums: &'t mut Sums<'a, S>,
    packed: &'t Packed,
    first: usize,
}

impl<S: Simd, const FUSED: bool> NullaryFnOnce for Row<'_, '_, S, FUSED> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.sums.row::<FUSED>(self.packed, self.first);
    }
}

impl<S: Simd> Sums<'_, S> {
    /// The first position times [`BESIDE`] whole panels from panel `first` on.
    #[inline(always)]
    pub(super) fn row_of<const FUSED: bool>(&mut self, packed: &Packed, first: usize) {
        let simd = self.simd;
        let sums = self;
        simd.vectorize(Row::<'_, '_, S, FUSED> { sums, packed, first });
    }

    #[inline(always)]
    fn row<const FUSED: bool>(&mut self, packed: &Packed, first: usize) {
        let (simd, depth) = (self.simd, self.source.depth);
        let [base] = self.source.bases.of::<1>(0);
        let mut bias = [[simd.splat_f32s(0.0); 2]; BESIDE];
        let mut panels: [&[[S::f32s; 2]]; BESIDE] = [&[]; BESIDE];
        for p in 0..BESIDE {
            let panel = packed.panel(first + p);
            bias[p].copy_from_slice(&S::as_simd_f32s(panel.bias).0[..2]);
            panels[p] = S::as_simd_f32s(panel.weights).0.as_chunks::<2>().0;
        }
        let mut sums = if FUSED {
            bias
        } else {
            [[simd.splat_f32s(0.0); 2]; BESIDE]
        };
        for (tap, offset) in self.source.taps.iter().enumerate() {
            let row = &self.source.data[base + offset..][..depth];
            let mut weights: [&[[S::f32s; 2]]; BESIDE] = [&[]; BESIDE];
            for p in 0..BESIDE {
                weights[p] = &panels[p][tap * depth..][..depth];
            }
            for i in 0..depth {
                let x = simd.splat_f32s(row[i]);
                for p in 0..BESIDE {
                    let weight = weights[p][i];
                    for v in 0..2 {
                        sums[p][v] = if FUSED {
                            simd.mul_add_f32s(x, weight[v], sums[p][v])
                        } else {
                            simd.add_f32s(sums[p][v], simd.mul_f32s(x, weight[v]))
                        };
                    }
                }
            }
        }
        let from = first * 2 * S::F32_LANES;
        let out = S::as_mut_simd_f32s(&mut self.out[from..][..BESIDE * 2 * S::F32_LANES]).0;
        for p in 0..BESIDE {
            for v in 0..2 {
                let sum = if FUSED {
                    sums[p][v]
                } else {
                    simd.add_f32s(sums[p][v], bias[p][v])
                };
                let sum = self.limit.apply(sum);
                self.seen.add(simd, sum);
                out[2 * p + v] = sum;
            }
        }
    }
}
