//! Records that decide a range alone: one value of 1e9 in one of them leaves the others next to nothing.

use std::fmt;

use super::Observer;

/// Steps of 255 that the other records must have.
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
            "record {}: `{}` reaches {:e}, which leaves the other records {:.1} of 255 steps; leave the record out, or \
             let percentiles cut it off",
            self.record, self.tensor, self.value, self.left
        )
    }
}

impl Observer {
    /// The record that reaches farthest from zero, by its number among those that were seen: its value there, and the
    /// range of all others. `None` with fewer than two records, and when some of the `records` were without elements.
    pub(super) fn outlier(&self, records: usize) -> Option<(usize, f32, (f32, f32))> {
        let reach = |(min, max): (f32, f32)| if -min > max { min } else { max };
        let seen = || self.ranges().enumerate();
        if seen().count() != records {
            return None;
        }
        let (at, range) = seen().max_by(|a, b| reach(a.1).abs().total_cmp(&reach(b.1).abs()))?;
        let others = seen().filter(|(other, _)| *other != at).map(|(_, range)| range);
        let rest = others.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some((at, reach(range), rest))
    }
}

/// How many of 255 steps over `range` lie in that of the `rest`, when they are too few because of `value`. Zero has an
/// integer of its own.
pub(super) fn left(value: f32, rest: (f32, f32), range: (f32, f32)) -> Option<f32> {
    let step = (range.1.max(0.0) - range.0.min(0.0)) / 255.0;
    let left = (rest.1 - rest.0) / step;
    let far = value.abs() > ENOUGH * rest.0.abs().max(rest.1.abs());
    // What never moves needs no steps.
    (rest.1 > rest.0 && left < ENOUGH && far).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_record_far_from_the_others_is_one() {
        /// The ranges of the records, and the one that stands out with its value.
        type Row = (&'static [(f32, f32)], Option<(usize, f32)>);
        let rows: [Row; 6] = [
            (&[(-1.0, 1.0), (-2.0, 1.0), (-1.0, 1e9)], Some((2, 1e9))),
            (&[(-1e9, 1.0), (-2.0, 1.0), (-1.0, 3.0)], Some((0, -1e9))),
            (&[(-1.0, 1.0), (-2.0, 1.0), (-1.0, 10.0)], None),
            (&[(4.0, 4.1), (4.0, 4.1), (4.0, 4.2)], None),
            (&[(1e9, 1e9)], None),
            (&[(0.0, 0.0), (0.0, 0.0), (0.0, 5.0)], None),
        ];
        for (ranges, wanted) in rows {
            let mut observer = Observer::default();
            for (record, (min, max)) in ranges.iter().enumerate() {
                observer.add(record, quant_kernel::Range { min: *min, max: *max });
            }
            let min = ranges.iter().fold(f32::MAX, |least, range| least.min(range.0));
            let max = ranges.iter().fold(f32::MIN, |most, range| most.max(range.1));
            let found = observer.outlier(ranges.len());
            let found = found.filter(|(_, value, rest)| left(*value, *rest, (min, max)).is_some());
            assert_eq!(
                found.map(|(record, value, _)| (record, value)),
                wanted,
                "{ranges:?}"
            );
            assert_eq!(observer.outlier(9), None);
        }
    }
}
