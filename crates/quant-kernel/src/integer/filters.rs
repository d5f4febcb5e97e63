//! Filters of products, packed once.

use super::Machine;
use super::rescale::{Channel, WORDS, words};

/// The filters of a convolution or the rows of a fully connected layer, packed for the vectors of a machine.
///
/// A filter is `runs` runs of `length` elements: those that stand side by side in the input. Elements go in pairs; an odd
/// run ends with 0. Output channels go in vectors, two of which make a panel; the last vector ends with the last channel and
/// overlaps the one before, unless there is only one, which then repeats the last channel.
#[derive(Clone, Debug)]
pub struct Filters {
    /// Output channels.
    pub n: usize,
    /// Runs a filter.
    pub runs: usize,
    /// Elements a run.
    pub length: usize,
    pub(super) machine: Machine,
    /// The first channel of each vector.
    pub(super) starts: Vec<usize>,
    /// For each panel, run and pair: the pairs of the channels of its vectors.
    pub(super) weights: Vec<i32>,
    /// For each vector: [`WORDS`] vectors.
    pub(super) channels: Vec<i32>,
}

impl Filters {
    /// Packs `weights[n, runs, length]` less their zero point, and `n` channels.
    ///
    /// # Panics
    /// The lengths do not fit each other.
    pub fn new(
        machine: Machine,
        (runs, length): (usize, usize),
        weights: &[i16],
        channels: &[Channel],
    ) -> Self {
        let (n, k) = (channels.len(), runs * length);
        assert_eq!(weights.len(), n * k);
        let lanes = machine.lanes();
        let starts = starts(n, lanes);
        let pairs = length.div_ceil(2);
        let last = n.saturating_sub(1);
        let mut packed = Vec::with_capacity(starts.len() * lanes * runs * pairs);
        for panel in starts.chunks(2) {
            for (run, pair) in (0..runs).flat_map(|run| (0..pairs).map(move |pair| (run, pair))) {
                for channel in panel.iter().flat_map(|start| *start..start + lanes) {
                    let run = &weights[channel.min(last) * k + run * length..][..length];
                    let second = run.get(2 * pair + 1).copied().unwrap_or(0);
                    packed.push(two(run[2 * pair], second));
                }
            }
        }
        Self {
            n,
            runs,
            length,
            machine,
            weights: packed,
            channels: by_vector(&starts, lanes, channels),
            starts,
        }
    }

    /// Pairs a run.
    pub(super) fn pairs(&self) -> usize {
        self.length.div_ceil(2)
    }
}

/// Two numbers of 16 bits as one word.
pub(super) fn two(low: i16, high: i16) -> i32 {
    i32::from(low) & 0xffff | i32::from(high) << 16
}

/// The first channels of vectors that cover `n`.
pub(super) fn starts(n: usize, lanes: usize) -> Vec<usize> {
    let room = n.saturating_sub(lanes);
    (0..n).step_by(lanes).map(|start| start.min(room)).collect()
}

/// The words of the channels, vector by vector; beyond the last channel they begin again.
pub(super) fn by_vector(starts: &[usize], lanes: usize, channels: &[Channel]) -> Vec<i32> {
    let mut made = Vec::with_capacity(starts.len() * lanes * WORDS);
    for start in starts {
        for word in 0..WORDS {
            made.extend((*start..start + lanes).map(|at| words(channels[at % channels.len()])[word]));
        }
    }
    made
}
