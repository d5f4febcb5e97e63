//! What keeps a quantized model from running in integers.

use super::control;
use crate::ops::integer::{self, On, Profile};
use quant_ir::{Builtin, Model};

/// The operators of which a runtime has no integer kernel here, each kind once, in the order of the graphs.
pub fn without_kernel(model: &Model, profile: Profile) -> Vec<Builtin> {
    let mut kinds = Vec::new();
    let mut look = |number: usize| {
        let graph = &model.graphs()[number];
        for op in graph.operators() {
            if matches!(integer::on(graph, op, profile), On::None) && !kinds.contains(&op.code.builtin) {
                kinds.push(op.code.builtin);
            }
        }
        Ok(())
    };
    // A graph that is not there is told of when the model is prepared.
    let _ = look(0).and_then(|()| control::each_reached(model, look));
    kinds
}
