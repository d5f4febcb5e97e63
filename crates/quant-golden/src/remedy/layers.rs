//! Layers of a recipe: convolutions and products with constant weights.

use quant_case::recipe::{Filler, Operation, OptionValue, Recipe};

/// A layer.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// Its operation.
    pub op: usize,
    pub depthwise: bool,
    /// The shape of its weights.
    pub shape: Vec<usize>,
    pub data: String,
    pub weights: String,
    pub bias: String,
    pub made: String,
}

impl Layer {
    /// How many channels it makes.
    pub fn outputs(&self) -> usize {
        if self.depthwise {
            self.shape[3]
        } else {
            self.shape[0]
        }
    }

    /// The channel that a weight helps to make.
    pub fn output(&self, at: usize) -> usize {
        if self.depthwise {
            at % self.shape[3]
        } else {
            at / self.shape[1..].iter().product::<usize>()
        }
    }

    /// The channel, of so many, that a weight is multiplied with.
    pub fn input(&self, at: usize, channels: usize) -> usize {
        let last = self.shape[self.shape.len() - 1];
        if self.depthwise {
            at % last / (last / channels)
        } else {
            at % last % channels
        }
    }
}

/// The layers, in their order. The oracle knows those with a bias alone.
pub(super) fn layers(recipe: &Recipe) -> Result<Vec<Layer>, String> {
    let mut all = Vec::new();
    for (op, operation) in recipe.operations.iter().enumerate() {
        if !matches!(
            operation.kind.as_str(),
            "Conv2D" | "DepthwiseConv2D" | "FullyConnected"
        ) {
            continue;
        }
        let [data, weights, bias] = &operation.inputs[..] else {
            return Err(format!(
                "the oracle has no remedies for a {} without bias",
                operation.kind
            ));
        };
        let operand = recipe.operand(weights).ok_or("there are no weights")?;
        if bias.is_empty() || !operand.is_float_const() {
            return Err(format!(
                "the oracle has no remedies for a {} without constants",
                operation.kind
            ));
        }
        all.push(Layer {
            op,
            depthwise: operation.kind == "DepthwiseConv2D",
            shape: operand.shape.iter().map(|size| *size as usize).collect(),
            data: data.clone(),
            weights: weights.clone(),
            bias: bias.clone(),
            made: operation.outputs[0].clone(),
        });
    }
    Ok(all)
}

/// Two layers, the second of which alone reads the first, and the operations between them.
pub(super) struct Pair {
    pub first: usize,
    pub second: usize,
    pub between: Vec<String>,
}

/// All such pairs whose channels can be scaled.
pub(super) fn pairs(recipe: &Recipe, layers: &[Layer]) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    for (first, layer) in layers.iter().enumerate() {
        let fused = activation(&recipe.operations[layer.op]);
        match fused {
            "NONE" | "RELU" => {}
            other => return Err(format!("the oracle scales no channels through {other}")),
        }
        let (mut made, mut between) = (layer.made.clone(), Vec::new());
        loop {
            let mut readers = recipe
                .operations
                .iter()
                .enumerate()
                .filter(|(_, o)| o.inputs.contains(&made));
            let (Some((op, reader)), None) = (readers.next(), readers.next()) else {
                break;
            };
            if let Some(second) = layers.iter().position(|layer| layer.op == op) {
                pairs.push(Pair {
                    first,
                    second,
                    between,
                });
                break;
            }
            if !matches!(
                reader.kind.as_str(),
                "ReLU" | "Mean" | "AveragePool2D" | "MaxPool2D"
            ) {
                break;
            }
            between.push(reader.kind.clone());
            made.clone_from(&reader.outputs[0]);
        }
    }
    Ok(pairs)
}

/// The activation that is fused.
pub(super) fn activation(operation: &Operation) -> &str {
    match operation.option("activation") {
        Some(OptionValue::Word(word)) => word,
        _ => "NONE",
    }
}

/// The elements of a float constant.
pub(super) fn values(recipe: &Recipe, name: &str) -> Vec<f64> {
    match recipe.operand(name).and_then(|operand| operand.filler.as_ref()) {
        Some(Filler::Float(values)) => values.iter().map(|x| f64::from(*x)).collect(),
        _ => Vec::new(),
    }
}

/// Gives a float constant other elements.
pub(super) fn set(recipe: &mut Recipe, name: &str, values: Vec<f64>) {
    let mut operands = recipe.operands.iter_mut();
    if let Some(operand) = operands.find(|operand| operand.name == name) {
        operand.filler = Some(Filler::Float(values.into_iter().map(|x| x as f32).collect()));
    }
}

/// Mean and deviation of each channel, the last dimension, over all values.
pub(super) fn moments(values: &[Vec<f64>], channels: usize) -> Vec<(f64, f64)> {
    let all: Vec<f64> = values.concat();
    let count = (all.len() / channels) as f64;
    let of = |channel: usize| {
        let own = || all.iter().skip(channel).step_by(channels);
        let mean = own().sum::<f64>() / count;
        let variance = own().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        (mean, variance.sqrt())
    };
    (0..channels).map(of).collect()
}
