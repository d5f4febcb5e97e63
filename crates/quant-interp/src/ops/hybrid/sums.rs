//! Sums of 8-bit integers as LiteRT's loops over vectors add them on x86-64, with what they get wrong.

use quant_kernel::integer;

/// Columns that a step of the loop of products takes.
const STEP: usize = 16;

/// `out[m·n]` = rows of `a` `[m, k]` times rows of `weights` `[n, k]`.
///
/// A weight of −128 keeps its sign where the other factor is negative, since the loop moves signs into the weights, and 128
/// does not fit them: so in all columns that whole steps take.
pub fn products(k: usize, a: &[i16], weights: &[i16], out: &mut [i32]) {
    integer::product(k, a, weights, out);
    let (k, whole) = (k.max(1), k / STEP * STEP);
    let n = weights.len() / k;
    for (channel, weights) in weights.chunks_exact(k).enumerate() {
        let lowest = weights[..whole].iter().enumerate().filter(|(_, w)| **w == -128);
        let lowest: Vec<usize> = lowest.map(|(column, _)| column).collect();
        if lowest.is_empty() {
            continue;
        }
        for (row, out) in a.chunks_exact(k).zip(out.chunks_exact_mut(n)) {
            let wrong = lowest.iter().map(|column| i32::from(row[*column].min(0)) * 256);
            out[channel] += wrong.sum::<i32>();
        }
    }
}

/// The sums of rows of `k` integers: in 8 lanes of 16 bits, which wrap, pairs of neighbours first; so rows of 2,048 and more
/// may have other sums than they have.
pub fn of_rows(k: usize, integers: &[i16]) -> Vec<i32> {
    let rows = integers.chunks_exact(k.max(1));
    rows.map(|row| {
        let mut lanes = [0i16; 8];
        let (blocks, rest) = row.as_chunks::<16>();
        for block in blocks {
            for (lane, pair) in lanes.iter_mut().zip(block.as_chunks::<2>().0) {
                *lane = lane.wrapping_add(pair[0] + pair[1]);
            }
        }
        let (eight, rest) = rest.split_at(if rest.len() < 8 { 0 } else { 8 });
        for (lane, q) in lanes.iter_mut().zip(eight) {
            *lane = lane.wrapping_add(*q);
        }
        let lanes: i32 = lanes.iter().map(|lane| i32::from(*lane)).sum();
        lanes + rest.iter().map(|q| i32::from(*q)).sum::<i32>()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_rows_wrap_in_their_lanes() {
        let naive = |row: &[i16]| row.iter().map(|q| i32::from(*q)).sum::<i32>();
        for k in 1..70 {
            let rows: Vec<i16> = (0..3 * k).map(|at| (at * 37 % 255) as i16 - 127).collect();
            let sums: Vec<i32> = rows.chunks(k).map(naive).collect();
            assert_eq!(of_rows(k, &rows), sums, "{k}");
        }
        assert_eq!(of_rows(2048, &[127; 2048]), [127 * 2048]);
        // Each lane has 512 of them: 65,024 is −512 in 16 bits.
        assert_eq!(of_rows(4096, &[127; 4096]), [-512 * 8]);
    }

    #[test]
    fn the_lowest_weight_keeps_its_sign_in_whole_steps() {
        let (mut a, mut weights) = ([-3i16; 20], [1i16; 20]);
        a[1] = 3;
        for at in [0, 1, 17] {
            weights[at] = -128;
        }
        let mut out = [0];
        products(20, &a, &weights, &mut out);
        // −128 · −3 is −384 in column 0 and 384 in column 17, where no whole step is.
        assert_eq!(out, [-384 - 384 + 384 - 3 * 17]);
    }
}
