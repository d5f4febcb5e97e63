//! Times that are said, and what becomes of the layers.

use super::*;

/// A layer's times may depend on what else is quantized.
struct Said<F>(F, usize);

impl<F: FnMut(&[bool]) -> Timing> Clock for Said<F> {
    fn time(&mut self, quantized: &[bool]) -> Result<Timing> {
        self.1 += 1;
        Ok((self.0)(quantized))
    }
}

fn timing(quantized: &[bool], layers: &[(f64, f64)]) -> Timing {
    let of = |(on, (float, fixed)): (&bool, &(f64, f64))| if *on { *fixed } else { *float };
    Timing {
        total: quantized.iter().zip(layers).map(of).sum(),
        layers: layers
            .iter()
            .map(|(float, quantized)| LayerTime {
                float: *float,
                quantized: *quantized,
            })
            .collect(),
    }
}

fn search(layers: usize, limit: usize, times: impl FnMut(&[bool]) -> Timing) -> (Fastest, usize) {
    let mut clock = Said(times, 0);
    let found = batch_roll_back(layers, limit, &mut clock).unwrap();
    assert!(found.total <= found.float.min(found.all));
    (found, clock.1)
}

#[test]
fn slower_layers_and_ties_become_float_in_one_round() {
    let layers = [(10.0, 4.0), (5.0, 5.0), (3.0, 8.0), (9.0, 1.0)];
    let (found, measured) = search(4, 10, |on| timing(on, &layers));
    assert_eq!(found.quantized, [true, false, false, true]);
    assert_eq!((found.float, found.all, found.total), (27.0, 18.0, 13.0));
    assert_eq!((found.end, measured), (End::NoChange, 3));
    assert_eq!(found.rounds.len(), 2);
    assert_eq!(found.rounds[1].rolled_back, [1, 2]);
    assert!(found.rounds[1].kept && found.rounds[1].quantized == 2);
}

#[test]
fn a_neighbour_that_has_to_quantize_alone_follows() {
    // The first two share a node of 4; half of it each, all of it for the one that is left.
    let (found, _) = search(3, 10, |on| {
        let both = if on[0] && on[1] { 2.0 } else { 4.0 };
        timing(on, &[(5.0, 7.0 + both), (6.0, 3.0 + both), (20.0, 2.0)])
    });
    assert_eq!(found.quantized, [false, false, true]);
    let steps: Vec<&[usize]> = found.rounds.iter().map(|round| &round.rolled_back[..]).collect();
    assert_eq!(steps, [&[][..], &[0], &[1]]);
    assert_eq!((found.end, found.total), (End::NoChange, 13.0));
    assert_eq!(found.layers[1].quantized, 7.0, "what made it float");
}

#[test]
fn a_round_that_makes_the_model_slower_is_undone() {
    let (found, _) = search(2, 10, |on| {
        let mut timing = timing(on, &[(5.0, 6.0), (20.0, 2.0)]);
        // What nobody quantizes any more takes long elsewhere.
        timing.total += if on == [false, true] { 4.0 } else { 0.0 };
        timing
    });
    assert_eq!(found.quantized, [true, true]);
    assert_eq!((found.end, found.total, found.all), (End::Slower, 8.0, 8.0));
    assert_eq!(
        (found.rounds[1].kept, found.rounds[1].total, found.rounds.len()),
        (false, 11.0, 2)
    );
}

#[test]
fn rounds_have_a_limit() {
    // Whenever the first quantized layer is gone, the next one is slow.
    let times = |on: &[bool]| {
        let first = on.iter().position(|on| *on);
        let layers: Vec<(f64, f64)> = (0..on.len())
            .map(|index| (10.0, if Some(index) == first { 11.0 } else { 1.0 }))
            .collect();
        let mut timing = timing(on, &layers);
        timing.total = if on.iter().any(|on| *on) {
            20.0 - first.unwrap_or(0) as f64
        } else {
            50.0
        };
        timing
    };
    let (found, measured) = search(5, 2, times);
    assert_eq!(found.quantized, [false, false, true, true, true]);
    assert_eq!((found.end, found.total, measured), (End::RoundLimit, 18.0, 4));
    let (found, _) = search(5, 0, times);
    assert_eq!((found.quantized, found.end), (vec![true; 5], End::RoundLimit));
    // The last round that is allowed leaves nothing to change.
    let (found, _) = search(2, 1, |on| timing(on, &[(1.0, 2.0), (9.0, 1.0)]));
    assert_eq!(found.end, End::NoChange);
}

#[test]
fn all_slower_is_the_float_model() {
    let (found, measured) = search(2, 10, |on| timing(on, &[(1.0, 2.0), (3.0, 3.0)]));
    assert_eq!(found.quantized, [false, false]);
    assert_eq!((found.float, found.total, measured), (4.0, 4.0, 2));
    // Each layer is faster, the model is not.
    let (found, _) = search(2, 10, |on| {
        let mut timing = timing(on, &[(2.0, 1.0), (2.0, 1.0)]);
        timing.total += if on[0] { 3.0 } else { 0.0 };
        timing
    });
    assert_eq!((found.quantized, found.total), (vec![false, false], 4.0));
}

#[test]
fn no_layers_and_no_times() {
    let (found, measured) = search(0, 10, |on| timing(on, &[]));
    assert_eq!(
        (found.quantized.len(), found.end, measured),
        (0, End::NoChange, 1)
    );
    for odd in [f64::NAN, f64::INFINITY, -1.0] {
        let mut clock = Said(|on: &[bool]| timing(on, &[(1.0, odd)]), 0);
        let error = batch_roll_back(1, 1, &mut clock).unwrap_err().to_string();
        assert!(error.contains("a number from 0 on"), "{error}");
    }
    let mut clock = Said(|_: &[bool]| timing(&[true], &[(1.0, 1.0)]), 0);
    assert!(batch_roll_back(2, 1, &mut clock).is_err());
}
