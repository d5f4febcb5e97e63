//! The least and the greatest value of all records, as TensorFlow's calibrator keeps them.

use quant_ir::error::Result;
use quant_kernel::Range;

use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// The running minimum and maximum of TensorFlow's calibrator: eight bytes.
///
/// They start at the greatest float and at the *least positive* one: a tensor that is never above 0 has 1.1754944e-38 as
/// its maximum. NaN is passed over; so is the lowest float, which the original counts, and which stands for no value in
/// padded pools and masks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running(Option<Range>);

/// What the original starts with.
const START: Range = Range {
    min: f32::MAX,
    max: f32::MIN_POSITIVE,
};

impl Running {
    pub(crate) fn store(&self, out: &mut Writer) {
        out.range(self.0);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self> {
        Ok(Self(from.range()?))
    }
}

impl Observer for Running {
    type Sample = Range;

    fn sample(&self, _: &[f32], range: Range) -> Range {
        range
    }

    fn reads_values(&self) -> bool {
        false
    }

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    fn add(&mut self, range: Range) {
        self.0 = Some(self.0.unwrap_or(START).join(range));
    }

    fn merge(&mut self, later: Self) {
        later.0.into_iter().for_each(|range| self.add(range));
    }

    fn range(&self) -> Option<Range> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_above_zero_and_joins() {
        let mut running = Running::default();
        assert_eq!(running.range(), None);
        running.add(Range { min: -2.0, max: -1.0 });
        let so_far = Range {
            min: -2.0,
            max: 1.175_494_4e-38,
        };
        assert_eq!(running.range(), Some(so_far));
        let mut later = Running::default();
        later.add(Range { min: 0.5, max: 3.0 });
        assert_eq!(later.range(), Some(Range { min: 0.5, max: 3.0 }));
        running.merge(later);
        assert_eq!(running.range(), Some(Range { min: -2.0, max: 3.0 }));
        running.merge(Running::default());
        assert_eq!(running.range(), Some(Range { min: -2.0, max: 3.0 }));
    }
}
