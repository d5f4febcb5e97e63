//! Observers beside NumPy: ranges of fixed arrays, as `tools/make_observer_vectors.py` computes them from the definitions.

use quant_core::kernel::Range;
use quant_core::record::{Ema, Entropy, MinMax, Observer, SquaredError, Values};

const VECTORS: &str = include_str!("observer_vectors.tsv");
const RECORDS: usize = 5;
const VALUES: usize = 700;

/// Records of values: a linear congruential generator's upper 24 bits, to a power, moved.
fn array(seed: u64, power: u32, offset: f64) -> Vec<Vec<f32>> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let u = (state >> 40) as f64 / f64::from(1 << 23) - 1.0;
        ((1..power).fold(u, |x, _| x * u) + offset) as f32
    };
    (0..RECORDS)
        .map(|_| (0..VALUES).map(|_| next()).collect())
        .collect()
}

fn observed<O: Observer>(mut observer: O, records: &[Vec<f32>]) -> Option<Range> {
    for record in records {
        observer.add(observer.sample(record, Range::of(record).unwrap()));
    }
    observer.range()
}

#[test]
fn ranges_are_those_of_numpy() {
    let mut seen = 0;
    for line in VECTORS.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, seed, power, offset, observer, min, max] = fields[..] else {
            panic!("{line}");
        };
        let records = array(
            seed.parse().unwrap(),
            power.parse().unwrap(),
            offset.parse().unwrap(),
        );
        let range = Range::of(&records.concat()).unwrap();
        let found = match observer.split_once(':') {
            None if observer == "minmax" => observed(MinMax::default(), &records),
            None if observer == "kl" => observed(Entropy::new(range), &records),
            None => observed(SquaredError::new(range), &records),
            Some(("ema", weight)) => observed(Ema::new(weight.parse().unwrap(), 0), &records),
            Some((_, p)) => observed(Values::new(p.parse().unwrap()), &records),
        };
        let found = found.unwrap();
        let wanted: (f32, f32) = (min.parse().unwrap(), max.parse().unwrap());
        assert_eq!((found.min, found.max), wanted, "{line}");
        seen += 1;
    }
    assert_eq!(seen, 28);
}
