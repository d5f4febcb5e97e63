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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_of_different_channels_in_the_last_dimension() {
        for (count, inner, interleaved) in [(3, 1, true), (1, 1, false), (3, 2, false), (1, 3, false)] {
            let channels = Channels::new(count, inner);
            assert_eq!(channels.interleaved(), interleaved, "{count} channels of {inner}");
            assert_eq!(
                channels.of(0) != channels.of(1),
                interleaved,
                "{count} channels of {inner}"
            );
        }
    }

    #[test]
    fn runs_hold_every_element_once() {
        for (count, inner) in [(1, 12), (2, 6), (3, 2), (3, 4), (12, 1), (3, 1), (1, 1)] {
            let channels = Channels::new(count, inner);
            for (start, end) in [(0, 12), (0, 0), (5, 5), (1, 12), (3, 7), (11, 12)] {
                let mut found = Vec::new();
                for (channel, run) in channels.runs(start..end) {
                    assert!(!run.is_empty());
                    found.extend(run.map(|at| (start + at, channel)));
                }
                let wanted: Vec<_> = (start..end).map(|at| (at, channels.of(at))).collect();
                assert_eq!(found, wanted, "{count} channels of {inner}, {start}..{end}");
            }
        }
        assert_eq!(Channels::one().runs(2..9).collect::<Vec<_>>(), [(0, 0..7)]);
    }
}
