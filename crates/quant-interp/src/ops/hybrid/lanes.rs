//! Sums of floats in the order of LiteRT's loops over vectors of four.

/// Floats of a vector.
const LANES: usize = 4;
/// Added to the variance of layer norm.
const NORM_EPSILON: f32 = 1e-8;

/// `Σ a b`.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0.0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    let rest = a_rest.iter().zip(b_rest);
    rest.fold(across(lanes), |sum, (a, b)| sum + a * b)
}

/// `Σ x`.
pub fn sum(values: &[f32]) -> f32 {
    let (vectors, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0f32; LANES];
    for vector in vectors {
        lanes.iter_mut().zip(vector).for_each(|(lane, x)| *lane += x);
    }
    rest.iter().fold(across(lanes), |sum, x| sum + x)
}

/// To mean 0 and variance 1; these sums go from element to element.
pub fn normalize(row: &mut [f32]) {
    let count = row.len() as f32;
    let mean = row.iter().sum::<f32>() / count;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
    let factor = 1.0 / (variance + NORM_EPSILON).sqrt();
    row.iter_mut().for_each(|x| *x = (*x - mean) * factor);
}

fn across([a, b, c, d]: [f32; LANES]) -> f32 {
    a + b + c + d
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers are added exactly in any order.
    #[test]
    fn whole_numbers_have_their_sums() {
        for length in 0..70 {
            let a: Vec<f32> = (0..length).map(|at| (at * 7 % 13) as f32 - 6.0).collect();
            let b: Vec<f32> = (0..length).map(|at| (at * 5 % 11) as f32 - 5.0).collect();
            assert_eq!(sum(&a), a.iter().sum::<f32>(), "{length}");
            assert_eq!(
                dot(&a, &b),
                a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>(),
                "{length}"
            );
        }
    }

    #[test]
    fn lanes_are_added_first_to_last() {
        // 1 is lost beside 2²⁴, which the order decides.
        let big = 16_777_216.0;
        assert_eq!(sum(&[big, 1.0, 1.0, -big]), 0.0);
        assert_eq!(sum(&[1.0, 1.0, big, -big]), 2.0);
        assert_eq!(sum(&[big, 0.0, 0.0, 0.0, -big, 0.0, 0.0, 0.0, 1.0]), 1.0);
    }

    #[test]
    fn a_row_is_normalized() {
        let mut row: Vec<f32> = (0..37).map(|at| (at * 7 % 13) as f32).collect();
        normalize(&mut row);
        assert!(
            sum(&row).abs() < 1e-5 && (dot(&row, &row) - 37.0).abs() < 1e-3,
            "{row:?}"
        );
    }
}
