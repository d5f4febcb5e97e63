//! Sums, edges and counts as NumPy makes them, in f32: a threshold is an edge, and an edge moves with the last bit.

/// Values that NumPy adds without halving.
const LEAF: usize = 128;

/// Values whose bins are found at once.
const BLOCK: usize = 256;

/// The sum of a slice in the order of NumPy's `sum`: halves of it down to 128 values, each of those in eight sums.
pub fn sum<T: Copy + std::ops::Add<Output = T> + Default>(values: &[T]) -> T {
    let n = values.len();
    if n < 8 {
        return values.iter().fold(T::default(), |sum, x| sum + *x);
    }
    if n <= LEAF {
        let mut part = [T::default(); 8];
        part.copy_from_slice(&values[..8]);
        let whole = n - n % 8;
        for eight in values[8..whole].chunks_exact(8) {
            for (sum, x) in part.iter_mut().zip(eight) {
                *sum = *sum + *x;
            }
        }
        let [a, b, c, d, e, f, g, h] = part;
        let all = ((a + b) + (c + d)) + ((e + f) + (g + h));
        return values[whole..].iter().fold(all, |sum, x| sum + *x);
    }
    let half = n / 2;
    let half = half - half % 8;
    sum(&values[..half]) + sum(&values[half..])
}

/// `bins + 1` edges from `low` to `high`, as `numpy.linspace` spaces them.
pub fn edges(low: f32, high: f32, bins: usize) -> Vec<f32> {
    let width = high - low;
    let step = width / bins as f32;
    let edge = |at: usize| {
        let along = if step == 0.0 {
            at as f32 / bins as f32 * width
        } else {
            at as f32 * step
        };
        along + low
    };
    let mut edges: Vec<f32> = (0..=bins).map(edge).collect();
    edges[bins] = high;
    edges
}

/// The bins between two ends, with which values are counted.
#[derive(Clone, Debug)]
pub struct Even {
    /// One more than there are bins.
    pub edges: Vec<f32>,
    low: f32,
    high: f32,
}

impl Even {
    /// `bins` bins from `low` to `high`; half a unit to each side of both when they are the same.
    pub fn new(low: f32, high: f32, bins: usize) -> Self {
        let (low, high) = if low == high {
            (low - 0.5, high + 0.5)
        } else {
            (low, high)
        };
        Self {
            edges: edges(low, high, bins),
            low,
            high,
        }
    }

    /// Counts values, those out of the ends and NaN not. NumPy divides for a bin and then looks at its edges; a product finds
    /// the bin or its neighbour, too, and the edges say the same.
    pub fn count(&self, values: &[f32], counts: &mut [i64]) {
        let bins = self.edges.len() - 1;
        let ascends = self.edges.windows(2).all(|pair| pair[0] < pair[1]);
        let per_unit = bins as f32 / (self.high - self.low);
        // A bin's number has room for both in 24 bits.
        if !ascends || !per_unit.is_normal() || bins > 1 << 16 {
            self.count_one_by_one(values, counts);
            return;
        }
        // Neighbours mostly fall into one bin, whose count would wait for itself.
        let mut parts = vec![[0u32; 4]; bins];
        let mut numbers = [0i32; BLOCK];
        for block in values.chunks(BLOCK) {
            for (number, x) in numbers.iter_mut().zip(block) {
                *number = ((x - self.low) * per_unit) as i32;
            }
            for (lane, (x, number)) in block.iter().zip(numbers).enumerate() {
                if !(*x >= self.low && *x <= self.high) {
                    continue;
                }
                let mut at = (number as usize).min(bins - 1);
                if *x < self.edges[at] {
                    at -= 1;
                } else if *x >= self.edges[at + 1] && at != bins - 1 {
                    at += 1;
                }
                parts[at][lane % 4] += 1;
            }
        }
        for (count, parts) in counts.iter_mut().zip(parts) {
            *count += parts.iter().map(|part| i64::from(*part)).sum::<i64>();
        }
    }

    fn count_one_by_one(&self, values: &[f32], counts: &mut [i64]) {
        let bins = self.edges.len() - 1;
        let width = self.high - self.low;
        for x in values.iter().copied() {
            if !(x >= self.low && x <= self.high) {
                continue;
            }
            let mut at = ((x - self.low) / width * bins as f32) as usize;
            if at >= bins {
                at = bins - 1;
            }
            if x < self.edges[at] {
                at -= 1;
            } else if x >= self.edges[at + 1] && at != bins - 1 {
                at += 1;
            }
            counts[at] += 1;
        }
    }
}

/// Counts values between edges of any width: each bin has its left edge, and the last both.
pub fn count_between(edges: &[f64], values: &[f32], counts: &mut [i64]) {
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
        return;
    };
    for x in values.iter().map(|x| f64::from(*x)) {
        if !(x >= *first && x <= *last) {
            continue;
        }
        let at = edges.partition_point(|edge| *edge <= x);
        counts[(at - 1).min(edges.len() - 2)] += 1;
    }
}

/// `numpy.arange` of numbers in f32: it counts the steps and makes the first two numbers in f32, and the others in f64, as
/// far apart as these.
pub fn arange(start: f32, stop: f32, step: f32) -> Vec<f64> {
    let length = f64::from((stop - start) / step).ceil();
    if length.is_nan() || length <= 0.0 {
        return Vec::new();
    }
    let first = f64::from(start);
    let delta = f64::from(start + step) - first;
    (0..length as usize).map(|at| first + at as f64 * delta).collect()
}

/// `//` of Python and NumPy, in f32.
pub fn floor_divide(a: f32, b: f32) -> f32 {
    if b == 0.0 {
        return a / b;
    }
    let rest = a % b;
    let mut whole = (a - rest) / b;
    if rest != 0.0 && (b < 0.0) != (rest < 0.0) {
        whole -= 1.0;
    }
    let floor = whole.floor();
    if whole - floor > 0.5 { floor + 1.0 } else { floor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_one_after_the_other() {
        for (low, high, bins) in [
            (-1.0, 1.0, 128),
            (0.0, 6.0, 2048),
            (-3.7, 3.7, 2047),
            (1e-20, 1.1e-20, 100),
            (1.0, 1.000_001, 2048),
            (5.0, 5.0, 10),
            (-3e38, 3e38, 256),
        ] {
            let even = Even::new(low, high, bins);
            let mut values: Vec<f32> = even.edges.clone();
            values.extend(even.edges.iter().map(|edge| edge.next_up()));
            values.extend(even.edges.iter().map(|edge| edge.next_down()));
            values.extend([f32::NAN, f32::INFINITY, f32::MIN, 0.0, low, high]);
            values.extend((0..999).map(|at| low + (high - low) * (at as f32 / 998.0)));
            let (mut fast, mut slow) = (vec![0; bins], vec![0; bins]);
            even.count(&values, &mut fast);
            even.count_one_by_one(&values, &mut slow);
            assert_eq!(fast, slow, "{low}…{high} in {bins}");
        }
    }
}
