//! Models that were trained with fake quantization (QAT), as TensorFlow's converter makes them int8 without data: the ranges
//! are those of the training.
//!
//! The file has them as a QUANTIZE and a DEQUANTIZE behind it on each value and constant (`pairs`), which is what the
//! converter makes of `fake_quant` without `optimizations`. Parameters spread from there to values without any (`spread`);
//! an operator whose operands and results have parameters is quantized (`plan`), others stay float and read what the
//! fake quantization leaves. Constants without a pair have parameters of their values (`own`). Filters of 4 bits become int4.
//!
//! The converter has the ranges in f64 where a file has a scale in f32: a bias can differ by one from what it makes of the
//! training's graph.
//!
//! Convolutions have kernels without a zero point of the filter. The original gives them filters with one all the same, and
//! the runtime refuses the model; here the integers are shifted by it, with a larger scale where they would not fit, unless
//! `compat`.

mod constants;
mod ends;
mod facts;
mod own;
mod pairs;
mod params;
mod plan;
mod rules;
mod spread;
#[cfg(test)]
mod tests;
mod write;
mod writer;

use std::collections::BTreeMap;

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{DType, FreeNames, Model};

use super::common::shared_constants::SharedConstants;
use super::common::strict;
use super::common::versions::Versions;
use super::{Kept, Options};
use crate::profile;
use constants::Integers;
use facts::Facts;
use pairs::Pairs;
use writer::Writing;

/// The types that inputs and outputs can have.
pub const INTERFACE: [DType; 3] = [DType::Float32, DType::Int8, DType::Uint8];

/// Quantizes a model by its fake quantization. Returns the operators that stay float.
///
/// # Errors
/// A model without fake quantization, or with one of activations to other than 8 bits; inputs or outputs of a type that they
/// cannot have; with `strict`, an operator that stays float though nobody asked. The model is then unchanged.
pub fn quantize(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    for (end, dtype) in [("input", options.input), ("output", options.output)] {
        if !INTERFACE.contains(&dtype) {
            return Err(Error::new(
                format!("{end} type"),
                Problem::Option(format!("beside int8 no {dtype} is made")),
                "use float32, int8 or uint8",
            ));
        }
    }
    let mut work = model.clone();
    let mut kept = Vec::new();
    profile::keeping(&mut work, |work| {
        let mut versions = Versions::default();
        let mut integers: Integers = SharedConstants::new(work);
        let mut found = false;
        for number in 0..work.graphs().len() {
            found |= graph(work, number, options, (&mut integers, &mut versions), &mut kept)?;
        }
        if !found {
            return Err(Error::new(
                "the model",
                Problem::MissingRanges,
                "give a model with QUANTIZE and DEQUANTIZE pairs, as the converter makes of fake_quant; for others record",
            ));
        }
        versions.apply(work)?;
        work.compact();
        Ok(())
    })?;
    if options.strict {
        strict::check(&kept)?;
    }
    *model = work;
    Ok(kept)
}

/// Quantizes a graph. Returns whether it has fake quantization.
fn graph(
    model: &mut Model,
    number: usize,
    options: &Options,
    (integers, versions): (&mut Integers, &mut Versions),
    kept: &mut Vec<Kept>,
) -> Result<bool> {
    let pairs = Pairs::of(model, number)?;
    let mut facts = Facts::of(model, number, options, &pairs);
    if !options.only_given {
        facts.own = own::parameters(&facts);
    }
    let plan = plan::plan(&facts, spread::spread(&facts));
    let graph = facts.graph();
    for (op, why) in &plan.kept {
        let operator = &graph.operators()[*op];
        let output = operator
            .outputs
            .first()
            .map_or("", |id| graph.tensor(*id).name.as_str());
        kept.push(Kept::new(number, *op, operator.code.builtin, output, why.clone()));
    }
    let mut of = BTreeMap::new();
    for (op, rule) in plan.quantized.iter().enumerate() {
        if let Some(rule) = rule {
            let int4 = plan::filter(&facts, op, rule).is_some_and(|filter| filter.dtype == DType::Int4);
            of.insert(op, rule.version(&graph.operators()[op], int4));
        }
    }
    let uses = constants::uses(&facts, &plan);
    let entered = is_entered(model, number);
    let mut names = FreeNames::of(&model.graphs()[number]);
    let mut given = pairs.given.clone();
    given.extend(std::mem::take(&mut facts.own));
    let constants = constants::store(model, number, (&uses, &plan, &given), integers, &mut names)?;
    let writing = Writing {
        pairs: &pairs,
        plan: &plan,
        uses: &uses,
        constants: &constants,
        of: &of,
        interface: if entered {
            (options.input, options.output)
        } else {
            (DType::Float32, DType::Float32)
        },
    };
    write::write(model, number, &writing, names, versions)?;
    Ok(!pairs.given.is_empty())
}

/// Whether a graph's inputs and outputs are those of the model: of the main graph, and of those that signatures enter. What
/// operators give to other graphs are floats.
fn is_entered(model: &Model, number: usize) -> bool {
    let mut signatures = model.signatures().into_iter().flatten();
    number == 0 || signatures.any(|signature| signature.subgraph as usize == number)
}
