//! The exponential average over records with a weight of one's own.

use quant_ir::error::Result;
use quant_kernel::Range;

use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// `average = weight · average + (1 − weight) · extreme` over the records, started with the first one, in f64, and rounded to
/// f32 at the end: 24 bytes. (Jacob et al., arXiv 1712.05877, 3.1; PyTorch's `MovingAverageMinMaxObserver` with
/// `averaging_constant` 1 − weight, which computes in f32.)
///
/// The state of records behind others keeps the range of each of them (eight bytes a record), until it is merged into the state
/// of those before.
#[derive(Clone, Debug, PartialEq)]
pub struct Ema {
    weight: f64,
    average: Option<(f64, f64)>,
    /// Ranges of records that wait for those before them; `None` when there are none before.
    waiting: Option<Vec<Range>>,
}

impl Ema {
    /// With the weight of the average so far, 0…1. The state begins with the record `first` of all.
    pub fn new(weight: f64, first: usize) -> Self {
        Self {
            weight,
            average: None,
            waiting: (first > 0).then(Vec::new),
        }
    }

    /// The weight of the average so far.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    fn averaged(&self, average: Option<(f64, f64)>, next: Range) -> (f64, f64) {
        let next = (f64::from(next.min), f64::from(next.max));
        let mixed = |old: f64, new: f64| self.weight * old + (1.0 - self.weight) * new;
        average.map_or(next, |(min, max)| (mixed(min, next.0), mixed(max, next.1)))
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        out.u8(u8::from(self.average.is_some()));
        let (min, max) = self.average.unwrap_or_default();
        out.f64(min);
        out.f64(max);
        out.ranges(self.waiting.as_deref());
    }

    pub(crate) fn load(&mut self, from: &mut Reader<'_>) -> Result<()> {
        let seen = from.flag()?;
        let average = (from.f64()?, from.f64()?);
        self.average = seen.then_some(average);
        from.ranges(&mut self.waiting)
    }
}

impl Observer for Ema {
    type Sample = Range;

    fn reads_values(&self) -> bool {
        false
    }

    fn merging(&self) -> Merge {
        Merge::InOrder
    }

    fn sample(&self, _: &[f32], range: Range) -> Range {
        range
    }

    fn add(&mut self, range: Range) {
        match &mut self.waiting {
            Some(waiting) => waiting.push(range),
            None => self.average = Some(self.averaged(self.average, range)),
        }
    }

    fn merge(&mut self, later: Self) {
        let waiting = later.waiting.into_iter().flatten();
        waiting.for_each(|range| self.add(range));
    }

    fn range(&self) -> Option<Range> {
        let waiting = self.waiting.iter().flatten();
        let average = waiting.fold(self.average, |average, range| {
            Some(self.averaged(average, *range))
        });
        average.map(|(min, max)| Range {
            min: min as f32,
            max: max as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_begin_with_the_first_record_and_wait_for_those_before() {
        let range = |max| Range { min: -1.0, max };
        let mut average = Ema::new(0.75, 0);
        assert_eq!(average.range(), None);
        for max in [4.0, 8.0, 2.0] {
            average.add(range(max));
        }
        let wanted = ((4.0 * 0.75 + 8.0 * 0.25) * 0.75 + 2.0 * 0.25) as f32;
        assert_eq!(average.range(), Some(range(wanted)));
        let (mut first, mut later) = (Ema::new(0.75, 0), Ema::new(0.75, 1));
        first.add(range(4.0));
        later.add(range(8.0));
        later.add(range(2.0));
        assert_eq!(later.range(), Some(range(6.5)));
        first.merge(later);
        assert_eq!(first, average);
    }
}
