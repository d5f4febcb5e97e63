//! An observer by its word is the observer: what it keeps, in parts, in bytes, and beside others.

use super::*;

const MODES: [Mode; 9] = [
    Mode::MinMax,
    Mode::Percentile { min: 10.0, max: 90.0 },
    Mode::MovingAverage {
        batch: 2,
        constant: 0.25,
    },
    Mode::Running,
    Mode::Exponential,
    Mode::Ema { weight: 0.75 },
    Mode::Values { percentile: 90.0 },
    Mode::Entropy,
    Mode::SquaredError,
];

const RECORDS: [[f32; 4]; 5] = [
    [-3.0, 0.5, 1.0, 8.0],
    [-1.0, 0.25, 2.0, 4.0],
    [-2.0, 0.0, 1.5, 3.0],
    [-4.0, 0.75, 2.5, 16.0],
    [-0.5, 0.125, 2.25, 2.5],
];

fn range(values: &[f32]) -> Range {
    Range::of(values).unwrap()
}

fn edges() -> Range {
    range(RECORDS.as_flattened())
}

/// Nothing seen, and the record `first` is the next.
fn fresh(mode: Mode, first: usize) -> AnyObserver {
    AnyObserver::new(mode, first, RECORDS.len(), Some(edges()))
}

fn see<O: Observer>(mut observer: O, records: &[[f32; 4]]) -> O {
    for record in records {
        let sample = observer.sample(record, range(record));
        observer.add(sample);
    }
    observer
}

fn bytes(observer: &AnyObserver) -> Vec<u8> {
    let mut out = Writer::default();
    observer.store(&mut out);
    out.0
}

/// The range that the observer of a mode finds, without [`AnyObserver`].
fn alone(mode: Mode) -> Option<Range> {
    let records = &RECORDS;
    match mode {
        Mode::MinMax => see(MinMax::default(), records).range(),
        Mode::Percentile { min, max } => see(Percentile::new(min, max, records.len()), records).range(),
        Mode::MovingAverage { batch, constant } => {
            see(MovingAverage::new(batch, constant, 0), records).range()
        }
        Mode::Running => see(Running::default(), records).range(),
        Mode::Exponential => see(Exponential::new(0), records).range(),
        Mode::Ema { weight } => see(Ema::new(weight, 0), records).range(),
        Mode::Values { percentile } => see(Values::new(percentile), records).range(),
        Mode::Entropy => see(Entropy::new(edges()), records).range(),
        Mode::SquaredError => see(SquaredError::new(edges()), records).range(),
    }
}

#[test]
fn it_is_the_observer_of_its_mode() {
    for mode in MODES {
        assert_eq!(fresh(mode, 0).range(), None, "{mode}");
        let found = see(fresh(mode, 0), &RECORDS).range();
        assert!(found.is_some());
        assert_eq!(found, alone(mode), "{mode}");
    }
}

#[test]
fn parts_are_the_whole_and_come_back_from_bytes() {
    for mode in MODES {
        let whole = see(fresh(mode, 0), &RECORDS);
        // A part has records.
        for cut in 1..=RECORDS.len() {
            let (front, back) = RECORDS.split_at(cut);
            let mut parts = see(fresh(mode, 0), front);
            let later = see(fresh(mode, cut), back);
            // As from two processes.
            let mut read = fresh(mode, cut);
            read.load(Some(mode), &mut Reader::new(&bytes(&later))).unwrap();
            assert_eq!(bytes(&read), bytes(&later), "{mode}");
            assert_eq!(read.range(), later.range(), "{mode}");
            parts.fits(&read).unwrap();
            parts.merge(read);
            assert_eq!(parts.range(), whole.range(), "{mode} cut at {cut}");
            assert_eq!(bytes(&parts), bytes(&whole), "{mode} cut at {cut}");
        }
    }
}

/// Averages depend on the order of the records; the others do not.
#[test]
fn averages_are_merged_in_order() {
    for mode in MODES {
        let average = matches!(
            mode,
            Mode::MovingAverage { .. } | Mode::Exponential | Mode::Ema { .. }
        );
        let merging = fresh(mode, 0).merging();
        assert_eq!(
            merging,
            if average { Merge::InOrder } else { Merge::AnyOrder },
            "{mode}"
        );
    }
    assert_eq!(AnyObserver::Fixed(edges()).merging(), Merge::AnyOrder);
    // What says it can be put together in any order can be.
    for mode in MODES
        .into_iter()
        .filter(|mode| fresh(*mode, 0).merging() == Merge::AnyOrder)
    {
        let (front, back) = RECORDS.split_at(2);
        let mut parts = see(fresh(mode, 2), back);
        parts.merge(see(fresh(mode, 0), front));
        assert_eq!(parts.range(), alone(mode), "{mode}");
    }
}

/// As many samples are in memory as their size says.
#[test]
fn samples_of_histograms_are_large() {
    let plain = size_of::<AnySample>();
    for mode in MODES {
        let more = match mode {
            Mode::Values { .. } => 4096 * size_of::<(u32, u32)>(),
            Mode::Entropy | Mode::SquaredError => 2048 * size_of::<u32>(),
            _ => 0,
        };
        assert_eq!(fresh(mode, 0).sample_bytes(), plain + more, "{mode}");
    }
    assert_eq!(AnyObserver::Nothing.sample_bytes(), plain);
}

#[test]
fn single_tensors_have_observers_that_need_no_others() {
    for mode in MODES {
        let own = match mode {
            Mode::Percentile { .. } | Mode::MovingAverage { .. } | Mode::Running | Mode::Exponential => None,
            _ => Some(mode),
        };
        assert_eq!(fresh(mode, 0).own_mode(), own, "{mode}");
    }
    assert_eq!(AnyObserver::Fixed(edges()).own_mode(), None);
    assert_eq!(AnyObserver::Nothing.own_mode(), None);
}

#[test]
fn only_states_of_one_observer_with_one_pair_of_ends_fit() {
    let other = Range { min: -4.0, max: 8.0 };
    for mode in MODES {
        for second in MODES {
            let fits = fresh(mode, 0).fits(&fresh(second, 0));
            assert_eq!(fits.is_ok(), mode == second, "{mode}, {second}");
        }
        let same = fresh(mode, 0).fits(&AnyObserver::new(mode, 2, RECORDS.len(), Some(other)));
        assert_eq!(same.is_ok(), !mode.needs_edges(), "{mode}");
        assert!(fresh(mode, 0).fits(&AnyObserver::Nothing).is_err(), "{mode}");
        assert!(
            fresh(mode, 0).fits(&AnyObserver::Fixed(edges())).is_err(),
            "{mode}"
        );
    }
    let fixed = AnyObserver::Fixed(edges());
    assert!(fixed.fits(&AnyObserver::Fixed(edges())).is_ok());
    assert!(AnyObserver::Nothing.fits(&AnyObserver::Nothing).is_ok());
    let error = fixed.fits(&AnyObserver::Fixed(other)).unwrap_err().to_string();
    assert!(
        error.contains("record every part with the same --edges"),
        "{error}"
    );
}

/// A range that somebody gave, and a tensor without numbers in the first pass, stay what they are.
#[test]
fn what_is_given_or_nothing_stays() {
    let first = Range { min: -7.0, max: 9.0 };
    for (observer, wanted) in [
        (AnyObserver::Fixed(first), Some(first)),
        (AnyObserver::Nothing, None),
    ] {
        let mut seen = see(observer, &RECORDS);
        assert_eq!(seen.range(), wanted);
        let stored = bytes(&seen);
        seen.merge(see(fresh(Mode::MinMax, 0), &RECORDS));
        assert_eq!(seen.range(), wanted);
        let mut read = AnyObserver::Fixed(edges());
        read.load(None, &mut Reader::new(&stored)).unwrap();
        assert_eq!(read.range(), wanted);
        assert_eq!(bytes(&read), stored);
    }
    for mode in [Mode::Entropy, Mode::SquaredError] {
        let without = AnyObserver::new(mode, 0, RECORDS.len(), None);
        assert!(matches!(without, AnyObserver::Nothing), "{mode}");
        // The ends of a histogram are those that stand in the bytes, whatever the observer had.
        let mut read = without;
        read.load(
            Some(mode),
            &mut Reader::new(&bytes(&see(fresh(mode, 0), &RECORDS))),
        )
        .unwrap();
        assert_eq!(read.range(), alone(mode), "{mode}");
    }
}

/// Every cut of every state is refused, and so is what is neither there nor not.
#[test]
fn states_that_are_cut_are_refused() {
    for mode in MODES {
        let stored = bytes(&see(fresh(mode, 0), &RECORDS));
        for cut in (0..stored.len()).step_by((stored.len() / 64).max(1)) {
            let read = fresh(mode, 0).load(Some(mode), &mut Reader::new(&stored[..cut]));
            assert!(read.is_err(), "{mode} cut at {cut}");
        }
        let mut odd = stored;
        odd[0] = 2;
        assert!(
            fresh(mode, 0).load(Some(mode), &mut Reader::new(&odd)).is_err(),
            "{mode}"
        );
    }
}
