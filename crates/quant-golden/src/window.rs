//! A window that moves along one axis.

use ndarray::IxDyn;

use crate::tensor::Tensor;

/// The window: how many places it takes, and what it sees in each.
pub struct Window {
    /// Places of the output.
    pub outputs: usize,
    input: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
}

impl Window {
    /// Over an axis of `input` elements, `padding` more before and behind it. It steps by `stride`; its elements are `dilation` apart.
    pub fn new(input: usize, kernel: usize, stride: usize, dilation: usize, padding: [usize; 2]) -> Self {
        let free = (input + padding[0] + padding[1]).checked_sub((kernel - 1) * dilation + 1);
        Self {
            outputs: free.map_or(0, |free| free / stride + 1),
            input,
            kernel,
            stride,
            dilation,
            before: padding[0],
        }
    }

    /// With TensorFlow's padding SAME: an output for each `stride` elements, the odd element of the padding behind.
    pub fn same(input: usize, kernel: usize, stride: usize, dilation: usize) -> Self {
        let reach = (input.div_ceil(stride) - 1) * stride + (kernel - 1) * dilation + 1;
        let padding = reach.saturating_sub(input);
        Self::new(
            input,
            kernel,
            stride,
            dilation,
            [padding / 2, padding.div_ceil(2)],
        )
    }

    /// The elements of the input that an output sees, each with its element of the kernel.
    pub fn taps(&self, output: usize) -> impl Iterator<Item = (usize, usize)> {
        let (first, before, input, dilation) = (output * self.stride, self.before, self.input, self.dilation);
        (0..self.kernel).filter_map(move |tap| {
            let place = (first + tap * dilation).checked_sub(before)?;
            (place < input).then_some((place, tap))
        })
    }
}

/// Row and column of each element of an image that the output at `y`, `x` sees, and row and column of the kernel.
pub fn taps(
    [rows, columns]: [&Window; 2],
    y: usize,
    x: usize,
) -> impl Iterator<Item = ([usize; 2], [usize; 2])> {
    rows.taps(y)
        .flat_map(move |(row, i)| columns.taps(x).map(move |(column, j)| ([row, column], [i, j])))
}

/// What an image `[batch, row, column, channel]` becomes when each channel of each window is folded.
pub fn pool(x: &Tensor, windows: &[Window; 2], fold: impl Fn(&[f64]) -> f64) -> Tensor {
    let shape = [x.shape()[0], windows[0].outputs, windows[1].outputs, x.shape()[3]];
    Tensor::from_shape_fn(IxDyn(&shape), |at| {
        let seen =
            taps(windows.each_ref(), at[1], at[2]).map(|([row, column], _)| x[[at[0], row, column, at[3]]]);
        fold(&seen.collect::<Vec<_>>())
    })
}
