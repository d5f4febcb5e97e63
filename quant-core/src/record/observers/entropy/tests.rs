//! The naive twin makes both distributions for each threshold.

use super::*;
use crate::record::observer::Observer;
use crate::record::wire::{Reader, Writer};

/// Migacz's slides, word for word: the number of bins with the least divergence, the largest of equal ones.
fn twin(counts: &[u64], levels: usize) -> usize {
    let mut best = (f64::INFINITY, BINS);
    for bins in (levels..=BINS).rev() {
        let mut p: Vec<f64> = counts[..bins].iter().map(|count| *count as f64).collect();
        let outliers: u64 = counts[bins..].iter().sum();
        if outliers > counts[..bins].iter().sum() {
            continue;
        }
        p[bins - 1] += outliers as f64;
        // Of each level: the sum of its bins, and how many of them are filled.
        let mut groups = vec![(0.0, 0.0); levels];
        for (bin, count) in counts[..bins].iter().enumerate() {
            let group = &mut groups[bin * levels / bins];
            group.0 += *count as f64;
            group.1 += f64::from(u8::from(*count > 0));
        }
        let spread = |bin: usize| {
            let (sum, filled) = groups[bin * levels / bins];
            if counts[bin] > 0 { sum / filled } else { 0.0 }
        };
        let q: Vec<f64> = (0..bins).map(spread).collect();
        let (sum_p, sum_q) = (p.iter().sum::<f64>(), q.iter().sum::<f64>());
        let mut divergence = 0.0;
        for (p, q) in p.iter().zip(&q) {
            if *p > 0.0 {
                divergence += p / sum_p * ((p / sum_p) / (q / sum_q)).ln();
            }
        }
        if divergence < best.0 - 1e-12 {
            best = (divergence, bins);
        }
    }
    best.1
}

fn observed(values: &[f32]) -> Entropy {
    let range = Range::of(values).unwrap();
    let mut observer = Entropy::new(range);
    for record in values.chunks(700) {
        observer.add(observer.sample(record, Range::of(record).unwrap()));
    }
    observer
}

/// Normal values, some of them tenfold.
fn values(signed: bool) -> Vec<f32> {
    let mut state = 11u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 24) as f32
    };
    (0..4000)
        .map(|at| {
            let normal = (0..6).map(|_| next()).sum::<f32>() - 3.0;
            let x = if at % 400 == 0 { 10.0 * normal } else { normal };
            if signed { x } else { x.max(0.0) }
        })
        .collect()
}

#[test]
fn it_is_the_twin() {
    for (signed, levels) in [(true, 128), (false, 256)] {
        let values = values(signed);
        let observer = observed(&values);
        let range = Range::of(&values).unwrap();
        let most = range.max.max(-range.min);
        let mut counts = vec![0u64; BINS];
        for x in values.iter().filter(|x| **x != 0.0) {
            let bin = (f64::from(x.abs()) / (f64::from(most) / 2048.0)).floor() as usize;
            counts[bin.min(BINS - 1)] += 1;
        }
        assert_eq!(observer.histogram().counts(), counts);
        let bins = twin(&counts, levels);
        assert_eq!(observer.search.best(observer.histogram().counts()), bins);
        assert!((levels..BINS).contains(&bins), "it cuts something off: {bins}");
        let threshold = (f64::from(most) / 2048.0 * bins as f64) as f32;
        let wanted = Range {
            min: range.min.max(-threshold),
            max: range.max.min(threshold),
        };
        assert_eq!(observer.range(), Some(wanted));
    }
}

#[test]
fn parts_are_the_whole_and_come_back_from_bytes() {
    let values = values(true);
    let whole = observed(&values);
    let mut merged = Entropy::new(whole.extremes());
    let (front, back) = values.split_at(1400);
    for part in [back, front] {
        let mut observer = Entropy::new(whole.extremes());
        observer.add(observer.sample(part, Range::of(part).unwrap()));
        merged.merge(observer);
    }
    assert_eq!(merged, whole);
    let mut out = Writer::default();
    whole.store(&mut out);
    assert_eq!(Entropy::load(&mut Reader::new(&out.0)).unwrap(), whole);
}

#[test]
fn of_nothing_but_zeros_it_is_zero() {
    let observer = observed(&[0.0; 8]);
    assert_eq!(observer.range(), Some(Range { min: 0.0, max: 0.0 }));
    assert_eq!(Entropy::new(Range { min: 0.0, max: 1.0 }).range(), None);
}

/// A threshold keeps at least half of the values: of those below, none is better, however near the distributions are.
#[test]
fn no_more_are_clipped_than_kept() {
    let far: Vec<(usize, u64)> = (2001..2013)
        .zip([7, 1, 9, 2, 5, 30, 4, 8, 6, 3, 11, 14])
        .collect();
    let all_far: u64 = far.iter().map(|(_, count)| count).sum();
    for (near, cut) in [
        (all_far - 1, false),
        (all_far, true),
        (all_far + 1, true),
        (5, false),
    ] {
        let mut counts = vec![0; BINS];
        far.iter().for_each(|(bin, count)| counts[*bin] = *count);
        counts[300] = near;
        let (observer, _) = Threshold::new(Range { min: -1.0, max: 1.0 });
        let best = observer.best(&counts);
        assert_eq!(best, twin(&counts, 128), "{near}");
        // All that is near stands in one bin: clipped behind it, the two distributions are one.
        assert_eq!(best == 301, cut, "{near}: {best}");
    }
}

/// Of counts in one group, the spread is even; what is empty stays empty. Ends at which nothing is counted are no thresholds.
#[test]
fn counts_of_any_shape_have_the_twin_s_threshold() {
    let shapes: [fn(usize) -> u64; 5] = [
        |bin| (2048 - bin as u64) / 3,
        |bin| {
            if bin.is_multiple_of(7) {
                1000 / (bin as u64 + 1)
            } else {
                0
            }
        },
        |bin| u64::from(bin > 600 && bin < 700) * 40 + u64::from(bin == 2047),
        |bin| ((bin as u64 * 2_654_435_761) >> 7) % 50 * u64::from(bin < 1500),
        |bin| {
            if bin < 256 {
                90 + (bin as u64 % 3)
            } else {
                (bin as u64).is_multiple_of(97).into()
            }
        },
    ];
    let mut cut = 0;
    for (number, shape) in shapes.iter().enumerate() {
        let counts: Vec<u64> = (0..BINS).map(shape).collect();
        for (min, levels) in [(-1.0, 128), (0.0, 256)] {
            let (observer, _) = Threshold::new(Range { min, max: 1.0 });
            let best = observer.best(&counts);
            assert_eq!(best, twin(&counts, levels), "shape {number}, {levels} levels");
            cut += usize::from(best < BINS);
        }
    }
    assert!((2..10).contains(&cut), "{cut} are cut");
}
