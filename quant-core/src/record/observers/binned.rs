//! What observers have in common that search a range in a histogram over the extremes of a first pass.

use quant_ir::error::Result;
use quant_kernel::Range;

use super::histogram::{BINS, Histogram};
use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// What is counted of a tensor whose extremes are known, and which range comes of it.
pub trait Search: Clone + Send + Sync {
    /// Whether the ends of the histogram are those of the range; else the range is written beside them.
    const ENDS_TELL: bool;

    /// Of a tensor whose values are in `range`, with the histogram that it wants.
    fn new(range: Range) -> (Self, Histogram);

    /// The range of the first pass.
    fn extremes(&self) -> Range;

    /// Which of these values are counted, and as what.
    fn counted(&self, values: &[f32]) -> impl Iterator<Item = f32>;

    /// The range that is found.
    fn found(&self, histogram: &Histogram) -> Range;
}

/// An observer of two passes: counts in the bins of a histogram. 16 KiB a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Binned<S> {
    pub(super) search: S,
    histogram: Histogram,
    seen: bool,
}

impl<S: Search> Binned<S> {
    /// Of a tensor whose values are in `range`.
    pub fn new(range: Range) -> Self {
        let (search, histogram) = S::new(range);
        Self {
            search,
            histogram,
            seen: false,
        }
    }

    /// What is counted.
    pub fn histogram(&self) -> &Histogram {
        &self.histogram
    }

    /// The range of the first pass.
    pub fn extremes(&self) -> Range {
        self.search.extremes()
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        if !S::ENDS_TELL {
            out.range(Some(self.extremes()));
        }
        out.u8(u8::from(self.seen));
        self.histogram.store(out);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self> {
        let range = if S::ENDS_TELL { None } else { Some(from.edges()?) };
        let seen = from.flag()?;
        let histogram = Histogram::load(from)?;
        let (min, max) = histogram.ends();
        let (search, wanted) = S::new(range.unwrap_or(Range { min, max }));
        if histogram.ends() != wanted.ends() {
            return Err(from.wrong("a histogram over other ends than its extremes"));
        }
        Ok(Self {
            search,
            histogram,
            seen,
        })
    }
}

impl<S: Search> Observer for Binned<S> {
    type Sample = Vec<u32>;

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    fn sample_bytes(&self) -> usize {
        BINS * size_of::<u32>()
    }

    fn sample(&self, values: &[f32], _: Range) -> Vec<u32> {
        self.histogram.sample(self.search.counted(values))
    }

    fn add(&mut self, counts: Vec<u32>) {
        self.seen = true;
        self.histogram.add(counts);
    }

    fn merge(&mut self, later: Self) {
        self.seen |= later.seen;
        self.histogram.merge(&later.histogram);
    }

    fn range(&self) -> Option<Range> {
        self.seen.then(|| self.search.found(&self.histogram))
    }
}
