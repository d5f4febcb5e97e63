//! Records that decide a range alone: one value of 1e9 in one of them leaves the others next to nothing.

use std::fmt;

use super::wire::{Reader, Writer};
use crate::scheme::setting::{Encoding, Per};
use quant_ir::error::Result;
use quant_kernel::Range;
use quant_types::QuantType;

/// Recording does not know which type comes: a range is looked at as one of eight bits.
const STEPS: f32 = Encoding::of(QuantType::Uint8, Per::Tensor).steps();

/// Steps that the other records must have.
const ENOUGH: f32 = 8.0;

/// A record whose values leave those of the others next to none of the integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// The first tensor where that shows.
    pub tensor: String,
    /// The record's number.
    pub record: usize,
    /// Its value that is farthest from zero.
    pub value: f32,
    /// How many of 255 steps over the recorded range lie in the range of the other records.
    pub left: f32,
}

impl fmt::Display for Outlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "record {}: `{}` reaches {:e}, which leaves the other records {:.1} of {STEPS} steps; leave the record out, or \
             let percentiles cut it off",
            self.record, self.tensor, self.value, self.left
        )
    }
}

/// The record in which a tensor reaches farthest from zero, and the range of all others: what an [`Outlier`] is found
/// by. Of records that reach as far it is the last one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Farthest {
    seen: usize,
    /// The record and its range.
    far: Option<(usize, Range)>,
    rest: Range,
}

impl Default for Farthest {
    fn default() -> Self {
        Self {
            seen: 0,
            far: None,
            rest: Range::EMPTY,
        }
    }
}

/// The end that is farthest from zero.
fn reach(range: Range) -> f32 {
    if -range.min > range.max {
        range.min
    } else {
        range.max
    }
}

impl Farthest {
    /// How often the tensor was seen.
    pub(super) fn seen(&self) -> usize {
        self.seen
    }

    pub(super) fn store(&self, out: &mut Writer) {
        out.u64(self.seen as u64);
        out.u64(self.far.map_or(0, |(record, _)| record as u64));
        out.range(self.far.map(|(_, range)| range));
        out.f32(self.rest.min);
        out.f32(self.rest.max);
    }

    pub(super) fn load(from: &mut Reader<'_>) -> Result<Self> {
        let (seen, record) = (from.size()?, from.size()?);
        let far = from.range()?.map(|range| (record, range));
        let rest = from.pair()?;
        if seen >= 1 << 48 {
            return Err(from.wrong("a tensor that was seen more often than it can be"));
        }
        Ok(Self { seen, far, rest })
    }

    /// Sees the tensor's range in a record.
    pub(super) fn add(&mut self, record: usize, range: Range) {
        self.seen += 1;
        self.compare(record, range);
    }

    fn compare(&mut self, record: usize, range: Range) {
        let far = (reach(range).abs(), record);
        let farther = |(other, range): &(usize, Range)| {
            let other = (reach(*range).abs(), *other);
            far.0.total_cmp(&other.0).then(far.1.cmp(&other.1)).is_gt()
        };
        if self.far.as_ref().is_none_or(farther) {
            if let Some((_, before)) = self.far.replace((record, range)) {
                self.rest = self.rest.join(before);
            }
        } else {
            self.rest = self.rest.join(range);
        }
    }

    /// Adds what was seen in other records.
    pub(super) fn merge(&mut self, other: &Self) {
        self.seen += other.seen;
        self.rest = self.rest.join(other.rest);
        if let Some((record, range)) = other.far {
            self.compare(record, range);
        }
    }

    /// The outlier of a tensor over whose recorded `range` there are 255 steps. None with fewer than two records, and
    /// when some of the `records` were without elements.
    pub(super) fn outlier(&self, tensor: &str, records: usize, range: Range) -> Option<Outlier> {
        let (record, far) = self.far.filter(|_| self.seen == records)?;
        let value = reach(far);
        Some(Outlier {
            tensor: tensor.to_owned(),
            record,
            value,
            left: left(value, self.rest, range)?,
        })
    }
}

/// How many of 255 steps over `range` lie in that of the `rest`, when they are too few because of `value`. Zero has an
/// integer of its own.
fn left(value: f32, rest: Range, range: Range) -> Option<f32> {
    let step = (range.max.max(0.0) - range.min.min(0.0)) / STEPS;
    let left = (rest.max - rest.min) / step;
    let far = value.abs() > ENOUGH * rest.min.abs().max(rest.max.abs());
    // What never moves needs no steps, nor does an empty rest.
    (rest.max > rest.min && left < ENOUGH && far).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_record_far_from_the_others_is_one() {
        /// The ranges of the records, and the one that stands out with its value.
        type Row = (&'static [(f32, f32)], Option<(usize, f32)>);
        let rows: [Row; 8] = [
            (&[(-1.0, 1.0), (-2.0, 1.0), (-1.0, 1e9)], Some((2, 1e9))),
            (&[(-1e9, 1.0), (-2.0, 1.0), (-1.0, 3.0)], Some((0, -1e9))),
            (&[(-1.0, 1.0), (-1.0, 1e9), (-2.0, 1.0)], Some((1, 1e9))),
            (&[(-1.0, 1e9), (-2.0, 1.0), (-1.0, 1e9)], None),
            (&[(-1.0, 1.0), (-2.0, 1.0), (-1.0, 10.0)], None),
            (&[(4.0, 4.1), (4.0, 4.1), (4.0, 4.2)], None),
            (&[(1e9, 1e9)], None),
            (&[(0.0, 0.0), (0.0, 0.0), (0.0, 5.0)], None),
        ];
        for (ranges, wanted) in rows {
            let ranges: Vec<Range> = ranges
                .iter()
                .map(|(min, max)| Range { min: *min, max: *max })
                .collect();
            let all = ranges.iter().fold(Range::EMPTY, |all, range| all.join(*range));
            let seen = |records: std::ops::Range<usize>| {
                let mut farthest = Farthest::default();
                records.for_each(|record| farthest.add(record, ranges[record]));
                farthest
            };
            let whole = seen(0..ranges.len());
            let found = whole.outlier("x", ranges.len(), all);
            assert_eq!(
                found.map(|found| (found.record, found.value)),
                wanted,
                "{ranges:?}"
            );
            assert_eq!(whole.outlier("x", 9, all), None);
            for cut in 0..=ranges.len() {
                let (front, back) = (seen(0..cut), seen(cut..ranges.len()));
                let merged = |mut first: Farthest, second: &Farthest| {
                    first.merge(second);
                    first
                };
                assert_eq!(merged(front.clone(), &back), whole, "{ranges:?} cut at {cut}");
                assert_eq!(merged(back, &front), whole, "{ranges:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn steps_that_the_others_have() {
        // The record's value, the range of the others, the recorded range, and the steps that are left.
        let rows = [
            (1000.0, (1.0, 3.0), (-500.0, 1000.0), Some(2.0 / (1500.0 / 255.0))),
            // Zero has a step of its own.
            (1000.0, (1.0, 3.0), (1.0, 1000.0), Some(2.0 / (1000.0 / 255.0))),
            (
                -1000.0,
                (-3.0, -1.0),
                (-1000.0, -1.0),
                Some(2.0 / (1000.0 / 255.0)),
            ),
            // Eight steps are enough.
            (255.0, (0.0, 8.0), (0.0, 255.0), None),
            (255.0, (0.0, 7.5), (0.0, 255.0), Some(7.5)),
            // Eight times as far is not far.
            (700.0, (99.0, 100.0), (0.0, 700.0), None),
            (800.0, (99.0, 100.0), (0.0, 800.0), None),
            (816.0, (99.0, 100.0), (0.0, 816.0), Some(1.0 / 3.2)),
            (816.0, (-100.0, -99.0), (0.0, 816.0), Some(1.0 / 3.2)),
        ];
        let range = |(min, max)| Range { min, max };
        for (value, rest, all, wanted) in rows {
            assert_eq!(
                left(value, range(rest), range(all)),
                wanted,
                "{value}, {rest:?} of {all:?}"
            );
        }
    }

    #[test]
    fn an_outlier_says_what_to_do() {
        let outlier = Outlier {
            tensor: "x".to_owned(),
            record: 7,
            value: -1e9,
            left: 0.25,
        };
        let said = "record 7: `x` reaches -1e9, which leaves the other records 0.2 of 255 steps; leave the record out";
        assert!(outlier.to_string().starts_with(said), "{outlier}");
    }

    /// Of records that reach as far, the last one is the farthest; the one before it counts among the others.
    #[test]
    fn the_last_of_equals_is_the_farthest() {
        let range = |min, max| Range { min, max };
        let mut farthest = Farthest::default();
        for (record, range) in [(0, range(-3.0, 1.0)), (1, range(0.0, 3.0)), (2, range(-2.0, 2.5))] {
            farthest.add(record, range);
        }
        assert_eq!(farthest.far, Some((1, range(0.0, 3.0))));
        assert_eq!(farthest.rest, range(-3.0, 2.5));
        assert_eq!(reach(range(-3.0, 3.0)), 3.0);
    }
}
