//! The least and the greatest value of all records.

use quant_ir::error::Result;
use quant_kernel::Range;

use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// The least of all minima and the greatest of all maxima: eight bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MinMax(Option<Range>);

impl MinMax {
    pub(crate) fn store(&self, out: &mut Writer) {
        out.range(self.0);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self> {
        Ok(Self(from.range()?))
    }
}

impl Observer for MinMax {
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
        self.0 = Some(self.0.map_or(range, |so_far| so_far.join(range)));
    }

    fn merge(&mut self, later: Self) {
        later.0.into_iter().for_each(|range| self.add(range));
    }

    fn range(&self) -> Option<Range> {
        self.0
    }
}
