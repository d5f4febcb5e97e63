//! A window on its way over an image.

/// A window that slides along one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Positions it takes.
    pub output: usize,
    /// Elements of padding before the first input element.
    pub before: usize,
    /// Step between positions.
    pub stride: usize,
    /// Step between the window's elements.
    pub dilation: usize,
    /// Elements of the window.
    pub size: usize,
    /// Elements of the input.
    pub input: usize,
}

impl Window {
    /// The elements of the window at position `output` that are not padding, as input elements.
    pub fn inside(&self, output: usize) -> impl Iterator<Item = usize> + '_ {
        // The first tap that is not before the input, and the number of taps up to its end.
        let from = output * self.stride;
        let first = self.before.saturating_sub(from).div_ceil(self.dilation);
        let room = (self.input + self.before)
            .saturating_sub(from)
            .div_ceil(self.dilation);
        (first..self.size.min(room)).map(move |tap| from + tap * self.dilation - self.before)
    }

    /// The input element under element `tap` of the window at position `output`, when it is not padding.
    pub fn at(&self, output: usize, tap: usize) -> Option<usize> {
        (output * self.stride + tap * self.dilation)
            .checked_sub(self.before)
            .filter(|at| *at < self.input)
    }
}
