//! `QuantizeLinear` and `DequantizeLinear`: operators mark what they want quantized, then marks become parameters.

use std::collections::BTreeMap;

use quant_case::recipe::Operation;

use super::forward::float;
use super::job::{Job, Ranges, View, channels};
use super::params::Rule;

/// What a tensor is marked as.
#[derive(Clone, Debug)]
enum Mark {
    /// In integers of activations, with a range of its own.
    Own,
    /// In integers of weights, with a scale for each channel of an axis or one.
    Weight(Option<usize>),
    /// With the parameters of another.
    Like(String),
}

/// A bias, and what its scale is made of.
struct Bias<'a> {
    name: &'a str,
    input: &'a str,
    weight: &'a str,
    beta: f32,
}

#[derive(Default)]
struct Marks<'a> {
    all: BTreeMap<String, Mark>,
    biases: Vec<Bias<'a>>,
    /// Tensors that go with the Relu or Clip behind them, each with what is written in its place.
    gone: Vec<(String, String)>,
}

/// What becomes of each tensor that is quantized.
pub(super) fn quantize(job: &Job<'_>, ranges: &Ranges) -> Result<BTreeMap<String, View>, String> {
    let mut marks = Marks::default();
    for operation in &job.recipe.operations {
        marks.visit(job, operation)?;
    }
    let mut views: BTreeMap<String, View> = BTreeMap::new();
    for (name, mark) in &marks.all {
        let rule = |integers, symmetric| Rule { integers, symmetric };
        let view = match mark {
            Mark::Like(_) => continue,
            Mark::Weight(axis) if job.constant(name).is_some() => {
                let symmetric = axis.is_some() || job.weight.signed();
                job.whole(name, rule(job.weight, symmetric), *axis)?
            }
            _ if job.constant(name).is_some() => job.whole(name, rule(job.activation, false), None)?,
            _ => {
                let (least, most) = ranges.get(name).ok_or_else(|| format!("`{name}` has no range"))?;
                View::activation(job.activation, rule(job.activation, false).params(*least, *most))
            }
        };
        views.insert(name.clone(), view);
    }
    // A chain of those that share is no longer than there are marks.
    for _ in &marks.all {
        for (name, mark) in &marks.all {
            if let Mark::Like(other) = mark
                && let Some(view) = views.get(other).cloned()
            {
                views.insert(name.clone(), view);
            }
        }
    }
    for bias in &marks.biases {
        let Some(input) = views.get(bias.input).map(|view| view.params[0].scale) else {
            continue;
        };
        let (Some(mut weight), Some((_, values))) = (views.remove(bias.weight), job.constant(bias.name))
        else {
            continue;
        };
        if weight.values.is_some() && job.weight.signed() {
            job.adjust(bias.weight, &mut weight, input, &values);
        }
        views.insert(
            bias.name.to_owned(),
            job.bias(bias.name, bias.beta, input, &weight)?,
        );
        views.insert(bias.weight.to_owned(), weight);
    }
    for (name, other) in marks.gone.iter().rev() {
        if let Some(view) = views.get(other).cloned() {
            views.insert(name.clone(), view);
        }
    }
    Ok(views)
}

impl<'a> Marks<'a> {
    fn own(&mut self, job: &Job<'_>, name: &str) {
        let float = job
            .recipe
            .operand(name)
            .is_some_and(|operand| operand.dtype == "FLOAT32");
        if float {
            self.all.entry(name.to_owned()).or_insert(Mark::Own);
        }
    }

    fn weight(&mut self, name: &str, axis: Option<usize>) {
        if axis.is_some() {
            self.all.insert(name.to_owned(), Mark::Weight(axis));
        } else {
            self.all.entry(name.to_owned()).or_insert(Mark::Weight(None));
        }
    }

    fn visit(&mut self, job: &Job<'_>, operation: &'a Operation) -> Result<(), String> {
        let (x, y) = (operation.inputs[0].as_str(), operation.outputs[0].as_str());
        match operation.kind.as_str() {
            "Conv" | "Gemm" => {
                self.own(job, x);
                self.own(job, y);
                let weight = operation.inputs[1].as_str();
                self.weight(
                    weight,
                    channels(operation, job.per_channel && job.constant(weight).is_some()),
                );
                if let Some(name) = operation
                    .inputs
                    .get(2)
                    .filter(|name| job.constant(name).is_some())
                {
                    if self.biases.iter().any(|bias| bias.name == name) {
                        return Err(format!("the oracle has no copies of biases: `{name}`"));
                    }
                    let beta = float(operation, "beta", 1.0) as f32;
                    self.biases.push(Bias {
                        name,
                        input: x,
                        weight,
                        beta,
                    });
                }
            }
            "MatMul" => {
                for (place, name) in operation.inputs.iter().enumerate() {
                    match job.constant(name) {
                        // Scales run along what is not added up.
                        Some((shape, _)) => {
                            self.weight(name, job.per_channel.then(|| shape.len() - 2 + place));
                        }
                        None => self.own(job, name),
                    }
                }
                self.own(job, y);
            }
            "Relu" | "Clip" if !self.all.contains_key(x) => {}
            "Relu" | "Clip" => {
                if job.cuts_alone(x) {
                    self.all.remove(x);
                    self.gone.push((x.to_owned(), y.to_owned()));
                }
                self.own(job, y);
            }
            "Reshape" | "Transpose" | "Flatten" | "AveragePool" | "MaxPool" => {
                if self.all.contains_key(x) {
                    self.all.insert(y.to_owned(), Mark::Like(x.to_owned()));
                }
            }
            "Add" | "Mul" | "LeakyRelu" | "Sigmoid" | "Softmax" | "Concat" | "GlobalAveragePool" => {
                operation.inputs.iter().for_each(|name| self.own(job, name));
                self.own(job, y);
            }
            // Others stay float.
            other if !quant_case::onnx::is_calibrated(other) => {}
            other => return Err(format!("the oracle does not quantize {other}")),
        }
        Ok(())
    }
}
