//! States as bytes that contradict themselves: each is refused, and its neighbour that does not is read.

use super::*;
use crate::record::observer::Observer;
use crate::record::wire::{Reader, Writer};
use quant_ir::error::Result;
use quant_kernel::Range;

const RANGE: Range = Range { min: -1.0, max: 2.0 };

fn bytes(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::default();
    write(&mut out);
    out.0
}

/// Whether bytes are read, to the last one; or the error.
fn read<T>(bytes: &[u8], load: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T, String> {
    let mut from = Reader::new(bytes);
    let read = load(&mut from).map_err(|error| error.to_string())?;
    assert!(from.is_empty(), "{} bytes are left", bytes.len());
    Ok(read)
}

/// A histogram with these ends and counts, as it is stored.
fn histogram(low: f32, high: f32, counts: &[u64]) -> Vec<u8> {
    bytes(|out| {
        out.f32(low);
        out.f32(high);
        out.u32(counts.len() as u32);
        counts.iter().for_each(|count| out.u64(*count));
    })
}

#[test]
fn histograms_have_finite_ends_in_order_and_all_bins_or_none() {
    let load = |bytes: &[u8]| read(bytes, Histogram::load).map(|histogram| histogram.counts().len());
    assert_eq!(load(&histogram(-1.0, 2.0, &[])), Ok(0));
    assert_eq!(load(&histogram(-1.0, 2.0, &[3; BINS])), Ok(BINS));
    // A tensor of one value has no width.
    assert_eq!(load(&histogram(2.0, 2.0, &[3; BINS])), Ok(BINS));
    for (low, high) in [
        (2.0, -1.0),
        (f32::NAN, 1.0),
        (0.0, f32::NAN),
        (f32::NEG_INFINITY, 1.0),
        (0.0, f32::INFINITY),
    ] {
        let error = load(&histogram(low, high, &[])).unwrap_err();
        assert!(
            error.contains("a histogram without ends"),
            "{low}, {high}: {error}"
        );
    }
    for bins in [1, BINS - 1, BINS + 1] {
        let error = load(&histogram(-1.0, 2.0, &vec![1; bins])).unwrap_err();
        assert!(error.contains("of another number of bins"), "{bins}: {error}");
    }
    // Counts that overflow when they are added.
    let error = load(&histogram(-1.0, 2.0, &[1 << 60; BINS])).unwrap_err();
    assert!(error.contains("more values than can be counted"), "{error}");
}

#[test]
fn values_fall_into_bins_of_equal_width_between_the_ends() {
    let histogram = Histogram::new(-1024.0, 1024.0);
    assert_eq!((histogram.ends(), histogram.width()), ((-1024.0, 1024.0), 1.0));
    let values = [
        (-1024.0, Some(0)),
        (-1023.5, Some(0)),
        (-1023.0, Some(1)),
        (0.0, Some(1024)),
        (1023.0, Some(2047)),
        (1024.0, Some(2047)),
        (-1024.5, None),
        (1024.5, None),
        (f32::NAN, None),
        (f32::INFINITY, None),
    ];
    for (value, bin) in values {
        let counts = histogram.sample([value].into_iter());
        assert_eq!(counts.iter().position(|count| *count == 1), bin, "{value}");
        assert_eq!(counts.iter().sum::<u32>(), u32::from(bin.is_some()), "{value}");
    }
    let flat = Histogram::new(3.0, 3.0).sample([3.0, 3.0, 4.0].into_iter());
    assert_eq!((flat[0], flat.iter().sum::<u32>()), (2, 2));
}

#[test]
fn counts_add_up_and_stay_at_the_greatest() {
    let mut sum = Histogram::new(0.0, 1.0);
    assert!(sum.counts().is_empty());
    sum.merge(&Histogram::new(0.0, 1.0));
    assert!(sum.counts().is_empty(), "nothing and nothing is nothing");
    sum.add([1u32, 2]);
    sum.add([10u32, 20]);
    assert_eq!(sum.counts()[..3], [11, 22, 0]);
    let mut other = Histogram::new(0.0, 1.0);
    other.add([u64::MAX, 1]);
    sum.merge(&other);
    assert_eq!(sum.counts()[..3], [u64::MAX, 23, 0]);
}

/// The histogram of |x| ends at the value that is farthest from zero.
#[test]
fn a_histogram_belongs_to_its_extremes() {
    let entropy = |range: Range, high: f32| {
        let mut stored = bytes(|out| {
            out.range(Some(range));
            out.u8(1);
        });
        stored.extend(histogram(0.0, high, &[1; BINS]));
        read(&stored, Entropy::load).map(|state| state.extremes())
    };
    assert_eq!(entropy(RANGE, 2.0), Ok(RANGE));
    let below = Range { min: -3.0, max: 2.0 };
    assert_eq!(entropy(below, 3.0), Ok(below));
    for (range, high) in [(RANGE, 1.0), (RANGE, 3.0), (below, 2.0)] {
        let error = entropy(range, high).unwrap_err();
        assert!(error.contains("other ends than its extremes"), "{error}");
    }
    let squared = |seen: u8| {
        let mut stored = vec![seen];
        stored.extend(histogram(-1.0, 2.0, &[]));
        read(&stored, SquaredError::load).map(|state| (state.extremes(), state.range().is_some()))
    };
    assert_eq!(squared(0), Ok((RANGE, false)));
    assert_eq!(squared(1), Ok((RANGE, true)));
    assert!(squared(2).is_err());
}

#[test]
fn a_batch_that_waits_is_not_full_and_has_a_range() {
    let load = |batch: usize, newest: Option<Range>, records: u64| {
        let stored = bytes(|out| {
            out.range(None);
            out.range(newest);
            out.u64(records);
            out.ranges(None);
        });
        let mut state = MovingAverage::new(batch, 0.5, 0);
        read(&stored, |from| state.load(from)).map(|()| state.range())
    };
    assert_eq!(load(3, None, 0), Ok(None));
    assert_eq!(load(3, Some(RANGE), 1), Ok(Some(RANGE)));
    assert_eq!(load(3, Some(RANGE), 2), Ok(Some(RANGE)));
    assert_eq!(load(1, None, 0), Ok(None));
    // A batch of none is one of one.
    assert_eq!(load(0, None, 0), Ok(None));
    for (batch, newest, records) in [
        (3, Some(RANGE), 3),
        (3, Some(RANGE), 4),
        (3, Some(RANGE), 0),
        (3, None, 1),
        (1, Some(RANGE), 1),
        (0, Some(RANGE), 1),
    ] {
        let error = load(batch, newest, records).unwrap_err();
        assert!(
            error.contains("a batch that is full already, or has no range"),
            "{error}"
        );
    }
}

#[test]
fn a_percentile_has_as_many_values_as_it_needs_in_their_order() {
    // Of at most four records, the percentiles 0 and 100 keep two values of each end.
    let load = |seen: u64, places: &[i32]| {
        let one = |out: &mut Writer| {
            out.u64(seen);
            out.u32(places.len() as u32);
            places.iter().for_each(|place| out.u32(place.cast_unsigned()));
        };
        let stored = bytes(|out| {
            one(out);
            one(out);
        });
        let mut state = Percentile::new(0.0, 0.0, 4);
        read(&stored, |from| state.load(from)).map(|()| state.range().is_some())
    };
    assert_eq!(load(0, &[]), Ok(false));
    assert_eq!(load(1, &[5]), Ok(true));
    assert_eq!(load(2, &[5, 5]), Ok(true));
    assert_eq!(load(4, &[-5, 5]), Ok(true));
    for (seen, places) in [
        (0, &[5][..]),
        (1, &[]),
        (1, &[4, 5]),
        (4, &[5]),
        (4, &[4, 5, 6]),
        (5, &[4, 5]),
    ] {
        let error = load(seen, places).unwrap_err();
        assert!(
            error.contains("another number of values than the percentile needs"),
            "{seen}: {error}"
        );
    }
    let error = load(4, &[6, 5]).unwrap_err();
    assert!(error.contains("values that are out of order"), "{error}");
}

#[test]
fn bins_of_values_stand_in_their_order_and_have_counts() {
    let last = 512 * 256 - 1;
    let load = |bins: &[(u32, u64)]| {
        let stored = bytes(|out| {
            out.range(Some(RANGE));
            out.u32(bins.len() as u32);
            for (bin, count) in bins {
                out.u32(*bin);
                out.u64(*count);
            }
        });
        let mut state = Values::new(99.0);
        read(&stored, |from| state.load(from)).map(|()| state.bins().collect::<Vec<_>>())
    };
    assert_eq!(load(&[]), Ok(vec![]));
    assert_eq!(
        load(&[(0, 1), (1, 7), (last, 2)]),
        Ok(vec![(0, 1), (1, 7), (last as usize, 2)])
    );
    for bins in [
        &[(last + 1, 1)][..],
        &[(5, 0)],
        &[(5, 1), (5, 1)],
        &[(5, 1), (4, 1)],
    ] {
        let error = load(bins).unwrap_err();
        assert!(
            error.contains("a bin that is out of order, empty or beyond the last"),
            "{error}"
        );
    }
    let error = load(&[(5, 1 << 61), (6, 1 << 61)]).unwrap_err();
    assert!(error.contains("more values than can be counted"), "{error}");
}

/// A state that begins at the first record waits for none; one behind others does.
#[test]
fn states_say_whether_they_wait() {
    for (first, waiting) in [(0, false), (3, true)] {
        let stored = bytes(|out| {
            out.range(None);
            out.ranges(waiting.then_some(&[RANGE, RANGE][..]));
        });
        let mut state = Exponential::new(first);
        read(&stored, |from| state.load(from)).unwrap();
        assert_eq!(state.range(), waiting.then_some(RANGE));
        let error = read(&stored, |from| Exponential::new(3 - first).load(from)).unwrap_err();
        assert!(error.contains("a state that begins at another record"), "{error}");
    }
}
