//! Ranges of activations: IFMR, HFMG and its histograms.

use quant_amct::algorithm::hfmg;
use quant_amct::algorithm::histogram::Histogram;
use quant_amct::algorithm::ifmr::{self, Search};
use serde_json::Value;

use super::{batches, bits, factors, near};
use crate::reference::{Tally, f32_of};

pub(super) fn ifmr_case(folder: &std::path::Path, case: &Value, tally: &mut Tally) {
    let number = |key: &str| case[key].as_f64().expect(key);
    let search = Search {
        max_percentile: number("max_percentile"),
        min_percentile: number("min_percentile"),
        start: number("search_start"),
        end: number("search_end"),
        step: number("search_step"),
        asymmetric: case["with_offset"].as_bool().expect("with_offset"),
        bits: bits(case),
    };
    let values = batches(folder, case);
    let values: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
    let found = ifmr::search(&values, &search);
    let label = || format!("ifmr {} {search:?}", case["case"]);
    if let Some(error) = case["error"].as_str() {
        let same = found
            .as_ref()
            .err()
            .is_some_and(|e| error.contains(&e.problem().to_string()));
        return tally.check(same, || format!("{}: {found:?} for {error}", label()));
    }
    let (found, result) = (found.expect("finite"), &case["result"]);
    let close = result["margin"].as_f64().is_some_and(|margin| margin < 1e-4);
    let losses: Vec<f64> = result["losses"]
        .as_array()
        .expect("losses")
        .iter()
        .map(|x| x.as_f64().unwrap_or(f64::NAN))
        .collect();
    tally.check(found.losses.len() == losses.len(), || {
        format!("{}: {} losses", label(), found.losses.len())
    });
    for (index, (a, b)) in found.losses.iter().zip(&losses).enumerate() {
        // The original's f32 sums overflow (NaN) or lose what is below f32; ours are f64.
        tally.check(near(*a, *b, 1e-4) || b.is_nan() || (a - b).abs() < 1e-37, || {
            format!("{}: loss {index} {a} {b}", label())
        });
    }
    tally.check(
        (found.max_init, found.min_init) == (f32_of(&result["max_init"]), f32_of(&result["min_init"])),
        || {
            format!(
                "{}: {} {} for {} {}",
                label(),
                found.max_init,
                found.min_init,
                result["max_init"],
                result["min_init"]
            )
        },
    );
    let best = result["best_index"].as_u64().expect("best_index") as usize;
    // Where its losses are NaN the original takes the first factor; ours takes the least loss.
    let close = close || losses.iter().any(|loss| loss.is_nan());
    tally.check(found.best == best || close, || {
        format!(
            "{}: factor {} for {best}, margin {}",
            label(),
            found.best,
            result["margin"]
        )
    });
    if found.best == best {
        factors(&label(), found.factors, search.bits, result, tally);
    }
}

pub(super) fn hfmg_case(folder: &std::path::Path, case: &Value, tally: &mut Tally) {
    let label = || {
        format!(
            "hfmg {} {} bins, offset {}",
            case["case"], case["num_of_bins"], case["with_offset"]
        )
    };
    let bins = case["num_of_bins"].as_u64().expect("num_of_bins") as usize;
    let batches = batches(folder, case);
    let histogram = Histogram::of(&batches[0], bins).and_then(|mut first| {
        batches[1..].iter().try_for_each(|batch| first.add(batch))?;
        Ok(first)
    });
    if let Some(error) = case["error"].as_str() {
        let same = histogram
            .as_ref()
            .err()
            .is_some_and(|e| error.contains(&e.problem().to_string()));
        return tally.check(same, || format!("{}: for {error}", label()));
    }
    let histogram = histogram.expect("finite");
    if let Some(counts) = case["histogram"].as_array() {
        let moved: u64 = counts
            .iter()
            .zip(&histogram.counts)
            .map(|(a, b)| a.as_u64().expect("a count").abs_diff(*b))
            .sum();
        tally.check(moved <= 2 * (batches.len() as u64), || {
            format!("{}: {moved} counts differ", label())
        });
    }
    let asymmetric = case["with_offset"].as_bool().expect("with_offset");
    let found = hfmg::search(&histogram, asymmetric, bits(case));
    let result = &case["result"];
    tally.check(
        found.ranges.len() == result["ranges"].as_u64().expect("ranges") as usize,
        || {
            format!(
                "{}: {} ranges for {}",
                label(),
                found.ranges.len(),
                result["ranges"]
            )
        },
    );
    let range = |value: &Value| {
        (
            value[0].as_u64().expect("bin") as usize,
            value[1].as_u64().expect("bin") as usize,
        )
    };
    for (mine, theirs) in found
        .ranges
        .iter()
        .zip(result["first_ranges"].as_array().into_iter().flatten())
    {
        tally.check(*mine == range(theirs), || {
            format!("{}: range {mine:?} {theirs}", label())
        });
    }
    if let Some(last) = found.ranges.last().filter(|_| result["last_range"].is_array()) {
        tally.check(*last == range(&result["last_range"]), || {
            format!("{}: last {last:?} {}", label(), result["last_range"])
        });
    }
    tally.check(
        found.best as u64 == result["best_index"].as_u64().unwrap_or(0),
        || format!("{}: best {} {}", label(), found.best, result["best_index"]),
    );
    if let (Some(loss), Some(mine)) = (result["loss"].as_f64(), found.losses.get(found.best)) {
        tally.check(near(*mine, loss, 1e-3), || {
            format!("{}: loss {mine} {loss}", label())
        });
    }
    factors(&label(), found.factors, bits(case), result, tally);
}

pub(super) fn search_cases(cases: &Value, tally: &mut Tally) {
    let mut counts: Vec<u64> = Vec::new();
    for case in cases.as_array().expect("search") {
        tally.algorithms += 1;
        if let Some(given) = case["histogram"].as_array() {
            counts = given.iter().map(|x| x.as_u64().expect("a count")).collect();
        }
        let histogram = Histogram {
            min: f32_of(&case["min"]),
            max: f32_of(&case["max"]),
            counts: counts.clone(),
        };
        let label = format!(
            "hfmg of histogram {} {} {} bits",
            case["case"], case["num_of_bins"], case["num_bits"]
        );
        let found = hfmg::search(
            &histogram,
            case["with_offset"].as_bool().expect("with_offset"),
            bits(case),
        );
        let best = case["best_index"].as_u64().expect("best_index") as usize;
        tally.check(
            found.ranges.len() as u64 == case["ranges"].as_u64().expect("ranges"),
            || format!("{label}: {} ranges for {}", found.ranges.len(), case["ranges"]),
        );
        for (index, loss) in case["losses_every_20th"]
            .as_array()
            .expect("losses")
            .iter()
            .enumerate()
        {
            let (mine, theirs) = (found.losses[20 * index], loss.as_f64().expect("a loss"));
            tally.check(near(mine, theirs, 1e-3), || {
                format!("{label}: loss {} {mine} {theirs}", 20 * index)
            });
        }
        let close = case["margin"].as_f64().is_some_and(|margin| margin <= 1e-3);
        tally.check(found.best == best || close, || {
            format!(
                "{label}: best {} for {best}, margin {}",
                found.best, case["margin"]
            )
        });
        if found.best == best {
            factors(&label, found.factors, bits(case), case, tally);
        }
    }
}

pub(super) fn merge_case(_: &std::path::Path, case: &Value, tally: &mut Tally) {
    let counts = |key: &str| -> Vec<u64> {
        case[key]
            .as_array()
            .expect(key)
            .iter()
            .map(|x| x.as_u64().expect("a count"))
            .collect()
    };
    let histogram = |range: &str, key: &str| Histogram {
        min: f32_of(&case[range][0]),
        max: f32_of(&case[range][1]),
        counts: counts(key),
    };
    let mut merged = histogram("new_range", "new");
    merged.take(&histogram("old_range", "old"));
    let theirs = counts("merged");
    let moved: u64 = merged
        .counts
        .iter()
        .zip(&theirs)
        .map(|(a, b)| a.abs_diff(*b))
        .sum();
    tally.check(moved == 0, || {
        format!(
            "merge {}: {moved} counts differ: {:?} {theirs:?}",
            case["case"], merged.counts
        )
    });
}
