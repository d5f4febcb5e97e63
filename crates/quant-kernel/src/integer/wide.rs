//! From sums of 64 bits to integers of 16, by factors of 15 bits.

use pulp::{Arch, NullaryFnOnce};

use super::Output;

/// Output channels whose sums become `(bias + sum) · mantissa` shifted once, halves up; all of it in 64 bits, which wrap.
#[derive(Clone, Debug, Default)]
pub struct Wide {
    bias: Vec<i64>,
    mantissa: Vec<i64>,
    half: Vec<i64>,
    right: Vec<i64>,
}

impl Wide {
    /// One more channel; its product is shifted to the right by `right` modulo 64 bits.
    pub fn push(&mut self, bias: i64, mantissa: i64, right: u32) {
        self.bias.push(bias);
        self.mantissa.push(mantissa);
        self.half.push(1i64.wrapping_shl(right.wrapping_sub(1)));
        self.right.push(i64::from(right % 64));
    }

    /// Fills `out` of sums, row by row of all channels; results are cut to 32 bits before the zero point is added.
    ///
    /// # Panics
    /// There is not a sum for each of `out`.
    pub fn run(&self, sums: &[i32], output: Output, out: &mut [i16]) {
        assert_eq!(sums.len(), out.len());
        Arch::new().dispatch(All {
            by: self,
            sums,
            output,
            out,
        });
    }
}

struct All<'a> {
    by: &'a Wide,
    sums: &'a [i32],
    output: Output,
    out: &'a mut [i16],
}

impl NullaryFnOnce for All<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            by,
            sums,
            output,
            out,
        } = self;
        let n = by.bias.len();
        let Output { zero, low, high } = output;
        let (bias, mantissa) = (&by.bias[..n], &by.mantissa[..n]);
        let (half, right) = (&by.half[..n], &by.right[..n]);
        for (sums, out) in sums.chunks_exact(n.max(1)).zip(out.chunks_exact_mut(n.max(1))) {
            let (sums, out) = (&sums[..n], &mut out[..n]);
            for at in 0..n {
                let sum = bias[at].wrapping_add(i64::from(sums[at]));
                let product = sum.wrapping_mul(mantissa[at]).wrapping_add(half[at]);
                let made = (product >> (right[at] & 63)) as i32;
                out[at] = made.wrapping_add(zero).max(low).min(high) as i16;
            }
        }
    }
}
