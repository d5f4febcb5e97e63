//! The naive twin sorts all values.

use super::*;

/// The two values at each end between which the exact percentile is.
fn exact(values: &[f32], percentile: f64) -> [(f32, f32); 2] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let cut = (sorted.len() as f64 * (100.0 - percentile) / 100.0).floor() as usize;
    let last = sorted.len() - 1;
    let before = cut.saturating_sub(1);
    [
        (sorted[before], sorted[cut]),
        (sorted[last - cut], sorted[last - before]),
    ]
}

/// The same by the bins' definition: a bin is what has the same sign, exponent and first eight bits of the mantissa.
fn twin(values: &[f32], percentile: f64) -> Range {
    let edges = |x: f32| {
        let bits = x.to_bits() >> 15 << 15;
        let (near, far) = (f32::from_bits(bits), f32::from_bits(bits + (1 << 15)));
        if x < 0.0 {
            (f64::from(far), f64::from(near))
        } else {
            (f64::from(near), f64::from(far))
        }
    };
    let mut sorted: Vec<f32> = values.iter().map(|x| x + 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let cut = sorted.len() as f64 * (100.0 - percentile) / 100.0;
    let end = |sorted: &[f32], from_below: bool| {
        let mut before = 0;
        loop {
            let (low, high) = edges(sorted[before]);
            let same = sorted[before..]
                .iter()
                .take_while(|x| edges(**x) == (low, high))
                .count();
            if (before + same) as f64 >= cut {
                let share = (cut - before as f64) / same as f64;
                return if from_below {
                    low + (high - low) * share
                } else {
                    high - (high - low) * share
                };
            }
            before += same;
        }
    };
    let min = end(&sorted, true) as f32;
    let (least, greatest) = (sorted[0], sorted[sorted.len() - 1]);
    sorted.reverse();
    let max = end(&sorted, false) as f32;
    Range {
        min: min.max(least).min(greatest),
        max: max.min(greatest).max(least),
    }
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 24) as f32
    };
    // Long tails on both sides, and zeros.
    (0..count)
        .map(|at| match at % 5 {
            0 => 0.0,
            _ => (next() - 0.4) / (next() + 1e-3),
        })
        .collect()
}

fn observed(values: &[f32], percentile: f64) -> Values {
    let mut observer = Values::new(percentile);
    for record in values.chunks(3001) {
        observer.add(observer.sample(record, Range::of(record).unwrap()));
    }
    observer
}

#[test]
fn it_is_the_twin_and_near_the_exact_percentile() {
    for (count, seed) in [(1, 3), (2, 9), (100, 1), (5000, 2), (40_000, 5)] {
        let values = numbers(count, seed);
        for percentile in [50.0, 90.0, 99.0, 99.9, 99.99, 100.0] {
            let range = observed(&values, percentile).range().unwrap();
            assert_eq!(range, twin(&values, percentile), "{count} values at {percentile}");
            let [min, max] = exact(&values, percentile);
            let near = |is: f32, (low, high): (f32, f32)| {
                is >= low - low.abs() / 256.0 - 1e-30 && is <= high + high.abs() / 256.0 + 1e-30
            };
            assert!(
                near(range.min, min) && near(range.max, max),
                "{range:?}, {min:?}, {max:?}"
            );
        }
    }
}

#[test]
fn an_outlier_is_cut_off_whatever_its_size() {
    let mut values = numbers(20_000, 7);
    let without = observed(&values, 99.9).range().unwrap();
    values.extend([3e38, -3e38]);
    let with = observed(&values, 99.9).range().unwrap();
    assert!((with.max / without.max - 1.0).abs() < 0.02 && (with.min / without.min - 1.0).abs() < 0.02);
}

#[test]
fn parts_in_any_order_are_the_whole_and_come_back_from_bytes() {
    let values = numbers(9000, 4);
    let whole = observed(&values, 99.0);
    let (front, back) = values.split_at(3001);
    let mut merged = observed(back, 99.0);
    merged.merge(observed(front, 99.0));
    assert_eq!(merged, whole);
    let mut out = Writer::default();
    whole.store(&mut out);
    let mut read = Values::new(99.0);
    read.load(&mut Reader::new(&out.0)).unwrap();
    assert_eq!(read, whole);
}

#[test]
fn values_that_are_none_do_not_count() {
    let observer = Values::new(100.0);
    let (range, bins) = observer.sample(&[f32::NAN, f32::MIN, 2.0, -0.0], Range { min: 0.0, max: 2.0 });
    assert_eq!((range.max, bins.len()), (2.0, 2));
    assert_eq!(Values::new(99.0).range(), None);
}
