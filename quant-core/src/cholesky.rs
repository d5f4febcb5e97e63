//! Inverses of Hessians, as GPTQ takes them (Frantar et al., arXiv 2210.17323), by Cholesky's decomposition in f64.

/// Part of the mean of the diagonal that is added to it.
const DAMPING: f64 = 0.01;

/// The inverse of a symmetric matrix of `n` rows, with 1 for zeros of its diagonal and 0.01 of the diagonal's mean added to the
/// diagonal; the lower half and the diagonal of the inverse are exact twins of the upper one. `None` when it is not positive definite.
pub fn inverse_of_damped(mut h: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for i in 0..n {
        if h[i * n + i] == 0.0 {
            h[i * n + i] = 1.0;
        }
    }
    let mean = (0..n).map(|i| h[i * n + i]).sum::<f64>() / n as f64;
    (0..n).for_each(|i| h[i * n + i] += DAMPING * mean);
    let lower = factor(h, n)?;
    // L⁻¹ column by column, then H⁻¹ = L⁻ᵀ·L⁻¹.
    let mut inverted = vec![0.0f64; n * n];
    for j in 0..n {
        inverted[j * n + j] = 1.0 / lower[j * n + j];
        for i in j + 1..n {
            let dot: f64 = (j..i).map(|k| lower[i * n + k] * inverted[k * n + j]).sum();
            inverted[i * n + j] = -dot / lower[i * n + i];
        }
    }
    let mut inverse = vec![0.0f64; n * n];
    for k in 0..n {
        let row = &inverted[k * n..=k * n + k];
        for (i, a) in row.iter().enumerate() {
            let line = &mut inverse[i * n..=i * n + k];
            line.iter_mut().zip(row).for_each(|(sum, b)| *sum += a * b);
        }
    }
    Some(inverse)
}

/// The lower factor of a symmetric matrix, `A = L·Lᵀ`; what is above the diagonal stays. `None` when it is not positive definite.
pub fn factor(mut l: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = l[i * n + j] - dot;
            l[i * n + j] = if i != j {
                rest / l[j * n + j]
            } else if rest > 0.0 && rest.is_finite() {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(l)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let n = 5;
        let x = |row: usize, column: usize| ((row * 7 + column * 3) % 11) as f64 - 4.0;
        let mut h = vec![0.0; n * n];
        // The last column is always 0.
        for (i, j) in (0..n - 1).flat_map(|i| (0..n - 1).map(move |j| (i, j))) {
            h[i * n + j] = (0..20).map(|row| x(row, i) * x(row, j)).sum();
        }
        let inverse = inverse_of_damped(h.clone(), n).unwrap();
        h[n * n - 1] = 1.0;
        let mean = (0..n).map(|i| h[i * n + i]).sum::<f64>() / n as f64;
        (0..n).for_each(|i| h[i * n + i] += DAMPING * mean);
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let product: f64 = (0..n).map(|k| h[i * n + k] * inverse[k * n + j]).sum();
            let wanted = if i == j { 1.0 } else { 0.0 };
            assert!((product - wanted).abs() < 1e-9, "{i} {j}: {product}");
        }
        assert_eq!(factor(vec![1.0, 2.0, 2.0, 1.0], 2), None);
    }
}
