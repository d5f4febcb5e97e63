//! Integers of constants, and biases of zeros.

use std::collections::BTreeMap;

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{BufferId, DType, FreeNames, Model, TensorId};

use super::super::common::parameters::per_tensor;
use super::super::common::shared_constants::SharedConstants;
use super::super::common::twins;
use super::super::common::versions::Versions;
use super::params::{Params, bias};
use super::plan::{Form, Plan, Read};
use super::rules;
use crate::quantize::constant::floats_in;

/// What goes through all graphs.
pub struct State {
    /// The integers of constants.
    pub made: SharedConstants<Form, ()>,
    /// The versions of operators.
    pub versions: Versions,
}

/// Stores the integers of constants; a tensor for each form.
///
/// # Errors
/// None that a planned graph could have.
pub fn constants(
    model: &mut Model,
    number: usize,
    plan: &Plan,
    state: &mut State,
    names: &mut FreeNames,
) -> Result<BTreeMap<(TensorId, Form), TensorId>> {
    let mut uses = Vec::new();
    for (op, reads) in model.graphs()[number].operators().iter().zip(&plan.reads) {
        for (at, read) in reads.iter().flatten() {
            if let (Read::Constant(form), Some(id)) = (read, op.input(*at)) {
                uses.push((id, *form));
            }
        }
    }
    let graph = &mut model.graphs_mut()[number];
    let add = |buffer: BufferId| state.made.add(buffer);
    let twins = twins::of(graph, names, uses.into_iter(), "uint8", add);
    for ((_, form), twin) in &twins {
        let (dtype, quant) = match form {
            Form::Uint8(scale, zero_point) => (
                DType::Uint8,
                per_tensor(f64::from_bits(*scale) as f32, *zero_point),
            ),
            Form::Bias(scale) => (DType::Int32, per_tensor(f64::from_bits(*scale) as f32, 0)),
        };
        state
            .made
            .store(model, (number, *twin), (*form, dtype), |model| {
                let floats = floats_in(model, number, *twin)?;
                let content = match form {
                    Form::Uint8(scale, zero_point) => Params {
                        scale: f64::from_bits(*scale),
                        zero_point: *zero_point,
                    }
                    .constant(&floats),
                    Form::Bias(scale) => bias(&floats, f64::from_bits(*scale)),
                };
                Ok((content, ()))
            })?;
        model.graphs_mut()[number].tensor_mut(*twin).quant = Some(quant);
    }
    Ok(twins)
}

/// A bias of zeros for each operator that lacks one.
///
/// # Errors
/// A filter without the dimension of output channels.
pub fn zeros(
    model: &mut Model,
    number: usize,
    plan: &Plan,
    names: &mut FreeNames,
) -> Result<BTreeMap<usize, TensorId>> {
    let mut made = BTreeMap::new();
    for (op, scale) in &plan.zeros {
        let graph = &model.graphs()[number];
        let operator = &graph.operators()[*op];
        let weights = rules::of(operator.code.builtin).and_then(|rule| rule.ok()?.weights);
        let filter = weights.and_then(|weights| Some((operator.input(weights.filter)?, weights.channels?)));
        let count = filter.and_then(|(filter, axis)| graph.tensor(filter).shape.get(axis).copied());
        let count = count.and_then(|count| usize::try_from(count).ok());
        let count =
            count.filter(|count| filter.and_then(|(id, _)| graph.tensor(id).elements()) >= Some(*count));
        let Some(count) = count else {
            return Err(Error::new(
                quant_ir::place(graph, operator),
                Problem::Shape("its filter has no dimension of output channels".to_owned()),
                "give the filter the rank that its operator asks for",
            ));
        };
        let name = operator
            .outputs
            .first()
            .map_or("", |id| graph.tensor(*id).name.as_str());
        let name = names.take(&format!("{name}_bias"));
        let mut tensor = quant_ir::Tensor::new(name, DType::Int32, vec![count as i32]);
        tensor.quant = Some(per_tensor(*scale as f32, 0));
        tensor.buffer = model.add_buffer(vec![0; 4 * count]);
        made.insert(*op, model.graphs_mut()[number].add_tensor(tensor));
    }
    Ok(made)
}
