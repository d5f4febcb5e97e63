//! Matrix product, the heart of convolution and fully connected layers.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// Multiply-accumulates below which the plain loop is used.
///
/// The plain loop adds in the order in which TensorFlow Lite's reference kernels do.
const SMALL: usize = 1 << 14;

/// `out[m, n] = a[m, k] · b[n, k]ᵀ`, all row-major; `b` holds one filter a row.
pub fn product(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], out: &mut [f32]) {
    if m * n * k < SMALL {
        naive(m, n, k, a, b, out);
    } else {
        blocked(m, n, k, a, b, out);
    }
}

/// The truth that the fast product is tested against.
fn naive(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], out: &mut [f32]) {
    for row in 0..m {
        for column in 0..n {
            let pairs = a[row * k..(row + 1) * k]
                .iter()
                .zip(&b[column * k..(column + 1) * k]);
            out[row * n + column] = pairs.fold(0.0, |sum, (x, y)| sum + x * y);
        }
    }
}

fn blocked(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], out: &mut [f32]) {
    let views = (
        ArrayView2::from_shape((m, k), a),
        ArrayView2::from_shape((n, k), b),
        ArrayViewMut2::from_shape((m, n), out),
    );
    if let (Ok(a), Ok(b), Ok(mut out)) = views {
        general_mat_mul(1.0, &a, &b.t(), 0.0, &mut out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_agrees_with_the_plain_loop() {
        for (m, n, k) in [
            (1, 1, 0),
            (1, 1, 1),
            (7, 5, 3),
            (8, 8, 8),
            (33, 17, 65),
            (1, 100, 300),
        ] {
            let value = |i: usize| ((i * 7919 % 1000) as f32 - 500.0) / 250.0;
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..n * k).map(|i| value(i + 13)).collect();
            let (mut plain, mut fast) = (vec![9.0; m * n], vec![7.0; m * n]);
            naive(m, n, k, &a, &b, &mut plain);
            blocked(m, n, k, &a, &b, &mut fast);
            for (x, y) in plain.iter().zip(&fast) {
                assert!((x - y).abs() <= 1e-5 * (k as f32 + 1.0), "{m} {n} {k}: {x} {y}");
            }
        }
    }
}
