//! Layers that move a window, over images `[batch, row, column, channel]` and volumes `[batch, depth, row, column, channel]`, naively.

use ndarray::IxDyn;
use quant_case::amct::Node;

use crate::tensor::Tensor;
use crate::window::{self, Window, taps};

/// The window along each of the axes behind the batch.
fn windows<const N: usize>(node: &Node, input: &[usize], kernel: &[usize]) -> [Window; N] {
    let strides = node.numbers("strides");
    std::array::from_fn(|at| {
        let (input, kernel, stride) = (input[at + 1], kernel[at], strides[at + 1]);
        match node.text("padding") {
            Some("VALID") => Window::new(input, kernel, stride, 1, [0, 0]),
            _ => Window::same(input, kernel, stride, 1),
        }
    })
}

pub(super) fn pool(node: &Node, x: &Tensor, of: fn(&[f64]) -> f64) -> Tensor {
    window::pool(x, &windows(node, x.shape(), &node.numbers("ksize")[1..]), of)
}

/// Conv2D (HWIO), and DepthwiseConv2dNative (HWCM), whose output `c · M + m` reads the channel `c`.
pub(super) fn convolution(node: &Node, x: &Tensor, weights: &Tensor) -> Tensor {
    let windows: [_; 2] = windows(node, x.shape(), weights.shape());
    let (inner, last) = (weights.shape()[2], weights.shape()[3]);
    let depthwise = node.op == "DepthwiseConv2dNative";
    let channels = if depthwise { inner * last } else { last };
    let shape = [x.shape()[0], windows[0].outputs, windows[1].outputs, channels];
    Tensor::from_shape_fn(IxDyn(&shape), |at| {
        let read = if depthwise {
            at[3] / last..at[3] / last + 1
        } else {
            0..inner
        };
        let mut sum = 0.0;
        for ([row, column], [i, j]) in taps(windows.each_ref(), at[1], at[2]) {
            for channel in read.clone() {
                sum += x[[at[0], row, column, channel]] * weights[[i, j, channel, at[3] % last]];
            }
        }
        sum
    })
}

/// Conv3D (DHWIO).
pub(super) fn of_volume(node: &Node, x: &Tensor, weights: &Tensor) -> Tensor {
    let windows: [_; 3] = windows(node, x.shape(), weights.shape());
    let [depth, height, width] = [0, 1, 2].map(|axis| windows[axis].outputs);
    let [_, rows, columns] = &windows;
    let image = [rows, columns];
    let shape = [x.shape()[0], depth, height, width, weights.shape()[4]];
    Tensor::from_shape_fn(IxDyn(&shape), |at| {
        let mut sum = 0.0;
        for (z, i) in windows[0].taps(at[1]) {
            for ([row, column], [j, k]) in taps(image, at[2], at[3]) {
                for channel in 0..weights.shape()[3] {
                    sum += x[[at[0], z, row, column, channel]] * weights[[i, j, k, channel, at[4]]];
                }
            }
        }
        sum
    })
}

/// Conv2DBackpropInput (HWOI): every place of `x` is spread over the window that a convolution would have read for it.
pub(super) fn transposed(
    node: &Node,
    x: &Tensor,
    weights: &Tensor,
    sizes: &Tensor,
) -> Result<Tensor, String> {
    let shape: Vec<usize> = sizes.iter().map(|size| *size as usize).collect();
    let windows: [_; 2] = windows(node, &shape, weights.shape());
    if x.shape()[1..3] != [windows[0].outputs, windows[1].outputs] {
        return Err("input and sizes do not fit".to_owned());
    }
    let mut made = Tensor::zeros(IxDyn(&shape));
    for (at, x) in x.indexed_iter() {
        for ([row, column], [i, j]) in taps(windows.each_ref(), at[1], at[2]) {
            for out in 0..shape[3] {
                made[[at[0], row, column, out]] += x * weights[[i, j, out, at[3]]];
            }
        }
    }
    Ok(made)
}
