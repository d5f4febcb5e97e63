//! Variables that operators name by a handle, and which of them hold integers.

use std::collections::BTreeMap;

use quant_ir::{Builtin, DType, Model, Operator, TensorId};
use quant_schema::BuiltinOptionsT;

use super::super::Options;
use super::recorded::recorded;
use crate::scheme::tflite::common::constant::is_float;

/// The variables of a model.
pub struct Resources {
    /// The variable that a tensor is the handle of, by the number of its graph.
    handles: BTreeMap<(usize, TensorId), String>,
    /// The variables that hold integers, with their ranges.
    integer: BTreeMap<String, (f32, f32)>,
}

/// What is known of a variable.
struct Known {
    range: (f32, f32),
    /// Whether one of its values was recorded.
    recorded: bool,
    /// Whether everybody who reads or assigns it can do so with integers.
    integer: bool,
}

impl Default for Known {
    /// 0 is in every range.
    fn default() -> Self {
        Self {
            range: (0.0, 0.0),
            recorded: false,
            integer: true,
        }
    }
}

impl Resources {
    /// Those of a model. A variable holds integers when everything that is assigned or read of it can be: in the graphs
    /// that operators run, these are constants that are assigned.
    pub fn of(model: &Model, options: &Options, called: &[bool]) -> Self {
        let handles = handles(model);
        let mut known: BTreeMap<&str, Known> = BTreeMap::new();
        for (number, graph) in model.graphs().iter().enumerate() {
            for op in graph.operators() {
                let Some((handle, value)) = access(op) else {
                    // Whoever else gets a handle may do anything with it.
                    for id in op.inputs.iter().flatten() {
                        if let Some(name) = handles.get(&(number, *id)) {
                            known.entry(name).or_default().integer = false;
                        }
                    }
                    continue;
                };
                let Some(name) = handles.get(&(number, handle)) else {
                    continue;
                };
                let known = known.entry(name).or_default();
                let tensor = graph.tensor(value);
                let constant = is_float(model, number, value);
                let asked = options.stays_float(op.code.builtin, &[&tensor.name]);
                known.integer &= tensor.dtype == DType::Float32 && !asked && (constant || !called[number]);
                let range = if constant && !options.compat {
                    extremes(model, number, value)
                } else {
                    recorded(tensor)
                };
                known.recorded |= range.is_some() && !constant;
                if let Some((min, max)) = range {
                    known.range = (known.range.0.min(min), known.range.1.max(max));
                }
            }
        }
        let integer = known
            .into_iter()
            .filter(|(_, known)| known.integer && known.recorded);
        let integer = integer
            .map(|(name, known)| (name.to_owned(), known.range))
            .collect();
        Self { handles, integer }
    }

    /// The range of the variable that an operator reads or assigns, when it holds integers.
    pub fn range(&self, graph: usize, op: &Operator) -> Option<(f32, f32)> {
        let (handle, _) = access(op)?;
        self.integer.get(self.handles.get(&(graph, handle))?).copied()
    }
}

/// The handle and the value of an operator that reads or assigns a variable.
pub fn access(op: &Operator) -> Option<(TensorId, TensorId)> {
    let value = match op.code.builtin {
        Builtin::ASSIGN_VARIABLE => op.input(1),
        Builtin::READ_VARIABLE => op.outputs.first().copied(),
        _ => None,
    };
    op.input(0).zip(value)
}

fn handles(model: &Model) -> BTreeMap<(usize, TensorId), String> {
    let mut handles = BTreeMap::new();
    for (number, graph) in model.graphs().iter().enumerate() {
        for op in graph.operators() {
            if let (BuiltinOptionsT::VarHandleOptions(options), Some(id)) =
                (op.options.builtin(), op.outputs.first())
            {
                let name = options.shared_name.clone().unwrap_or_default();
                handles.insert((number, *id), name);
            }
        }
    }
    handles
}

fn extremes(model: &Model, number: usize, id: TensorId) -> Option<(f32, f32)> {
    let values = model.f32_data(model.graphs()[number].tensor(id))?;
    let min = values.iter().copied().reduce(f32::min)?;
    Some((min, values.into_iter().fold(min, f32::max)))
}
