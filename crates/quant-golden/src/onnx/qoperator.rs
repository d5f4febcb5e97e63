//! Operators on integers: what each makes in integers, operator by operator; values are quantized where such an operator reads them.

use std::collections::BTreeMap;

use quant_case::recipe::Operation;

use super::forward::float;
use super::job::{Job, Ranges, View, channels};
use super::params::{Integers, Params, Rule};

/// What becomes of each tensor that is there in integers.
pub(super) fn quantize(job: &Job<'_>, ranges: &Ranges) -> Result<BTreeMap<String, View>, String> {
    let mut values = Values {
        job,
        ranges,
        views: BTreeMap::new(),
    };
    for operation in &job.recipe.operations {
        values.visit(operation)?;
    }
    Ok(values.views)
}

struct Values<'a> {
    job: &'a Job<'a>,
    ranges: &'a Ranges,
    views: BTreeMap<String, View>,
}

impl Values<'_> {
    fn own(&self, name: &str) -> Result<View, String> {
        let (least, most) = self
            .ranges
            .get(name)
            .ok_or_else(|| format!("`{name}` has no range"))?;
        let rule = Rule {
            integers: self.job.activation,
            symmetric: false,
        };
        Ok(View::activation(rule.integers, rule.params(*least, *most)))
    }

    /// Integers of an operand; of a constant in these integers.
    fn read(&mut self, name: &str, integers: Integers, axis: Option<usize>) -> Result<(), String> {
        if self.views.contains_key(name) {
            return Ok(());
        }
        let view = if self.job.constant(name).is_some() {
            // Whatever has the type of weights has their rule.
            let symmetric = integers.signed() && (axis.is_some() || integers == self.job.weight);
            let view = self.job.whole(name, Rule { integers, symmetric }, axis)?;
            // Operators on integers say no axis.
            View { axis: None, ..view }
        } else {
            self.own(name)?
        };
        self.views.insert(name.to_owned(), view);
        Ok(())
    }

    fn visit(&mut self, operation: &Operation) -> Result<(), String> {
        let job = self.job;
        let (x, y) = (operation.inputs[0].as_str(), operation.outputs[0].as_str());
        match operation.kind.as_str() {
            "Conv" | "Gemm" => self.product(operation)?,
            "MatMul" => {
                self.read(x, job.activation, None)?;
                let right = operation.inputs[1].as_str();
                let matrix = job.constant(right).filter(|(shape, _)| shape.len() == 2);
                self.read(right, job.weight, matrix.filter(|_| job.per_channel).map(|_| 1))?;
                self.views.insert(y.to_owned(), self.own(y)?);
            }
            "Softmax" => {
                self.read(x, job.activation, None)?;
                let zero = if job.activation.signed() { -128 } else { 0 };
                let params = Params {
                    scale: 1.0 / 256.0,
                    zero,
                };
                self.views
                    .insert(y.to_owned(), View::activation(job.activation, params));
            }
            "Add" | "Mul" | "LeakyRelu" | "Sigmoid" | "AveragePool" | "Concat" => {
                for name in &operation.inputs {
                    self.read(name, job.activation, None)?;
                }
                self.views.insert(y.to_owned(), self.own(y)?);
            }
            "GlobalAveragePool" if self.views.contains_key(x) => {
                self.views.insert(y.to_owned(), self.own(y)?);
            }
            "Relu" | "Clip" if !job.cuts_alone(x) => {}
            "Relu" | "Clip" | "Reshape" | "Transpose" | "Flatten" | "MaxPool" => {
                if let Some(view) = self.views.get(x).cloned() {
                    self.views.insert(y.to_owned(), view);
                }
            }
            "GlobalAveragePool" => {}
            other if !quant_case::onnx::is_calibrated(other) => {}
            other => return Err(format!("the oracle does not quantize {other}")),
        }
        Ok(())
    }

    fn product(&mut self, operation: &Operation) -> Result<(), String> {
        let job = self.job;
        let (x, weight) = (operation.inputs[0].as_str(), operation.inputs[1].as_str());
        let constant = |name: &str| job.constant(name).is_some();
        if operation.inputs[1..].iter().any(|name| !constant(name)) {
            return Err(format!(
                "the oracle knows {} with constants alone",
                operation.kind
            ));
        }
        self.read(x, job.activation, None)?;
        let integers = if operation.kind == "Conv" && job.per_channel {
            Integers::Int8
        } else {
            job.weight
        };
        let axis = channels(operation, job.per_channel);
        self.read(weight, integers, axis)?;
        if let Some(name) = operation.inputs.get(2) {
            let input = self.views[x].params[0].scale;
            let mut view = View {
                axis,
                ..self.views[weight].clone()
            };
            let (_, values) = job.constant(name).unwrap_or_default();
            if job.weight == Integers::Int8 {
                job.adjust(weight, &mut view, input, &values);
            }
            let factor = float(operation, "beta", 1.0) / float(operation, "alpha", 1.0);
            let bias = job.bias(name, factor as f32, input, &view)?;
            // Nothing reads its scale.
            let bias = View {
                has_scale: false,
                axis: None,
                ..bias
            };
            self.views.insert(name.clone(), bias);
            self.views.insert(weight.to_owned(), View { axis: None, ..view });
        }
        let y = operation.outputs[0].as_str();
        self.views.insert(y.to_owned(), self.own(y)?);
        Ok(())
    }
}
