//! How a constant falls apart into channels.

use std::ops::Range;

/// Elements as `[outer, count, inner]`, row-major; all elements of one index of the middle are a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    count: usize,
    inner: usize,
}

impl Channels {
    /// `count` channels, whose elements stand together in runs of `inner`.
    pub fn new(count: usize, inner: usize) -> Self {
        Self {
            count: count.max(1),
            inner: inner.max(1),
        }
    }

    /// One channel that holds everything.
    pub fn one() -> Self {
        Self::new(1, usize::MAX)
    }

    /// Number of channels.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether neighbours are of different channels: the channel is the last dimension.
    pub fn interleaved(&self) -> bool {
        self.inner == 1 && self.count > 1
    }

    /// The channel of an element.
    pub fn of(&self, element: usize) -> usize {
        element / self.inner % self.count
    }

    /// The runs of one channel in `elements`: channel, and positions counted from the start of `elements`.
    pub fn runs(self, elements: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mut at = elements.start;
        std::iter::from_fn(move || {
            if at >= elements.end {
                return None;
            }
            let (from, channel) = (at, self.of(at));
            at = at.saturating_add(self.inner - at % self.inner).min(elements.end);
            Some((channel, from - elements.start..at - elements.start))
        })
    }
}
