//! Windows along an axis, and Conv3D (`[batch, depth, height, width, channel]`; filters `[depth, height, width, in, out]`), naively.

use quant_case::amct::Node;

use super::folded::Array;

/// Size of an output and what is added before the input, along one axis.
pub(super) fn windows(node: &Node, size: usize, kernel: usize, axis: usize) -> (usize, usize) {
    let stride = node.numbers("strides")[axis];
    if node.text("padding") == Some("VALID") {
        return ((size - kernel) / stride + 1, 0);
    }
    let out = size.div_ceil(stride);
    let total = ((out - 1) * stride + kernel).saturating_sub(size);
    (out, total / 2)
}

/// Conv3D.
pub(super) fn convolution(node: &Node, x: &Array, weights: &Array) -> Array {
    let strides = node.numbers("strides");
    let (inner, outer) = (weights.shape[3], weights.shape[4]);
    let along = [0, 1, 2].map(|axis| windows(node, x.shape[axis + 1], weights.shape[axis], axis + 1));
    let [depth, height, width] = along.map(|(size, _)| size);
    // The input's place below a tap, when it is inside.
    let place = |axis: usize, out: usize, tap: usize| {
        let place = (out * strides[axis + 1] + tap).checked_sub(along[axis].1)?;
        (place < x.shape[axis + 1]).then_some(place)
    };
    let mut data = Vec::new();
    for batch in 0..x.shape[0] {
        for out in 0..depth * height * width {
            let (z, y, column) = (out / width / height, out / width % height, out % width);
            for channel in 0..outer {
                let mut sum = 0.0;
                let taps = weights.data.chunks(inner * outer).enumerate();
                for (tap, taps) in taps {
                    let (rows, columns) = (weights.shape[1], weights.shape[2]);
                    let (i, j, k) = (tap / columns / rows, tap / columns % rows, tap % columns);
                    let (Some(i), Some(j), Some(k)) = (place(0, z, i), place(1, y, j), place(2, column, k))
                    else {
                        continue;
                    };
                    let first = (((batch * x.shape[1] + i) * x.shape[2] + j) * x.shape[3] + k) * inner;
                    let pixels = x.data[first..first + inner].iter().enumerate();
                    sum += pixels
                        .map(|(c, pixel)| pixel * taps[c * outer + channel])
                        .sum::<f64>();
                }
                data.push(sum);
            }
        }
    }
    Array {
        shape: vec![x.shape[0], depth, height, width, outer],
        data,
    }
}
