//! Constants of layers, normalization folded into them.

use std::collections::BTreeMap;

use quant_case::amct::{Graph, Node};

use crate::tensor::{Tensor, elements, tensor};

/// Weights and bias of a layer after folding.
#[derive(Clone)]
pub struct Constants {
    pub weights: Tensor,
    pub bias: Option<Vec<f64>>,
}

/// Those of every layer, by its name.
pub type Folded = BTreeMap<String, Constants>;

/// A constant input.
pub fn array(graph: &Graph, node: &Node, input: usize) -> Result<Tensor, String> {
    let found = graph.input(node, input).and_then(Node::constant);
    let (shape, data) = found.ok_or_else(|| format!("input {input} of `{}` is no constant", node.name))?;
    tensor(&shape, data.into_iter().map(|x| f64::from(x as f32)).collect())
}

/// The constants of every layer with weights.
pub fn fold(graph: &Graph) -> Result<Folded, String> {
    let mut all = Folded::new();
    for layer in graph.layers().filter(|layer| layer.op != "AvgPool") {
        // Weights behind a FakeQuant: those before it.
        let mut weights = array(graph, layer, 1);
        if let Some(fake) = graph
            .input(layer, 1)
            .filter(|node| node.op.starts_with("FakeQuant"))
        {
            weights = array(graph, fake, 0);
        }
        let mut weights = weights?;
        let mut bias = None;
        match graph.bias(layer) {
            Some(norm) if norm.is_normalization() => {
                let parameter = |input| array(graph, norm, input).map(|array| elements(&array));
                let [gamma, beta, mean, variance] =
                    [parameter(1)?, parameter(2)?, parameter(3)?, parameter(4)?];
                let epsilon = norm.number("epsilon").unwrap_or(1e-4) as f32;
                let channels = gamma.len();
                let factor = |c: usize| gamma[c] as f32 / (variance[c] as f32 + epsilon).sqrt();
                // HWIO and HWCM: the channel of an output is what runs fastest.
                for (place, w) in weights.iter_mut().enumerate() {
                    *w = f64::from(*w as f32 * factor(place % channels));
                }
                let shifted = |c: usize| f64::from((0.0 - mean[c] as f32) * factor(c) + beta[c] as f32);
                bias = Some((0..channels).map(shifted).collect());
            }
            Some(adds) => bias = Some(elements(&array(graph, adds, 1)?)),
            None => {}
        }
        all.insert(layer.name.clone(), Constants { weights, bias });
    }
    Ok(all)
}

/// Which input is the activation.
pub fn activation(layer: &Node) -> usize {
    if layer.op == "Conv2DBackpropInput" { 2 } else { 0 }
}
