//! What a depthwise convolution is given.

use crate::Window;

/// A depthwise convolution of `[batch, height, width, channels]` with one filter a channel.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise {
    /// The window along the height.
    pub rows: Window,
    /// The window along the width.
    pub columns: Window,
    /// Channels, of input and output.
    pub channels: usize,
}

/// `filter[rows, columns, channels]` and one bias a channel.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// Weights.
    pub weights: &'a [f32],
    /// Biases.
    pub bias: &'a [f32],
    /// Whether the sum begins with the bias and products are fused with it. Else it begins with zero, products are rounded
    /// before they are added, and the bias comes last, as in the plain loop of TensorFlow Lite's reference kernel.
    pub fused: bool,
}
