//! What a layer multiplies its weights with: the patch of an image, or the row, behind each element of its output.

use quant_ir::Operator;
use quant_schema::{BuiltinOptionsT as O, Padding};

use super::layer::{Kind, Layer};

/// Windows of a layer over its input, or rows of a product.
#[derive(Clone, Copy, Debug)]
pub struct Patches {
    /// Height, width and channels of the input; of rows `[1, rows, length]`.
    input: [usize; 3],
    /// Height and width of the output.
    output: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    before: [usize; 2],
    /// Output channels for each input channel of a depthwise convolution; 0: the layer mixes channels.
    multiplier: usize,
}

impl Patches {
    /// Those of a layer that reads a value of this shape; `None` where there is no such simple form (groups, several images
    /// in one, transposed convolutions).
    pub fn of(layer: &Layer, operator: &Operator, shape: &[usize]) -> Option<Self> {
        let one = |x: i32| usize::try_from(x).ok().filter(|x| *x > 0);
        let (stride, dilation, padding) = match operator.options.builtin() {
            O::Conv2DOptions(o) => (
                [one(o.stride_h)?, one(o.stride_w)?],
                [one(o.dilation_h_factor)?, one(o.dilation_w_factor)?],
                o.padding,
            ),
            O::DepthwiseConv2DOptions(o) => (
                [one(o.stride_h)?, one(o.stride_w)?],
                [one(o.dilation_h_factor)?, one(o.dilation_w_factor)?],
                o.padding,
            ),
            O::FullyConnectedOptions(_) if layer.kind == Kind::Dense => {
                let length = layer.shape[1];
                let all: usize = shape.iter().product();
                let rows = all
                    .checked_div(length)
                    .filter(|rows| rows * length == all && *rows > 0)?;
                return Some(Self {
                    input: [1, rows, length],
                    output: [1, rows],
                    kernel: [1; 2],
                    stride: [1; 2],
                    dilation: [1; 2],
                    before: [0; 2],
                    multiplier: 0,
                });
            }
            _ => return None,
        };
        let [1, height, width, channels] = *shape else {
            return None;
        };
        let multiplier = match layer.kind {
            Kind::Depthwise => layer.outputs() / channels.max(1),
            Kind::Convolution if layer.shape[3] == channels => 0,
            _ => return None,
        };
        let input = [height, width, channels];
        let kernel = [layer.shape[1], layer.shape[2]];
        let (mut output, mut before) = ([0; 2], [0; 2]);
        for side in 0..2 {
            let reach = (kernel[side] - 1) * dilation[side] + 1;
            if padding == Padding::SAME {
                output[side] = input[side].div_ceil(stride[side]);
                before[side] = ((output[side] - 1) * stride[side] + reach).saturating_sub(input[side]) / 2;
            } else {
                output[side] = (input[side] + 1).checked_sub(reach)?.div_ceil(stride[side]);
            }
        }
        Some(Self {
            input,
            output,
            kernel,
            stride,
            dilation,
            before,
            multiplier,
        })
    }

    /// How many places the output of a record has.
    pub fn places(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// How many weights a patch meets: elements of a patch, or, where channels are apart, taps of each channel.
    pub fn taps(&self) -> usize {
        let taps = self.kernel[0] * self.kernel[1];
        if self.multiplier == 0 {
            taps * self.input[2]
        } else {
            taps
        }
    }

    /// Whether each channel has taps of its own.
    pub fn is_apart(&self) -> bool {
        self.multiplier > 0
    }

    /// Appends the patch of a place: `taps` elements, or so many for each output channel, channels last.
    pub fn gather(&self, values: &[f32], place: usize, patch: &mut Vec<f32>) {
        let [height, width, channels] = self.input;
        let (row, column) = (place / self.output[1], place % self.output[1]);
        let each = self.multiplier.max(1);
        for y in 0..self.kernel[0] {
            let line = (row * self.stride[0] + y * self.dilation[0]).checked_sub(self.before[0]);
            for x in 0..self.kernel[1] {
                let at = (column * self.stride[1] + x * self.dilation[1]).checked_sub(self.before[1]);
                let pixel = match (line.filter(|line| *line < height), at.filter(|at| *at < width)) {
                    (Some(line), Some(at)) => {
                        values.get((line * width + at) * channels..).unwrap_or_default()
                    }
                    _ => &[],
                };
                let pixel = pixel.get(..channels).unwrap_or_default();
                if pixel.is_empty() {
                    patch.extend(std::iter::repeat_n(0.0, channels * each));
                } else if each == 1 {
                    patch.extend_from_slice(pixel);
                } else {
                    patch.extend(pixel.iter().flat_map(|x| std::iter::repeat_n(*x, each)));
                }
            }
        }
    }
}
