//! The naive twin keeps every value.

use super::*;

/// All values, sorted when they are asked for.
fn twin(mut values: Vec<f32>, p: f32) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    let last = values.len().checked_sub(1)?;
    if p == 0.0 {
        return values.first().copied();
    }
    if p == 100.0 {
        return values.last().copied();
    }
    let index = ((f64::from(last as f32 * p) / 100.0).floor() as usize).min(last);
    let p = f64::from(p);
    let (Some(&low), Some(&high)) = (values.get(index), values.get(index + 1)) else {
        return values.last().copied();
    };
    let percent = f64::from(index as f32 / last as f32);
    let fraction = ((p / 100.0 - percent) / ((index as f64 + 1.0) / last as f64 - percent)) as f32;
    Some(low + fraction * (high - low))
}

const PERCENTILES: [f32; 14] = [
    0.0, 1e-30, 0.1, 1.0, 12.5, 33.3, 49.9, 50.0, 50.1, 66.6, 99.0, 99.9, 99.999_99, 100.0,
];

/// Values of many orders of magnitude in both signs; `few` of them, so that ties are common.
fn values(count: usize, few: u64) -> Vec<f32> {
    let mut state = count as u64 ^ few.rotate_left(32);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    };
    let value = |_| {
        let which = next() % few;
        let value = ((which % 1000) as f32 - 500.0) * 10f32.powi((which / 1000 % 40) as i32 - 20);
        if value == 0.0 { 0.0 } else { value }
    };
    (0..count).map(value).collect()
}

/// The observer of at most `records` values, shown these.
fn kept(values: &[f32], p: f32, records: usize) -> Kept {
    let mut kept = Kept::new(p, records);
    values.iter().for_each(|value| kept.add(*value));
    kept
}

#[test]
fn percentiles() {
    let rows = [
        (vec![3.0], 1.0, 3.0),
        (vec![5.0, 1.0], 0.0, 1.0),
        (vec![5.0, 1.0], 100.0, 5.0),
        (vec![4.0, 0.0, 2.0, 1.0, 3.0], 50.0, 2.0),
        (vec![0.0, 10.0], 25.0, 2.5),
    ];
    for (values, p, expected) in rows {
        let kept = kept(&values, p, values.len());
        assert_eq!(kept.percentile(), Some(expected), "{values:?} at {p}");
    }
    assert_eq!(Kept::new(1.0, 9).percentile(), None);
}

#[test]
fn what_is_kept_gives_what_all_values_give() {
    for count in (0..40).chain([99, 100, 101, 102, 500, 1000, 1001, 4096, 30_000]) {
        for few in [1, 3, 50_000] {
            let values = values(count, few);
            for p in PERCENTILES {
                let kept = kept(&values, p, count);
                assert!(kept.values.len() <= kept.limit);
                let (is, wanted) = (kept.percentile(), twin(values.clone(), p));
                assert_eq!(
                    is.map(f32::to_bits),
                    wanted.map(f32::to_bits),
                    "{count} values at {p}: {is:?}, {wanted:?}"
                );
            }
        }
    }
}

#[test]
fn infinities_are_values_like_others() {
    let values = [f32::INFINITY, 1.0, f32::NEG_INFINITY, 2.0, f32::MAX];
    for (p, wanted) in [(0.0, f32::NEG_INFINITY), (50.0, 2.0), (100.0, f32::INFINITY)] {
        assert_eq!(kept(&values, p, 5).percentile(), Some(wanted));
        assert_eq!(twin(values.to_vec(), p), Some(wanted));
    }
}

#[test]
fn records_that_lack_the_tensor_change_the_rank() {
    for records in [1, 2, 3, 10, 57, 300, 1000] {
        let values = values(records, 50_000);
        for count in (1..records).filter(|count| records < 100 || count % 37 == 0) {
            for p in PERCENTILES {
                let is = kept(&values[..count], p, records).percentile();
                let wanted = twin(values[..count].to_vec(), p);
                assert_eq!(is, wanted, "{count} of {records} values at {p}");
            }
        }
    }
}

/// Where numbers of records are no longer exact in f32: the ranks that are asked for are kept.
#[test]
fn the_ranks_of_any_number_of_records_are_kept() {
    let counts = (1..64).flat_map(|bits| {
        let near = 1usize << bits;
        [near - 1, near, near + 1, near + near / 3]
    });
    let counts: Vec<usize> = counts.chain([999_998, 1_000_000, 1_666_666]).collect();
    for records in &counts {
        for p in PERCENTILES {
            let kept = Kept::new(p, *records);
            for seen in counts
                .iter()
                .chain([&(records - 1)])
                .filter(|seen| **seen <= *records && **seen > 0)
            {
                let last = seen - 1;
                let there = |rank: usize| {
                    let from_the_end = if kept.greatest { last - rank } else { rank };
                    assert!(
                        from_the_end < kept.limit,
                        "{seen} of {records} values at {p}: rank {rank}, {} kept",
                        kept.limit
                    );
                    0.0
                };
                interpolated(p, last, there);
            }
        }
    }
}

#[test]
fn as_few_as_an_exact_answer_needs() {
    for records in [1000, 1_000_000] {
        for (p, share) in [
            (0.0, 0),
            (0.1, 1000),
            (1.0, 100),
            (99.0, 100),
            (99.9, 1000),
            (100.0, 0),
        ] {
            let limit = Kept::new(p, records).limit;
            let ranks = records.checked_div(share).unwrap_or(0);
            assert!((2..=ranks + 4).contains(&limit), "{records} at {p}: {limit}");
        }
        assert!(Kept::new(50.0, records).limit <= records / 2 + 2);
    }
}

#[test]
fn the_greatest_is_the_percentile_100_of_many_records() {
    // 999,997 · 100 is no f32: the rank below would be one too low.
    let last = 999_997;
    assert_eq!(index(last, 100.0), last - 1);
    assert_eq!(interpolated(100.0, last, |rank| rank as f32), last as f32);
}

#[test]
fn parts_give_what_all_records_give() {
    let values = values(1000, 800);
    for p in PERCENTILES {
        let part = |values: &[f32]| kept(values, p, 1000);
        let whole = part(&values).percentile();
        for cut in [0, 1, 300, 999, 1000] {
            let (front, back) = values.split_at(cut);
            for (first, second) in [(front, back), (back, front)] {
                let mut merged = part(first);
                merged.merge(part(second));
                assert_eq!(merged.percentile(), whole, "cut at {cut}, {p}");
                assert!(merged.values.len() <= merged.limit);
            }
        }
    }
}
