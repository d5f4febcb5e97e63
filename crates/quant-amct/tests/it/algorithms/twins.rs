//! The search by bounds beside the definition, one value after the other.

use quant_amct::algorithm::ifmr::{self, Search};
use quant_amct::algorithm::{Bits, Factors};

/// Numbers from 0 to 1, the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }
}

/// Values as activations have them: more than the search takes one by one.
fn values(kind: &str, seed: u64) -> Vec<f32> {
    let mut random = Random(seed);
    let mut value = || {
        let x = random.next() + random.next() + random.next() - 1.2;
        let rare = random.next();
        match kind {
            "few far out" if rare < 0.001 => 8.0 * x,
            "some very far out" if rare < 0.000_1 => 1e4 * x,
            "relu6" => (8.0 * x).clamp(0.0, 6.0),
            "all below 0" => -x.abs() - 0.5,
            "steps" => (x * 20.0).floor() / 20.0,
            "almost none" if rare < 0.999 => 0.0,
            "tiny" => x * 1e-9,
            "huge" => x * 1e30,
            _ => x,
        }
    };
    (0..135_000).map(|_| value()).collect()
}

#[expect(clippy::disallowed_methods, reason = "the twin stands on nothing of ours")]
fn loss(values: &[f32], max: f32, min: f32, scale: f32) -> f64 {
    let error = |&x: &f32| f64::from((x.clamp(min, max) / scale).round_ties_even() * scale - x);
    values.iter().map(|x| error(x) * error(x)).sum::<f64>() / values.len() as f64
}

fn compare(kind: &str, seed: u64, search: Search) {
    let data = values(kind, seed);
    let label = format!("{kind}, {search:?}");
    let (one, two) = data.split_at(70_001);
    let found = ifmr::search(&[one, two], &search).expect("finite");
    let mut sorted = data.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let outside = |percentile: f64| {
        if percentile >= 1.0 {
            return 1;
        }
        (data.len() - (percentile * data.len() as f64) as usize).max(1)
    };
    assert_eq!(
        (found.max_init, found.min_init),
        (
            sorted[data.len() - outside(search.max_percentile)].max(0.0),
            sorted[outside(search.min_percentile) - 1].min(0.0)
        ),
        "{label}"
    );
    let naive: Vec<f64> = ifmr::factors(&search)
        .map(|factor| {
            let max = factor * found.max_init;
            let min = if search.asymmetric {
                found.min_init
            } else {
                factor * found.min_init
            };
            let scale = Factors::of_range(max, min, search.asymmetric, search.bits).scale;
            let bound = max.max(-min);
            let (max, min) = if search.asymmetric {
                (max, min)
            } else {
                (bound, -bound)
            };
            loss(&data, max, min, scale)
        })
        .collect();
    for (factor, (mine, twin)) in found.losses.iter().zip(&naive).enumerate() {
        assert!(
            (mine - twin).abs() <= 5e-2 * twin,
            "{label}: factor {factor}: {mine} {twin}"
        );
    }
    let least = naive.iter().copied().fold(f64::INFINITY, f64::min);
    // The order of a sum is nobody's: below that nothing is told apart.
    let first = naive.iter().position(|loss| *loss <= least * (1.0 + 1e-12));
    assert_eq!(first, Some(found.best), "{label}");
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let same = pool
            .expect("threads")
            .install(|| ifmr::search(&[one, two], &search));
        assert_eq!(same.expect("finite"), found, "{label}: {threads} threads");
    }
}

#[test]
fn bounds_choose_what_the_definition_chooses() {
    let kinds = [
        "bell",
        "few far out",
        "some very far out",
        "relu6",
        "all below 0",
        "steps",
        "almost none",
        "tiny",
        "huge",
    ];
    for (seed, kind) in (1..).zip(kinds) {
        let search = Search {
            asymmetric: seed % 3 != 0,
            ..Search::default()
        };
        compare(kind, seed, search);
    }
    let wide = Search {
        max_percentile: 0.7,
        min_percentile: 0.95,
        ..Search::default()
    };
    compare("bell", 20, wide);
    let fine = Search {
        start: 0.5,
        end: 1.0,
        step: 0.002,
        max_percentile: 1.0,
        ..Search::default()
    };
    compare("few far out", 21, fine);
    let coarse = Search {
        bits: Bits::INT4,
        ..Search::default()
    };
    compare("relu6", 22, coarse);
}
