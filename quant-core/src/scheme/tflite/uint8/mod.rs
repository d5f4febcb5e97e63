//! Uint8 with one scale for each tensor, as TensorFlow Lite's first converter, toco, made it.
//!
//! Activations and constants get scale and zero point by [`quant_numeric::nudge::choose`]; biases are int32 with the product of
//! two scales. Parameters go in the order of execution: results have a recorded range, fixed parameters, or those of an
//! operand; CONCATENATION gives all that it reads and makes one range (`rules` and `joint`). toco refused a model with an
//! operator that it did not know; here such an operator stays float between DEQUANTIZE and QUANTIZE.
//!
//! Kernels of MAXIMUM, MINIMUM, SELECT, PACK, PADV2 and MATRIX_SET_DIAG hand integers on, whatever they stand for: their
//! operands get the parameters of the result, by a QUANTIZE where they have others. toco left them as they were, as `compat`
//! does.
//!
//! No file of toco's was at hand. The formulas and lists are those of its sources; that they are put together as here was
//! inferred, and is compared with float models in the runtime.

mod constants;
mod facts;
mod joint;
mod params;
mod plan;
mod rules;
#[cfg(test)]
mod tests;
mod write;

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{DType, Graph, Model};

use super::common::shared_constants::SharedConstants;
use super::common::versions::Versions;
use super::common::{float_model, strict};
use super::{Kept, Options};
use crate::{fold, profile};
use constants::State;
use facts::Facts;

/// The types that inputs and outputs can have.
pub const INTERFACE: [DType; 3] = [DType::Float32, DType::Uint8, DType::Int8];

/// Quantizes a float model with recorded ranges. Returns the operators that stay float.
///
/// # Errors
/// A model that is quantized already; inputs or outputs of a type that they cannot have; a recorded range that is none; with
/// `strict`, an operator that stays float though nobody asked. The model is then unchanged.
pub fn quantize(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    for (end, dtype) in [("input", options.input), ("output", options.output)] {
        if !INTERFACE.contains(&dtype) {
            return Err(Error::new(
                format!("{end} type"),
                Problem::Option(format!("beside uint8 no {dtype} is made")),
                "use float32, uint8 or int8",
            ));
        }
    }
    let mut work = model.clone();
    let mut kept = Vec::new();
    profile::keeping(&mut work, |work| {
        fold::constants(work)?;
        float_model::check(work)?;
        let mut state = State {
            made: SharedConstants::new(work),
            versions: Versions::default(),
        };
        for number in 0..work.graphs().len() {
            let facts = Facts::of(work, number, options)?;
            let plan = plan::plan(&facts);
            let graph = facts.graph();
            for (op, why) in &plan.kept {
                let operator = &graph.operators()[*op];
                let output = operator
                    .outputs
                    .first()
                    .map_or("", |id| graph.tensor(*id).name.as_str());
                kept.push(Kept::new(number, *op, operator.code.builtin, output, why.clone()));
            }
            let interface = if is_entered(work, number) {
                (options.input, options.output)
            } else {
                (DType::Float32, DType::Float32)
            };
            write::write(work, number, &plan, interface, &mut state)?;
        }
        state.versions.apply(work)
    })?;
    if options.strict {
        strict::check(&kept)?;
    }
    *model = work;
    Ok(kept)
}

/// Whether a graph's inputs and outputs are those of the model: of the main graph, and of those that signatures enter. What
/// operators give to other graphs are floats.
fn is_entered(model: &Model, number: usize) -> bool {
    let graph: &Graph = &model.graphs()[number];
    let mut signatures = model.signatures().into_iter().flatten();
    let through = graph.outputs().iter().any(|id| graph.is_input(*id));
    number == 0 || (!through && signatures.any(|signature| signature.subgraph as usize == number))
}
