//! Filters, packed once into panels of neighbouring output channels.

use pulp::{Arch, Simd, WithSimd};

/// The filters of a convolution or the rows of a fully connected layer, packed for the tiles, and their biases.
///
/// `n` output channels of `k` elements each become panels of two vectors of channels (the last panel one vector when
/// that is enough): for each of the `k` elements, the panel's channels side by side. Channels beyond the last repeat
/// it, so that they change no range.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Output channels.
    pub n: usize,
    /// Elements a filter.
    pub k: usize,
    pub(crate) arch: Arch,
    pub(crate) lanes: usize,
    /// Whether products are fused with the sums; see [`Packed::separate`].
    pub(crate) fused: bool,
    panels: Vec<f32>,
    /// Where the panels begin: where a cache line does, across which vectors are read at half the speed.
    aligned: usize,
    bias: Vec<f32>,
}

/// Floats of a cache line, and of the largest vectors.
const LINE: usize = 16;

/// Elements up to the first that begins a cache line.
fn offset(memory: *const f32) -> usize {
    (memory.addr().wrapping_neg() / size_of::<f32>()) % LINE
}

/// Panels side by side, where a tile is one row high.
pub(crate) const BESIDE: usize = 4;

/// One panel.
pub(crate) struct Panel<'a> {
    /// First channel.
    pub from: usize,
    /// Channels that are real.
    pub width: usize,
    /// Whether it has two vectors.
    pub double: bool,
    /// `k` rows of channels.
    pub weights: &'a [f32],
    /// One row of channels.
    pub bias: &'a [f32],
}

impl Packed {
    /// Packs `weights[n, k]` (row-major; `n · k` elements) and `n` biases, or none.
    pub fn new(n: usize, k: usize, weights: &[f32], bias: Option<&[f32]>) -> Self {
        Self::with(Arch::new(), n, k, weights, bias)
    }

    /// The same for sums of another kind: they start with zero, products are rounded before they are added, and the
    /// bias comes last, as in the plain loop of TensorFlow Lite's reference kernels.
    #[must_use]
    pub fn separate(self) -> Self {
        Self { fused: false, ..self }
    }

    /// As [`Packed::new`], for an instruction set.
    pub fn with(arch: Arch, n: usize, k: usize, weights: &[f32], bias: Option<&[f32]>) -> Self {
        debug_assert_eq!(weights.len(), n * k);
        let lanes = arch.dispatch(Lanes);
        let channels = n.next_multiple_of(lanes);
        let mut panels = vec![0.0; channels * k + LINE];
        let aligned = offset(panels.as_ptr());
        let last = n.saturating_sub(1);
        let mut from = 0;
        while from < n {
            let width = if n - from > lanes { 2 * lanes } else { lanes };
            let panel = &mut panels[aligned + from * k..][..width * k];
            // A line of each channel at a time: elements of all channels are far apart, and often in one set of the cache.
            for (at, rows) in panel.chunks_mut(LINE * width).enumerate() {
                let (at, count) = (at * LINE, rows.len() / width);
                for lane in 0..width {
                    let elements = &weights[(from + lane).min(last) * k + at..][..count];
                    for (row, element) in rows.chunks_exact_mut(width).zip(elements) {
                        row[lane] = *element;
                    }
                }
            }
            from += width;
        }
        let bias_of = |channel: usize| bias.map_or(0.0, |bias| bias[channel.min(last)]);
        Self {
            n,
            k,
            arch,
            lanes,
            fused: true,
            panels,
            aligned,
            bias: (0..n.next_multiple_of(2 * lanes)).map(bias_of).collect(),
        }
    }

    /// The panels, in the order of their channels.
    pub(crate) fn panels(&self) -> impl Iterator<Item = Panel<'_>> {
        (0..self.n.div_ceil(2 * self.lanes)).map(|number| self.panel(number))
    }

    /// Panels, from the first on, whose channels fill two vectors.
    pub(crate) fn whole(&self) -> usize {
        self.n / (2 * self.lanes)
    }

    /// The panel of this number.
    #[inline(always)]
    pub(crate) fn panel(&self, number: usize) -> Panel<'_> {
        let from = number * 2 * self.lanes;
        let left = self.n - from;
        let double = left > self.lanes;
        let width = if double { 2 * self.lanes } else { self.lanes };
        Panel {
            from,
            width: left.min(width),
            double,
            weights: &self.panels[self.aligned + from * self.k..][..width * self.k],
            bias: &self.bias[from..][..width],
        }
    }
}

/// Floats a vector.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}
