//! The search by sorted sums beside the definition, one value after the other.

use quant_amct::algorithm::ifmr::{self, Search};
use quant_amct::algorithm::{Bits, Factors};

/// Values around 0 with a few far out, the same on every machine.
fn values(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let value = |_| {
        let x = uniform() + uniform() + uniform() - 1.2;
        if uniform() < 0.001 { 8.0 * x } else { x }
    };
    (0..count).map(value).collect()
}

#[expect(clippy::disallowed_methods, reason = "the twin stands on nothing of ours")]
fn loss(values: &[f32], max: f32, min: f32, scale: f32) -> f64 {
    let error = |&x: &f32| f64::from((x.clamp(min, max) / scale).round_ties_even() * scale - x);
    values.iter().map(|x| error(x) * error(x)).sum::<f64>() / values.len() as f64
}

#[test]
fn sums_choose_what_the_definition_chooses() {
    for (seed, asymmetric) in [(1, true), (2, false), (3, true)] {
        let mut data = values(50_000, seed);
        let search = Search {
            asymmetric,
            ..Search::default()
        };
        let found = ifmr::search(&mut data, &search).expect("finite");
        let naive: Vec<f64> = ifmr::factors(&search)
            .map(|factor| {
                let max = factor * found.max_init;
                let min = if asymmetric {
                    found.min_init
                } else {
                    factor * found.min_init
                };
                let scale = Factors::of_range(max, min, asymmetric, Bits::INT8).scale;
                let bound = max.max(-min);
                let (max, min) = if asymmetric { (max, min) } else { (bound, -bound) };
                loss(&data, max, min, scale)
            })
            .collect();
        for (mine, twin) in found.losses.iter().zip(&naive) {
            assert!((mine - twin).abs() <= 1e-6 * twin, "{mine} {twin}");
        }
        let least = naive.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(naive.iter().position(|loss| *loss == least), Some(found.best));
        assert_eq!(found.losses[found.best], least);
    }
}
