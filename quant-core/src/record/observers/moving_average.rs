//! The exponential average over batches of records.

use quant_ir::error::Result;
use quant_kernel::Range;

use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// `average = average · (1 − constant) + extreme · constant` over the extremes of batches, started with those of the
/// first one: sixteen bytes and the parameters.
///
/// An average depends on the order of what it averages. The state of records behind others keeps the range of each of
/// them (eight bytes a record), until it is merged into the state of those before.
#[derive(Clone, Debug, PartialEq)]
pub struct MovingAverage {
    batch: usize,
    /// 1 − constant, in f32 as ONE has it.
    kept: f32,
    /// Over the batches that are full.
    average: Option<Range>,
    /// Extremes of the newest batch, and how many records it has.
    newest: Option<(Range, usize)>,
    /// Ranges of records that wait for those before them; `None` when there are none before.
    waiting: Option<Vec<Range>>,
}

impl MovingAverage {
    /// Over batches of `batch` records (at least 1) that have the tensor; `constant` (0…1) is the weight of the newest.
    /// The state begins with the record `first` of all.
    pub fn new(batch: usize, constant: f32, first: usize) -> Self {
        Self {
            batch,
            kept: 1.0 - constant,
            average: None,
            newest: None,
            waiting: (first > 0).then(Vec::new),
        }
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        out.range(self.average);
        out.range(self.newest.map(|(range, _)| range));
        out.u64(self.newest.map_or(0, |(_, records)| records as u64));
        out.ranges(self.waiting.as_deref());
    }

    pub(crate) fn load(&mut self, from: &mut Reader<'_>) -> Result<()> {
        self.average = from.range()?;
        let newest = from.range()?;
        let records = from.size()?;
        if records >= self.batch.max(1) || newest.is_some() != (records > 0) {
            return Err(from.wrong("a batch that is full already, or has no range"));
        }
        self.newest = newest.map(|range| (range, records));
        from.ranges(&mut self.waiting)
    }

    /// Takes a full batch into the average: in f64, rounded to f32 each time.
    fn averaged(&self, batch: Range) -> Range {
        let next = |average: f32, next: f32| {
            (f64::from(average * self.kept) + f64::from(next) * (1.0 - f64::from(self.kept))) as f32
        };
        self.average.map_or(batch, |average| Range {
            min: next(average.min, batch.min),
            max: next(average.max, batch.max),
        })
    }
}

impl Observer for MovingAverage {
    type Sample = Range;

    fn sample(&self, _: &[f32], range: Range) -> Range {
        range
    }

    fn reads_values(&self) -> bool {
        false
    }

    fn merging(&self) -> Merge {
        Merge::InOrder
    }

    fn add(&mut self, range: Range) {
        if let Some(waiting) = &mut self.waiting {
            waiting.push(range);
            return;
        }
        let (batch, records) = match self.newest {
            Some((batch, records)) => (batch.join(range), records + 1),
            None => (range, 1),
        };
        self.newest = Some((batch, records));
        if records >= self.batch {
            self.average = Some(self.averaged(batch));
            self.newest = None;
        }
    }

    fn merge(&mut self, later: Self) {
        later
            .waiting
            .into_iter()
            .flatten()
            .for_each(|range| self.add(range));
    }

    /// The last batch counts although it may not be full.
    fn range(&self) -> Option<Range> {
        if let Some(waiting) = &self.waiting {
            let mut alone = Self {
                waiting: None,
                ..self.clone()
            };
            waiting.iter().for_each(|range| alone.add(*range));
            return alone.range();
        }
        self.newest
            .map_or(self.average, |(batch, _)| Some(self.averaged(batch)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_averages() {
        let average = |batch, values: &[f32]| {
            let mut observer = MovingAverage::new(batch, 0.5, 0);
            for value in values {
                observer.add(Range {
                    min: -value,
                    max: *value,
                });
            }
            let range = observer.range()?;
            assert_eq!(range.min, -range.max);
            Some(range.max)
        };
        assert_eq!(average(1, &[4.0, 8.0]), Some(6.0));
        assert_eq!(average(2, &[4.0, 8.0, 1.0]), Some(4.5));
        // The original's batch of 256 wraps around to 0 and never ends.
        assert_eq!(average(256, &[4.0; 300]), Some(4.0));
        assert_eq!(average(1, &[]), None);
    }

    #[test]
    fn a_state_behind_others_waits_for_them() {
        let range = |value| Range { min: 0.0, max: value };
        let mut later = MovingAverage::new(2, 0.25, 1);
        later.add(range(8.0));
        later.add(range(2.0));
        assert_eq!(later.range(), Some(range(8.0)));
        let mut first = MovingAverage::new(2, 0.25, 0);
        first.add(range(4.0));
        first.merge(later);
        // (4, 8) is the first batch, (2) the second.
        assert_eq!(first.range(), Some(range(8.0 * 0.75 + 2.0 * 0.25)));
    }
}
