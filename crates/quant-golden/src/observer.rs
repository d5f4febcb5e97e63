//! Observers of activations, over all values at once: what `observer(…)` behind a row names (docs/recordings.md).

/// The range of a tensor by an observer, of its values in each record.
///
/// # Errors
/// Another observer.
pub fn range(observer: &str, records: &[Vec<f64>]) -> Result<(f64, f64), String> {
    let all: Vec<f64> = records.iter().flatten().copied().collect();
    let parameter = |text: &str| text.parse().map_err(|_| format!("`{text}` is no number"));
    Ok(match observer.split_once(':') {
        None if observer == "minmax" => extremes(&all),
        None if observer == "kl" => entropy(&all),
        None if observer == "mse" => squared(&all),
        Some(("percentile", p)) => percentile(&all, parameter(p)?),
        Some(("ema", weight)) => ema(records, parameter(weight)?),
        _ => return Err(format!("the oracle has no observer `{observer}`")),
    })
}

fn extremes(values: &[f64]) -> (f64, f64) {
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (min, max)
}

fn ema(records: &[Vec<f64>], weight: f64) -> (f64, f64) {
    let ranges = records.iter().map(|record| extremes(record));
    let next = |old: (f64, f64), new: (f64, f64)| {
        let mix = |old, new| weight * old + (1.0 - weight) * new;
        (mix(old.0, new.0), mix(old.1, new.1))
    };
    ranges.reduce(next).unwrap_or_default()
}

/// The bin of a value: 256 to each power of two.
fn bin(x: f64) -> (f64, f64) {
    if x.abs() < 2f64.powi(-126) {
        return (0.0, 2f64.powi(-134));
    }
    let width = 2f64.powi(x.abs().log2().floor() as i32 - 8);
    let near = (x.abs() / width).floor() * width;
    if x < 0.0 {
        (-near - width, -near)
    } else {
        (near, near + width)
    }
}

fn percentile(values: &[f64], p: f64) -> (f64, f64) {
    let cut = values.len() as f64 * (100.0 - p) / 100.0;
    let end = |sorted: &[f64], up: bool| {
        let mut before = 0;
        loop {
            let (low, high) = bin(sorted[before]);
            let same = sorted[before..]
                .iter()
                .take_while(|x| bin(**x) == (low, high))
                .count();
            if (before + same) as f64 >= cut {
                let part = (high - low) * (cut - before as f64) / same as f64;
                return if up { low + part } else { high - part };
            }
            before += same;
        }
    };
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let min = end(&sorted, true);
    sorted.reverse();
    let max = end(&sorted, false);
    let (least, greatest) = extremes(values);
    (min.clamp(least, greatest), max.clamp(least, greatest))
}

/// How many values are in each of 2,048 bins between two ends.
fn histogram(values: impl Iterator<Item = f64>, low: f64, high: f64) -> Vec<f64> {
    let mut counts = vec![0.0; 2048];
    for x in values {
        let at = ((x - low) / ((high - low) / 2048.0)).floor() as usize;
        counts[at.min(2047)] += 1.0;
    }
    counts
}

fn entropy(values: &[f64]) -> (f64, f64) {
    let (min, max) = extremes(values);
    let most = max.abs().max(min.abs());
    let levels = if min < 0.0 { 128 } else { 256 };
    let counts = histogram(values.iter().map(|x| x.abs()).filter(|x| *x > 0.0), 0.0, most);
    let mut best = (f64::INFINITY, 2048);
    for bins in (levels..=2048).rev() {
        if counts[bins..].iter().sum::<f64>() > counts[..bins].iter().sum::<f64>() {
            continue;
        }
        let mut p = counts[..bins].to_vec();
        p[bins - 1] += counts[bins..].iter().sum::<f64>();
        let (mut sums, mut filled) = (vec![0.0; levels], vec![0.0; levels]);
        for (j, count) in counts[..bins]
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0.0)
        {
            sums[j * levels / bins] += count;
            filled[j * levels / bins] += 1.0;
        }
        let spread = |j: usize| {
            let level = j * levels / bins;
            if counts[j] > 0.0 {
                sums[level] / filled[level]
            } else {
                0.0
            }
        };
        let q: Vec<f64> = (0..bins).map(spread).collect();
        let (of_p, of_q) = (p.iter().sum::<f64>(), q.iter().sum::<f64>());
        let terms = p.iter().zip(&q).filter(|(p, _)| **p > 0.0);
        let divergence: f64 = terms.map(|(p, q)| p / of_p * (p / of_p / (q / of_q)).ln()).sum();
        if divergence < best.0 - 1e-12 {
            best = (divergence, bins);
        }
    }
    if best.1 == 2048 {
        return (min, max);
    }
    let threshold = most / 2048.0 * best.1 as f64;
    (min.max(-threshold), max.min(threshold))
}

fn squared(values: &[f64]) -> (f64, f64) {
    let (low, high) = extremes(values);
    let counts = histogram(values.iter().copied(), low, high);
    let (min, max) = (low.min(0.0), high.max(0.0));
    let nearest = |x: f64| {
        if x < 0.0 {
            (x - 0.5).ceil()
        } else {
            (x + 0.5).floor()
        }
    };
    let mut best = (f64::INFINITY, low, high);
    for far in 0..=40 {
        for near in 0..=10 {
            let (far, near) = (1.0 - f64::from(far) / 50.0, 1.0 - f64::from(near) / 10.0);
            let (a, b) = if max >= -min { (near, far) } else { (far, near) };
            let (min, max) = (min * a, max * b);
            let scale = (max - min) / 255.0;
            let zero = nearest(-min / scale);
            let mut error = 0.0;
            for (j, count) in counts.iter().enumerate() {
                let x = low + (j as f64 + 0.5) * (high - low) / 2048.0;
                let q = (nearest(x / scale) + zero).clamp(0.0, 255.0);
                error += count * (x - (q - zero) * scale).powi(2);
            }
            if error < best.0 * (1.0 - 1e-12) {
                let end = |whole, part, shrunk| if part == 1.0 { whole } else { shrunk };
                best = (error, end(low, a, min), end(high, b, max));
            }
        }
    }
    (best.1, best.2)
}
