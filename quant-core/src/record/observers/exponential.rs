//! The exponential average over records, as ai-edge-quantizer keeps it.

use quant_ir::error::Result;
use quant_kernel::Range;

use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// `average = 0.95 · average + 0.05 · extreme` over the records, in f32, started with the first one: eight bytes.
///
/// The extremes of a record are those of its values inside ±3e38, or of all where none is inside: infinities stand for no
/// value there. The state of records behind others keeps the range of each of them, until it is merged into the state of
/// those before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exponential {
    average: Option<Range>,
    /// Ranges of records that wait for those before them; `None` when there are none before.
    waiting: Option<Vec<Range>>,
}

/// Values beyond this are none.
const BEYOND: f32 = 3e38;

/// Weights of the average so far, and of the next record.
const WEIGHTS: (f32, f32) = (0.95, 0.05);

impl Exponential {
    /// A state that begins with the record `first` of all.
    pub fn new(first: usize) -> Self {
        Self {
            average: None,
            waiting: (first > 0).then(Vec::new),
        }
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        out.range(self.average);
        out.ranges(self.waiting.as_deref());
    }

    pub(crate) fn load(&mut self, from: &mut Reader<'_>) -> Result<()> {
        self.average = from.range()?;
        from.ranges(&mut self.waiting)
    }

    fn averaged(average: Option<Range>, next: Range) -> Range {
        let (old, new) = WEIGHTS;
        average.map_or(next, |average| Range {
            min: old * average.min + new * next.min,
            max: old * average.max + new * next.max,
        })
    }
}

impl Observer for Exponential {
    type Sample = Range;

    fn sample(&self, values: &[f32], range: Range) -> Range {
        if range.min > -BEYOND && range.max < BEYOND {
            return range;
        }
        let inside: Vec<f32> = values.iter().copied().filter(|x| x.abs() < BEYOND).collect();
        Range::of(&inside).unwrap_or(range)
    }

    fn merging(&self) -> Merge {
        Merge::InOrder
    }

    fn add(&mut self, range: Range) {
        match &mut self.waiting {
            Some(waiting) => waiting.push(range),
            None => self.average = Some(Self::averaged(self.average, range)),
        }
    }

    fn merge(&mut self, later: Self) {
        later
            .waiting
            .into_iter()
            .flatten()
            .for_each(|range| self.add(range));
    }

    fn range(&self) -> Option<Range> {
        let waiting = self.waiting.iter().flatten();
        waiting.fold(self.average, |average, range| {
            Some(Self::averaged(average, *range))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_of_records_in_f32() {
        let range = |max| Range { min: -1.0, max };
        let mut average = Exponential::new(0);
        assert_eq!(average.range(), None);
        average.add(range(4.0));
        assert_eq!(average.range(), Some(range(4.0)));
        let mut later = Exponential::new(1);
        later.add(range(8.0));
        later.add(range(2.0));
        average.merge(later);
        let first = 0.95_f32 * 4.0 + 0.05_f32 * 8.0;
        assert_eq!(average.range().unwrap().max, 0.95 * first + 0.05 * 2.0);
    }

    #[test]
    fn states_behind_others_are_put_together_in_their_order() {
        let range = |max: f32| Range { min: -max, max };
        let (mut whole, mut middle, mut last) =
            (Exponential::new(0), Exponential::new(1), Exponential::new(2));
        for max in [4.0, 8.0, 2.0] {
            whole.add(range(max));
        }
        middle.add(range(8.0));
        last.add(range(2.0));
        middle.merge(last);
        let first = 0.95_f32 * 8.0 + 0.05_f32 * 2.0;
        assert_eq!(middle.range(), Some(range(first)));
        let mut parts = Exponential::new(0);
        parts.add(range(4.0));
        parts.merge(middle);
        assert_eq!(parts, whole);
        assert_eq!(parts.merging(), Merge::InOrder);
    }

    #[test]
    fn what_is_beyond_is_passed_over_unless_all_is() {
        let average = Exponential::default();
        let sample = |values: &[f32]| average.sample(values, Range::of(values).unwrap());
        assert_eq!(
            sample(&[f32::INFINITY, 1.0, -2.0, -3.2e38]),
            Range { min: -2.0, max: 1.0 }
        );
        assert_eq!(
            sample(&[3.1e38, 3.2e38]),
            Range {
                min: 3.1e38,
                max: 3.2e38
            }
        );
        // The end itself is beyond; what is just inside counts.
        let inside = 3e38_f32.next_down();
        let of = |min, max| Range { min, max };
        assert_eq!(sample(&[3e38, 1.0]), of(1.0, 1.0));
        assert_eq!(sample(&[-3e38, 1.0]), of(1.0, 1.0));
        assert_eq!(sample(&[-inside, inside]), of(-inside, inside));
        assert_eq!(sample(&[-inside, f32::INFINITY]), of(-inside, -inside));
    }
}
