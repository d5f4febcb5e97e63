//! Rotation of weights by Hadamard matrices: outliers are spread over a row.

/// The largest power of two that divides a row, and is no more than `most` (0: any).
pub fn size(row: usize, most: u32) -> usize {
    let largest = 1_usize << row.trailing_zeros().min(30);
    match most {
        0 => largest,
        most => largest.min(1 << most.ilog2()),
    }
}

/// An element of the matrix: `(−1)^popcount(row & column)/√size`.
pub fn element(row: usize, column: usize, size: usize) -> f32 {
    let root = (size as f32).sqrt();
    let sign = if (row & column).count_ones().is_multiple_of(2) {
        1.0
    } else {
        -1.0
    };
    sign / root
}

/// Rows of `size` values times the matrix: sums in f64, rounded once.
pub fn rotate(values: &[f32], size: usize) -> Vec<f32> {
    let root = f64::from(element(0, 0, size));
    let mut all = Vec::with_capacity(values.len());
    for row in values.chunks(size) {
        let mut row: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
        // The fast transform: a butterfly for each power of two.
        let mut half = 1;
        while half < row.len() {
            for pairs in row.chunks_mut(2 * half) {
                let (left, right) = pairs.split_at_mut(half);
                for (a, b) in left.iter_mut().zip(right) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
            half *= 2;
        }
        all.extend(row.iter().map(|value| (value * root) as f32));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_transform_is_the_product() {
        let values: Vec<f32> = (0..32).map(|i| ((i * 29 % 17) as f32 - 8.0) / 3.0).collect();
        let fast = rotate(&values, 8);
        for (at, found) in fast.iter().enumerate() {
            let (row, column) = (at / 8, at % 8);
            let naive = (0..8).map(|k| f64::from(values[8 * row + k]) * f64::from(element(k, column, 8)));
            assert!((naive.sum::<f64>() - f64::from(*found)).abs() < 1e-6, "{at}");
        }
        // Twice is not at all.
        let back = rotate(&fast, 8);
        assert!(back.iter().zip(&values).all(|(a, b)| (a - b).abs() < 1e-5));
        assert_eq!(
            [size(96, 0), size(96, 20), size(7, 0), size(64, 64)],
            [32, 16, 1, 64]
        );
    }
}
