//! The loops beside one value after the other.
#![expect(clippy::disallowed_methods, reason = "the twins stand on nothing of ours")]

use quant_numeric::clipped::{Bins, Grid, RUN, Tally, extremes, squared_errors};

/// Values around 0, of which some are 0 and some far away.
fn values(count: u32) -> Vec<f32> {
    let value = |i: u32| {
        let x = (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 8_388_608.0 - 0.8;
        if i.is_multiple_of(7) { 0.0 } else { x * x * x }
    };
    (0..count).map(value).collect()
}

#[test]
fn extremes_are_those_of_each_run() {
    let mut values = values(1000);
    let found = extremes(&values).unwrap();
    assert_eq!(found.len(), 4);
    for (run, [least, greatest]) in values.chunks(RUN).zip(found) {
        assert_eq!(run.iter().copied().fold(f32::INFINITY, f32::min), least);
        assert_eq!(run.iter().copied().fold(f32::NEG_INFINITY, f32::max), greatest);
    }
    assert_eq!(extremes(&[]), Some(Vec::new()));
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        values[999] = bad;
        assert_eq!(extremes(&values), None);
    }
}

#[test]
fn errors_are_those_of_the_definition() {
    let values = values(70_001);
    let (one, two) = values.split_at(33);
    let grids = [(-0.5, 1.0, 0.01), (0.0, 0.7, 1.0 / 3.0), (-0.9, 0.0, 0.9)];
    let grids = grids.map(|(min, max, scale)| Grid { min, max, scale });
    for (sum, grid) in squared_errors(&[one, two], &grids).into_iter().zip(grids) {
        let error = |x: &f32| {
            let multiple = (x.clamp(grid.min, grid.max) / grid.scale).round_ties_even();
            f64::from(multiple * grid.scale - x).powi(2)
        };
        let naive: f64 = values.iter().map(error).sum();
        assert!((sum - naive).abs() <= 1e-12 * naive, "{grid:?}: {sum} {naive}");
    }
}

/// Each value alone: at 2²³ the last bit of a float is 1, so that a sum there is rounded to its place.
fn counted(bins: Bins, values: &[f32], [low, high]: [f32; 2]) -> (Vec<(u64, f64)>, Vec<f32>) {
    let origin = (256 * bins.zero + 128) as f32 + 8_388_608.0;
    let (mut counts, mut beyond) = (vec![(0, 0.0); bins.count], Vec::new());
    for &x in values {
        if !(low..=high).contains(&x) {
            beyond.push(x);
            continue;
        }
        let place =
            (x * (256.0 / bins.width) + origin).to_bits() as usize - 8_388_608.0f32.to_bits() as usize;
        let bin: &mut (u64, f64) = &mut counts[place / 256];
        bin.0 += 1;
        bin.1 += (place % 256) as f64 / 256.0 - 0.5;
    }
    (counts, beyond)
}

type Tallied = fn(Bins, &[&[f32]], [f32; 2]) -> Tally;

#[test]
fn counts_are_those_of_each_value_alone() {
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
    };
    let (one, many) = (pool(1), pool(3));
    // As activations are: clipped at one end or both, all of them zero, none; with zeros of either sign, values beyond the range,
    // and some that are no whole vector.
    let clips = [
        [0.0, 0.3],
        [-0.2, 0.4],
        [-0.5, 0.0],
        [0.0, 0.0],
        [-9.0, 9.0],
        [0.0, 1e-4],
    ];
    for (at, [least, greatest]) in clips.into_iter().enumerate() {
        let mut values = values(100_003 + 40 * at as u32);
        let sign = |(at, x): (usize, &mut f32)| {
            *x = if *x == 0.0 && at % 2 == 0 {
                -0.0
            } else {
                x.clamp(least, greatest)
            }
        };
        values.iter_mut().enumerate().for_each(sign);
        if at % 2 == 1 {
            values[99_000] = 2.0;
            values[1000] = -2.0;
        }
        let end = |x: f32| if x == 0.0 { 0.5 } else { x.abs().min(1.0) };
        for [low, high] in [
            [least.max(-1.0), end(greatest)],
            [-end(least), greatest.max(0.0)],
            [-1.0, 0.2],
        ] {
            let bins = Bins::over(low, high);
            let naive = counted(bins, &values, [low, high]);
            let parts = [&values[..33_333], &values[33_333..]];
            for (pool, count) in [&one, &many]
                .into_iter()
                .flat_map(|pool| [(pool, Bins::tally as Tallied), (pool, Bins::tally_in_two_tables)])
            {
                let tally = pool.install(|| count(bins, &parts, [low, high]));
                assert_eq!(
                    (&tally.bins, &tally.beyond),
                    (&naive.0, &naive.1),
                    "{least}…{greatest} in {low}…{high}"
                );
            }
        }
    }
}

#[test]
fn every_value_is_in_a_bin_near_its_place() {
    let values = values(200_000);
    for [low, high] in [
        [-0.5, 1.0],
        [0.0, 1.5],
        [-0.6, 0.0],
        [-1e-6, 1.0],
        [-3e4, 1e3],
        [-1e-9, 2e-9],
    ] {
        let bins = Bins::over(low, high);
        // As many as there may be, but for the ends.
        assert!(
            (Bins::MOST - 8..=Bins::MOST).contains(&bins.count) && bins.zero < bins.count,
            "{bins:?}"
        );
        let tally = bins.tally(&[&values[..70_000], &values[70_000..]], [low, high]);
        let (within, beyond): (Vec<f32>, Vec<f32>) = values.iter().partition(|x| (low..=high).contains(*x));
        assert_eq!(tally.beyond, beyond);
        let width = f64::from(bins.width);
        let mut naive = vec![(0, 0.0); bins.count];
        for x in within.iter().map(|x| f64::from(*x) / width) {
            let place = x.round_ties_even();
            let bin: &mut (u64, f64) = &mut naive[(place + bins.zero as f64) as usize];
            bin.0 += 1;
            bin.1 += x - place;
        }
        // What lies next to an edge may be in either bin.
        let places = |bins: &[(u64, f64)]| {
            let mut sum = 0.0;
            let runs = bins.iter().enumerate().map(|(bin, (count, apart))| {
                sum += bin as f64 * *count as f64 + apart;
                sum
            });
            runs.collect::<Vec<f64>>()
        };
        let count: u64 = tally.bins.iter().map(|(count, _)| count).sum();
        assert_eq!(count as usize, within.len());
        let (a, b) = (places(&tally.bins), places(&naive));
        let (a, b) = (a[a.len() - 1], b[b.len() - 1]);
        assert!(
            (a - b).abs() <= Bins::DOUBT * count as f64,
            "{low} {high}: {a} {b}"
        );
        for (mine, naive) in tally.bins.iter().zip(&naive) {
            assert!(
                mine.0.abs_diff(naive.0) <= 2 + naive.0 / 10,
                "{low} {high}: {mine:?} {naive:?}"
            );
        }
    }
}
