//! Sums, means and quantiles with the order of operations of PyTorch on a processor with vectors of eight singles
//! (x86-64 with AVX2) and one thread. Sums of singles depend on their order, so the order is part of the contract.

use quant_torch::{Error, Problem, Result};

/// Singles in a vector.
const LANES: usize = 8;
/// Sums that run side by side.
const ROWS: usize = 4;
/// Levels of partial sums.
const LEVELS: usize = 4;

/// Adds `from` to `to`, lane by lane.
fn add<const N: usize>(to: &mut [f32; N], from: &[f32; N]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// `ceil(log2(n))`, at least 1.
fn ceil_log2(n: usize) -> u32 {
    if n <= 2 { 1 } else { (n - 1).ilog2() + 1 }
}

/// The sum of vectors: four rows side by side, each in four levels of partial sums, of which one is emptied into
/// the next after a power of two steps (`cascade_sum` of ATen, `SumKernel.cpp`).
fn row_sum<const N: usize>(vectors: &[[f32; N]]) -> [f32; N] {
    let (groups, rest) = vectors.as_chunks::<ROWS>();
    let power = (ceil_log2(groups.len()) / LEVELS as u32).max(4);
    let step = 1usize << power;
    let mut levels = [[[0f32; N]; ROWS]; LEVELS];
    let mut done = 0;
    for batch in groups.chunks_exact(step) {
        for group in batch {
            for (sum, vector) in levels[0].iter_mut().zip(group) {
                add(sum, vector);
            }
        }
        done += step;
        for level in 1..LEVELS {
            let below = std::mem::replace(&mut levels[level - 1], [[0.0; N]; ROWS]);
            for (sum, below) in levels[level].iter_mut().zip(&below) {
                add(sum, below);
            }
            if done & ((step - 1) << (level as u32 * power)) != 0 {
                break;
            }
        }
    }
    for group in groups.chunks_exact(step).remainder() {
        for (sum, vector) in levels[0].iter_mut().zip(group) {
            add(sum, vector);
        }
    }
    let [mut sums, above @ ..] = levels;
    for level in &above {
        for (sum, above) in sums.iter_mut().zip(level) {
            add(sum, above);
        }
    }
    let [mut sum, others @ ..] = sums;
    for vector in rest {
        add(&mut sum, vector);
    }
    for other in &others {
        add(&mut sum, other);
    }
    sum
}

/// The sum, as `torch.sum`.
pub fn sum(x: &[f32]) -> f32 {
    if x.len() < LANES {
        let [sum] = row_sum(x.as_chunks::<1>().0);
        return sum;
    }
    let (vectors, rest) = x.as_chunks::<LANES>();
    let lanes = row_sum(vectors);
    rest.iter().chain(&lanes).fold(0.0, |sum, x| sum + x)
}

/// The mean, as `torch.mean`: the sum divided by the count, in singles.
pub fn mean(x: &[f32]) -> f32 {
    sum(x) / x.len() as f32
}

/// The standard deviation of a sample, as `torch.std`: squares of the distances from the mean, in doubles.
pub fn std(x: &[f32]) -> f32 {
    let mean = f64::from(mean(x));
    let squares = x.iter().fold(0.0, |sum, x| {
        let distance = f64::from(*x) - mean;
        sum + distance * distance
    });
    (squares / (x.len() as f64 - 1.0).max(0.0)).sqrt() as f32
}

/// The least and the largest element.
fn extremes(x: &[f32]) -> (f32, f32) {
    x.iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), x| {
            (min.min(*x), max.max(*x))
        })
}

/// The largest element, by size.
pub fn max_max(x: &[f32]) -> f32 {
    let (min, max) = extremes(x);
    min.abs().max(max.abs())
}

/// The mean of the rows' minima or that of their maxima, whichever is larger by size. A row is what lies at one
/// index of the first dimension.
pub fn avg_max(x: &[f32], rows: usize) -> f32 {
    let length = (x.len() / rows.max(1)).max(1);
    let (minima, maxima): (Vec<f32>, Vec<f32>) = x.chunks_exact(length).map(extremes).unzip();
    mean(&minima).abs().max(mean(&maxima).abs())
}

/// The larger end of mean ± `n` deviations, within what is there, by size. NaN for a single element.
pub fn mean_n_stds_max_abs(x: &[f32], n: f64) -> f32 {
    let (min, max) = extremes(x);
    let (mean, reach) = (mean(x), n as f32 * std(x));
    if reach.is_nan() {
        return reach;
    }
    min.max(mean - reach).abs().max(max.min(mean + reach).abs())
}

/// The quantile `q` of sizes, as `torch.quantile` with linear interpolation: the rank `q · (n − 1)` is a double, its
/// fraction a single, and the last step one fused product from the nearer neighbour.
///
/// # Errors
/// `q` is not within 0…1.
pub fn quantile(mut x: Vec<f32>, q: f32) -> Result<f32> {
    if !(0.0..=1.0).contains(&q) || x.is_empty() {
        let what = format!("{q} is no quantile");
        return Err(Error::new("", Problem::Option(what), "use a number from 0 to 1"));
    }
    let rank = f64::from(q) * (x.len() - 1) as f64;
    let (below, weight) = (rank as usize, (rank - rank.floor()) as f32);
    let (_, low, above) = x.select_nth_unstable_by(below, f32::total_cmp);
    let low = *low;
    if weight == 0.0 {
        return Ok(low);
    }
    let high = above.iter().copied().fold(f32::INFINITY, f32::min);
    let (factor, base) = if weight < 0.5 {
        (weight, low)
    } else {
        (weight - 1.0, high)
    };
    #[expect(clippy::disallowed_methods, reason = "torch's vector code fuses this product")]
    Ok(factor.mul_add(high - low, base))
}
