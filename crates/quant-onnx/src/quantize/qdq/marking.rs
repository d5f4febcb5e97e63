//! How a tensor is marked: as an activation, a weight or a bias, or with another's parameters.

use super::mark::{Bias, Mark};
use super::state::Qdq;
use crate::quantize::array::Axis;
use crate::quantize::draft::Wired;
use crate::quantize::ranges::float;
use crate::tensor::TensorProto;

impl Qdq<'_> {
    pub(super) fn is_marked(&self, name: &str) -> bool {
        self.marks.contains(name) || self.bias_names.contains(name)
    }

    fn is_float(&self, name: &str) -> bool {
        let data_type = match self.draft.tensor(name) {
            Some(tensor) => Some(tensor.data_type()),
            None => self.draft.types.get(name).copied(),
        };
        float(data_type).is_some()
    }

    pub(super) fn is_float_constant(&self, name: &str) -> bool {
        self.draft.is_constant(name) && self.is_float(name)
    }

    pub(super) fn activation(&mut self, name: &str) {
        if self.is_float(name) {
            self.marks.set_first(name, Mark::default());
        }
    }

    pub(super) fn share(&mut self, name: &str, with: &str) {
        if self.is_float(name) {
            let shared = Some(with.to_owned());
            let mark = Mark {
                shared,
                ..Mark::default()
            };
            self.marks.set(name, mark);
        }
    }

    /// A weight, with a scale for each channel when that is asked for and it has such an axis.
    pub(super) fn weight(&mut self, name: &str, axis: i64) {
        let axis = self.channels(name, axis);
        if !self.is_float(name) {
            return;
        }
        let mark = Mark {
            weight: true,
            shared: None,
            axis,
        };
        if axis.is_some() {
            self.marks.set(name, mark);
        } else {
            self.marks.set_first(name, mark);
        }
    }

    fn channels(&self, name: &str, axis: i64) -> Option<usize> {
        let tensor = self.draft.tensor(name)?;
        let own = self.options.overrides.get(name).and_then(|all| all.first());
        let axis = match own {
            Some(own) => own.axis?,
            None if self.options.per_channel => axis,
            None => return None,
        };
        Axis::of(&sizes(tensor), axis).map(|axis| axis.axis)
    }

    /// A bias. The second node that reads one gets a copy of it.
    pub(super) fn bias(&mut self, at: usize, name: &str, input: &str, weight: &str, beta: f32) {
        if self.options.overrides.contains_key(name) {
            self.weight(name, 0);
            return;
        }
        if !self.is_float_constant(name) {
            return;
        }
        let mut own = name.to_owned();
        if self.bias_names.contains(name) {
            let number = self.draft.constants().filter_map(|other| {
                let rest = other.strip_prefix(name)?;
                rest.parse::<i64>().ok()
            });
            own = format!("{name}{}", number.max().unwrap_or(-1).max(-1) + 1);
            if let Some(mut copy) = self.draft.tensor(name).cloned() {
                copy.set_name(&own);
                self.draft.add_tensor(copy);
            }
            self.redirect_named(at, name, &own);
        }
        let bias = Bias {
            input: input.to_owned(),
            weight: weight.to_owned(),
            beta,
        };
        self.bias_names.insert(own.clone());
        self.biases.push((own, bias));
    }

    /// onnxruntime knows nodes by their names: all those without one read the copy.
    fn redirect_named(&mut self, at: usize, old: &str, new: &str) {
        let name = self.draft.nodes.get(at).map_or("", |wired| wired.node.name());
        let same = |wired: &Wired| wired.node.name() == name;
        let named: Vec<usize> = if self.options.faithful {
            let nodes = self.draft.nodes.iter().enumerate();
            nodes.filter(|(_, wired)| same(wired)).map(|(at, _)| at).collect()
        } else {
            vec![at]
        };
        for at in named {
            let reads = self
                .draft
                .nodes
                .get(at)
                .is_some_and(|wired| wired.inputs.iter().any(|x| x == old));
            if reads {
                self.draft.redirect_one(at, old, new);
            }
        }
    }
}

/// Sizes of an initializer.
pub(super) fn sizes(tensor: &TensorProto) -> Vec<usize> {
    let dims = tensor.dims().into_iter();
    dims.map(|size| usize::try_from(size).unwrap_or_default())
        .collect()
}
