//! Products of matrices of 16-bit integers that nobody packed.

use pulp::{Arch, NullaryFnOnce};

/// Rows and columns whose sums are in registers at once.
const ROWS: usize = 2;
const COLUMNS: usize = 4;

/// `out[m·n]` = rows of `a` `[m, k]` times rows of `b` `[n, k]`; sums wrap at 32 bits.
///
/// # Panics
/// `a`, `b` and `out` do not fit each other.
pub fn product(k: usize, a: &[i16], b: &[i16], out: &mut [i32]) {
    if k == 0 {
        out.fill(0);
        return;
    }
    let (m, n) = (a.len() / k, b.len() / k);
    if m * n == 0 {
        return;
    }
    assert_eq!((a.len(), b.len(), out.len()), (m * k, n * k, m * n));
    Arch::new().dispatch(Product { k, n, a, b, out });
}

struct Product<'a> {
    k: usize,
    n: usize,
    a: &'a [i16],
    b: &'a [i16],
    out: &'a mut [i32],
}

impl NullaryFnOnce for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { k, n, a, b, out } = self;
        for (rows, out) in a.chunks(ROWS * k).zip(out.chunks_mut(ROWS * n)) {
            if rows.len() < ROWS * k {
                for (column, sum) in b.chunks_exact(k).zip(out) {
                    *sum = dot(rows, column);
                }
                continue;
            }
            let (first, second) = rows.split_at(k);
            let whole = n / COLUMNS * COLUMNS;
            for (at, columns) in b.chunks_exact(COLUMNS * k).enumerate() {
                let sums = tile(k, first, second, columns);
                out[at * COLUMNS..][..COLUMNS].copy_from_slice(&sums[0]);
                out[n + at * COLUMNS..][..COLUMNS].copy_from_slice(&sums[1]);
            }
            for column in whole..n {
                let weights = &b[column * k..][..k];
                out[column] = dot(first, weights);
                out[n + column] = dot(second, weights);
            }
        }
    }
}

#[inline(always)]
fn dot(a: &[i16], b: &[i16]) -> i32 {
    let mut sum = 0i32;
    for (x, w) in a.iter().zip(b) {
        sum = sum.wrapping_add(i32::from(*x) * i32::from(*w));
    }
    sum
}

#[inline(always)]
fn tile(k: usize, first: &[i16], second: &[i16], columns: &[i16]) -> [[i32; COLUMNS]; ROWS] {
    let (first, second) = (&first[..k], &second[..k]);
    let [p, q, r, s] = [0, 1, 2, 3].map(|column| &columns[column * k..][..k]);
    let (mut a0, mut a1, mut a2, mut a3) = (0i32, 0i32, 0i32, 0i32);
    let (mut b0, mut b1, mut b2, mut b3) = (0i32, 0i32, 0i32, 0i32);
    for at in 0..k {
        let (x, y) = (i32::from(first[at]), i32::from(second[at]));
        let (p, q, r, s) = (
            i32::from(p[at]),
            i32::from(q[at]),
            i32::from(r[at]),
            i32::from(s[at]),
        );
        a0 = a0.wrapping_add(x * p);
        a1 = a1.wrapping_add(x * q);
        a2 = a2.wrapping_add(x * r);
        a3 = a3.wrapping_add(x * s);
        b0 = b0.wrapping_add(y * p);
        b1 = b1.wrapping_add(y * q);
        b2 = b2.wrapping_add(y * r);
        b3 = b3.wrapping_add(y * s);
    }
    [[a0, a1, a2, a3], [b0, b1, b2, b3]]
}
