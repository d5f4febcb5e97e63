//! TensorFlow's operators, naively: sums in f64, each result rounded to f32.

use std::collections::BTreeMap;

use ndarray::Axis;
use quant_case::amct::{Graph, Node};

use super::folded::{Folded, activation};
use super::windows::{convolution, of_volume, pool, transposed};
use crate::tensor::{Tensor, elements, reshaped, tensor};

/// The values of a graph's nodes.
pub(super) struct Forward<'a> {
    graph: &'a Graph,
    values: BTreeMap<&'a str, Tensor>,
}

impl<'a> Forward<'a> {
    /// Runs all nodes in their order, layers with their constants of `folded`.
    pub fn run(graph: &'a Graph, folded: &Folded, inputs: &[Tensor]) -> Result<Self, String> {
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
            array.mapv_inplace(|x| f64::from(x as f32));
            run.values.insert(&node.name, array);
        }
        Ok(run)
    }

    /// The value of an input.
    pub fn of(&self, name: &str) -> Result<&Tensor, String> {
        let found = self.values.get(name.strip_suffix(":0").unwrap_or(name));
        found.ok_or_else(|| format!("`{name}` has no value yet"))
    }

    /// Whether a convolution's output has one place and its kernel covers the input.
    pub fn is_classifier(&self, layer: &Node, weights: &[usize]) -> bool {
        let (Ok(before), Ok(after)) = (self.of(&layer.inputs[0]), self.of(&layer.name)) else {
            return false;
        };
        layer.op == "Conv2D" && after.shape()[1..3] == [1, 1] && before.shape()[1..3] == weights[..2]
    }

    fn node(&self, node: &Node, folded: &Folded) -> Result<Tensor, String> {
        let input = |number: usize| {
            let name = node.inputs.get(number).ok_or("an input is missing")?;
            self.of(name)
        };
        if let Some(constants) = folded.get(&node.name) {
            let x = self.of(&node.inputs[activation(node)])?;
            return match node.op.as_str() {
                "Conv2D" | "DepthwiseConv2dNative" => Ok(convolution(node, x, &constants.weights)),
                "Conv3D" => Ok(of_volume(node, x, &constants.weights)),
                "Conv2DBackpropInput" => transposed(node, x, &constants.weights, input(0)?),
                "MatMul" | "BatchMatMulV2" => product(x, &constants.weights),
                other => Err(format!("the oracle does not run {other}")),
            };
        }
        Ok(match node.op.as_str() {
            "Const" => {
                let (shape, data) = node.constant().ok_or("it has no numbers")?;
                tensor(&shape, data)?
            }
            "Identity" => input(0)?.clone(),
            "Relu" => input(0)?.mapv(|x| x.max(0.0)),
            "Relu6" => input(0)?.mapv(|x| x.clamp(0.0, 6.0)),
            "BiasAdd" => added(input(0)?, input(1)?)?,
            _ if node.is_normalization() => {
                let layer = self.graph.node(&node.inputs[0]);
                let bias = layer
                    .and_then(|layer| folded.get(&layer.name))
                    .and_then(|constants| constants.bias.as_ref());
                let bias = bias.ok_or("the oracle runs no normalization that is not folded")?;
                added(input(0)?, &tensor(&[bias.len()], bias.clone())?)?
            }
            "Add" | "AddV2" => {
                let (a, b) = (input(0)?, input(1)?);
                if a.shape() != b.shape() {
                    return Err("the oracle adds equal shapes alone".to_owned());
                }
                a + b
            }
            "Reshape" => {
                let (x, sizes) = (input(0)?, input(1)?);
                let known: f64 = sizes.iter().filter(|size| **size > 0.0).product();
                let size = |size: &f64| {
                    if *size < 0.0 {
                        x.len() / known as usize
                    } else {
                        *size as usize
                    }
                };
                reshaped(x, &sizes.iter().map(size).collect::<Vec<_>>())?
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

fn added(x: &Tensor, bias: &Tensor) -> Result<Tensor, String> {
    let whole = bias.broadcast(x.raw_dim());
    whole
        .map(|bias| x + &bias)
        .ok_or_else(|| "the bias does not fit".to_owned())
}

/// Rows, times `[input, output]`.
fn product(x: &Tensor, weights: &Tensor) -> Result<Tensor, String> {
    let (inner, columns) = (weights.shape()[0], weights.shape()[1]);
    let mut shape = x.shape().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = columns;
    }
    let rows = elements(x);
    let products = rows.chunks(inner).flat_map(|row| {
        let columns = weights.axis_iter(Axis(1));
        columns.map(|column| row.iter().zip(column).map(|(x, w)| x * w).sum::<f64>())
    });
    tensor(&shape, products.collect())
}
