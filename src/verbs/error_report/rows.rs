//! One tensor of the report, and the graph that it stands in.

use std::cmp::Ordering;

use quant_core::ir::{Model, TensorId};
use quant_core::metrics::{Errors, Metric};
use quant_core::sensitivity::Energy;
use serde_json::{Value, json};

/// A tensor with its errors.
pub struct Row {
    /// Its name.
    pub name: String,
    /// Whether it is a constant.
    pub constant: bool,
    /// Its type in the quantized model.
    pub dtype: &'static str,
    /// The errors, with all that was added before.
    pub errors: Errors,
    /// What its own layer adds; `None` where no layer makes it, or nobody can tell.
    pub added: Option<Energy>,
    shape: Vec<i32>,
    /// Scale in the quantized model; none for several.
    scale: Option<f32>,
    /// The operator of the float graph that makes it, or that reads the constant first.
    operator: Option<usize>,
}

/// The graph, with what its tensors are called and which they are in the quantized model.
pub struct Names<'a> {
    float: &'a Model,
    quantized: &'a Model,
    labels: Vec<String>,
    twins: Vec<Option<TensorId>>,
}

impl<'a> Names<'a> {
    /// Of both models.
    pub fn new(float: &'a Model, quantized: &'a Model) -> Self {
        Self {
            float,
            quantized,
            labels: float.main().labels(),
            twins: float.main().twins(quantized.main()),
        }
    }

    /// Labels of tensors of the float model's main graph.
    pub fn labels(&self, ids: &[TensorId]) -> Vec<&str> {
        ids.iter().map(|id| self.labels[id.0].as_str()).collect()
    }

    /// The float graph's operators, each with the activations that it reads and makes.
    pub fn operators(&self) -> Vec<Value> {
        let graph = self.float.main();
        let operators = graph.operators().iter().map(|op| {
            let read: Vec<TensorId> = op
                .inputs
                .iter()
                .flatten()
                .copied()
                .filter(|id| !self.float.is_const(graph.tensor(*id)))
                .collect();
            json!({
                "kind": op.code.custom.clone().unwrap_or_else(|| op.code.builtin.to_string()),
                "inputs": self.labels(&read),
                "outputs": self.labels(&op.outputs),
            })
        });
        operators.collect()
    }
}

impl Row {
    /// The row of a tensor of the float model.
    pub fn new(names: &Names, id: TensorId, constant: bool, errors: Errors) -> Self {
        let graph = names.float.main();
        let tensor = graph.tensor(id);
        let twin = names.twins[id.0].map(|id| names.quantized.main().tensor(id));
        let scale = twin.and_then(|twin| match twin.quant.as_ref()?.scale.as_slice() {
            [scale] => Some(*scale),
            _ => None,
        });
        let mut operators = graph.operators().iter();
        let operator = if constant {
            operators.position(|op| op.inputs.contains(&Some(id)))
        } else {
            operators.position(|op| op.outputs.contains(&id))
        };
        Self {
            name: names.labels[id.0].clone(),
            constant,
            dtype: twin.map_or("", |twin| twin.dtype.word()),
            errors,
            added: None,
            shape: tensor.shape.clone(),
            scale,
            operator,
        }
    }

    /// The word for what it is.
    pub fn kind(&self) -> &'static str {
        if self.constant { "constant" } else { "activation" }
    }

    /// By what its layer adds, the most first; then those of which that is not known, by MPEIR, NaN before all; by name where
    /// it is equal.
    pub fn worst_first(&self, other: &Self) -> Ordering {
        let added = |row: &Self| row.added.map_or(-1.0, |added| added.ratio().abs());
        let error = |row: &Self| row.errors.relaxed_mpeir().unwrap_or(0.0).abs();
        added(other)
            .total_cmp(&added(self))
            .then_with(|| error(other).total_cmp(&error(self)))
            .then_with(|| self.name.cmp(&other.name))
    }

    /// Everything as JSON; what is infinite or undefined is null.
    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "kind": self.kind(),
            "operator": self.operator,
            "type": self.dtype,
            "shape": self.shape,
            "scale": self.scale,
            "elements": self.errors.elements / self.errors.records.max(1),
            "mpeir": self.errors.relaxed_mpeir(),
            "mse": self.errors.metric(Metric::Mse),
            "tae": self.errors.tae(),
            "mae": self.errors.metric(Metric::Mae),
            "cosine": self.errors.cosine(),
            "sqnr": self.errors.sqnr(),
            "added": self.added.map(|added| added.sqnr()).filter(|sqnr| sqnr.is_finite()),
        })
    }
}
