//! TensorFlow's operators, naively: sums in f64, each result rounded to f32.

use std::collections::BTreeMap;

use quant_case::amct::{Graph, Node};

use super::folded::{Array, Folded, activation};
use super::volume::{self, windows};

/// The values of a graph's nodes.
pub(super) struct Forward<'a> {
    graph: &'a Graph,
    values: BTreeMap<&'a str, Array>,
}

impl<'a> Forward<'a> {
    /// Runs all nodes in their order, layers with their constants of `folded`.
    pub fn run(graph: &'a Graph, folded: &Folded, inputs: &[Array]) -> Result<Self, String> {
        let mut run = Self {
            graph,
            values: BTreeMap::new(),
        };
        let mut inputs = inputs.iter();
        for node in &graph.nodes {
            let mut array = if node.op == "Placeholder" {
                inputs.next().ok_or("an input has no values")?.clone()
            } else {
                run.node(node, folded)
                    .map_err(|error| format!("`{}`: {error}", node.name))?
            };
            array.data.iter_mut().for_each(|x| *x = f64::from(*x as f32));
            run.values.insert(&node.name, array);
        }
        Ok(run)
    }

    /// The value of an input.
    pub fn of(&self, name: &str) -> Result<&Array, String> {
        let found = self.values.get(name.strip_suffix(":0").unwrap_or(name));
        found.ok_or_else(|| format!("`{name}` has no value yet"))
    }

    /// Whether a convolution's output has one place and its kernel covers the input.
    pub fn is_classifier(&self, layer: &Node, weights: &[usize]) -> bool {
        let (Ok(before), Ok(after)) = (self.of(&layer.inputs[0]), self.of(&layer.name)) else {
            return false;
        };
        layer.op == "Conv2D" && after.shape[1..3] == [1, 1] && before.shape[1..3] == weights[..2]
    }

    fn node(&self, node: &Node, folded: &Folded) -> Result<Array, String> {
        let input = |number: usize| {
            let name = node.inputs.get(number).ok_or("an input is missing")?;
            self.of(name)
        };
        let map = |f: fn(f64) -> f64| -> Result<Array, String> {
            let mut array = input(0)?.clone();
            array.data.iter_mut().for_each(|x| *x = f(*x));
            Ok(array)
        };
        if let Some(constants) = folded.get(&node.name) {
            let x = self.of(&node.inputs[activation(node)])?;
            return match node.op.as_str() {
                "Conv2D" | "DepthwiseConv2dNative" => Ok(convolution(node, x, &constants.weights)),
                "Conv3D" => Ok(volume::convolution(node, x, &constants.weights)),
                "Conv2DBackpropInput" => transposed(node, x, &constants.weights, input(0)?),
                "MatMul" | "BatchMatMulV2" => Ok(product(x, &constants.weights)),
                other => Err(format!("the oracle does not run {other}")),
            };
        }
        Ok(match node.op.as_str() {
            "Const" => {
                let (shape, data) = node.constant().ok_or("it has no numbers")?;
                Array { shape, data }
            }
            "Identity" => input(0)?.clone(),
            "Relu" => map(|x| x.max(0.0))?,
            "Relu6" => map(|x| x.clamp(0.0, 6.0))?,
            "BiasAdd" => added(input(0)?, &input(1)?.data),
            _ if node.is_normalization() => {
                let layer = self.graph.node(&node.inputs[0]);
                let bias = layer
                    .and_then(|layer| folded.get(&layer.name))
                    .and_then(|constants| constants.bias.as_ref());
                added(
                    input(0)?,
                    bias.ok_or("the oracle runs no normalization that is not folded")?,
                )
            }
            "Add" | "AddV2" => {
                let (a, b) = (input(0)?, input(1)?);
                if a.shape != b.shape {
                    return Err("the oracle adds equal shapes alone".to_owned());
                }
                Array {
                    shape: a.shape.clone(),
                    data: a.data.iter().zip(&b.data).map(|(a, b)| a + b).collect(),
                }
            }
            "Reshape" => {
                let (x, sizes) = (input(0)?, &input(1)?.data);
                let known: f64 = sizes.iter().filter(|size| **size > 0.0).product();
                let size = |size: &f64| {
                    if *size < 0.0 {
                        x.data.len() / known as usize
                    } else {
                        *size as usize
                    }
                };
                Array {
                    shape: sizes.iter().map(size).collect(),
                    data: x.data.clone(),
                }
            }
            "MaxPool" => pool(node, input(0)?, |window| {
                window.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            }),
            "AvgPool" => pool(node, input(0)?, |window| {
                window.iter().sum::<f64>() / window.len() as f64
            }),
            other => return Err(format!("the oracle does not run {other}")),
        })
    }
}

fn added(x: &Array, bias: &[f64]) -> Array {
    let sum = |(place, x): (usize, &f64)| x + bias[place % bias.len()];
    Array {
        shape: x.shape.clone(),
        data: x.data.iter().enumerate().map(sum).collect(),
    }
}

fn product(x: &Array, weights: &Array) -> Array {
    let (inner, columns) = (weights.shape[0], weights.shape[1]);
    let mut data = Vec::new();
    for row in x.data.chunks(inner) {
        for column in 0..columns {
            let terms = row
                .iter()
                .enumerate()
                .map(|(i, x)| x * weights.data[i * columns + column]);
            data.push(terms.sum());
        }
    }
    let mut shape = x.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = columns;
    }
    Array { shape, data }
}

/// For each window of an image, in order: batch, row and column of the output, and the places of the input that it holds, each with
/// its place in the kernel.
fn each_window(
    node: &Node,
    shape: &[usize],
    kernel: [usize; 2],
    mut see: impl FnMut(usize, &[([usize; 2], [usize; 2])]),
) -> [usize; 2] {
    let strides = node.numbers("strides");
    let (height, top) = windows(node, shape[1], kernel[0], 1);
    let (width, left) = windows(node, shape[2], kernel[1], 2);
    for batch in 0..shape[0] {
        for y in 0..height {
            for x in 0..width {
                let mut places = Vec::new();
                for i in 0..kernel[0] {
                    for j in 0..kernel[1] {
                        let (row, column) = (y * strides[1] + i, x * strides[2] + j);
                        let inside =
                            (top..top + shape[1]).contains(&row) && (left..left + shape[2]).contains(&column);
                        if inside {
                            places.push(([row - top, column - left], [i, j]));
                        }
                    }
                }
                see(batch, &places);
            }
        }
    }
    [height, width]
}

fn at(shape: &[usize], [batch, row, column, channel]: [usize; 4]) -> usize {
    ((batch * shape[1] + row) * shape[2] + column) * shape[3] + channel
}

fn pool(node: &Node, x: &Array, of: fn(&[f64]) -> f64) -> Array {
    let sizes = node.numbers("ksize");
    let channels = x.shape[3];
    let mut data = Vec::new();
    let [height, width] = each_window(node, &x.shape, [sizes[1], sizes[2]], |batch, places| {
        for channel in 0..channels {
            let window = places
                .iter()
                .map(|([row, column], _)| x.data[at(&x.shape, [batch, *row, *column, channel])]);
            data.push(of(&window.collect::<Vec<_>>()));
        }
    });
    Array {
        shape: vec![x.shape[0], height, width, channels],
        data,
    }
}

/// Conv2D (HWIO), and DepthwiseConv2dNative (HWCM), whose output `c · M + m` reads the channel `c`.
fn convolution(node: &Node, x: &Array, weights: &Array) -> Array {
    let [kernel_height, kernel_width, inner, last] = [0, 1, 2, 3].map(|axis| weights.shape[axis]);
    let depthwise = node.op == "DepthwiseConv2dNative";
    let channels = if depthwise { inner * last } else { last };
    let mut data = Vec::new();
    let kernel = [kernel_height, kernel_width];
    let [height, width] = each_window(node, &x.shape, kernel, |batch, places| {
        for out in 0..channels {
            let mut sum = 0.0;
            for ([row, column], [i, j]) in places {
                let read = if depthwise {
                    out / last..out / last + 1
                } else {
                    0..inner
                };
                for channel in read {
                    let weight = if depthwise {
                        at(&weights.shape, [*i, *j, channel, out % last])
                    } else {
                        at(&weights.shape, [*i, *j, channel, out])
                    };
                    sum += x.data[at(&x.shape, [batch, *row, *column, channel])] * weights.data[weight];
                }
            }
            data.push(sum);
        }
    });
    Array {
        shape: vec![x.shape[0], height, width, channels],
        data,
    }
}

/// Conv2DBackpropInput (HWOI): every place of `x` is spread over the window that a convolution would have read for it.
fn transposed(node: &Node, x: &Array, weights: &Array, sizes: &Array) -> Result<Array, String> {
    let shape: Vec<usize> = sizes.data.iter().map(|size| *size as usize).collect();
    let kernel = [weights.shape[0], weights.shape[1]];
    let mut data = vec![0.0; shape.iter().product()];
    let mut place = 0;
    each_window(node, &shape, kernel, |batch, places| {
        let from = &x.data[place * x.shape[3]..(place + 1) * x.shape[3]];
        place += 1;
        for ([row, column], [i, j]) in places {
            for out in 0..shape[3] {
                let first = at(&weights.shape, [*i, *j, out, 0]);
                let terms = from.iter().zip(&weights.data[first..]).map(|(x, w)| x * w);
                data[at(&shape, [batch, *row, *column, out])] += terms.sum::<f64>();
            }
        }
    });
    if place * x.shape[3] != x.data.len() {
        return Err("input and sizes do not fit".to_owned());
    }
    Ok(Array { shape, data })
}
