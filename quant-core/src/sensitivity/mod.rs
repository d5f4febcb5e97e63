//! Which layers a quantized model loses its accuracy in.
//!
//! The error of a tensor in a quantized model is that of everything before it, so it says little of its own layer. Here
//! each layer (an operator with the weights and outputs that quantization changed, or a graph input) is judged by itself:
//!
//! - **added**: the error of its output when it reads the float model's values, with its weights and its output quantized;
//!   and what of it weights alone, the rounding of its inputs alone and that of its output alone make;
//! - **alone**: the error of the graph's outputs when nothing else is quantized;
//! - **restored**: the error of the graph's outputs when everything else is.
//!
//! Both models are simulated on the float model's graph: a weight is the reals that its integers stand for, an activation
//! passes its scale and zero point. All of it takes one pass over the records: what is before a layer is computed once, and
//! only what depends on it is computed again.

mod energy;
mod grid;
mod layer;
mod measures;
mod onward;
mod pass;
mod plan;
mod source;
mod stretch;

pub use energy::Energy;
pub use layer::Layer;
pub use measures::Measures;

use quant_ir::Model;
use quant_ir::error::{Error, Problem, Result};

use crate::check::Few;
use crate::in_order::{self, WAVE, in_order};
use crate::metrics::Errors;
use crate::record::Records;
use pass::One;
use plan::Plan;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Records that are run at most, at equal distances.
    pub records: usize,
    /// What is measured of the layers.
    pub measures: Measures,
    /// Threads that run the models; the result does not depend on it.
    pub threads: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// How many records were run.
    pub records: usize,
    /// The errors of the graph's outputs with everything quantized.
    pub whole: Vec<Errors>,
    /// The layers, in the order of the graph.
    pub layers: Vec<Layer>,
}

/// Runs the float model with each layer as it is in the quantized one. `progress` is told each record.
///
/// # Errors
/// No records; models of several graphs or with variables; models without a tensor in common; an operator that fails.
pub fn run(
    float: &Model,
    quantized: &Model,
    records: &dyn Records,
    options: &Options,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Sensitivity> {
    in_order::check(options.threads)?;
    let few = Few::new(records, options.records);
    if few.is_empty() {
        return Err(Error::new(
            "records",
            Problem::NoRecords,
            "give at least one record",
        ));
    }
    let plan = Plan::of(float, quantized)?;
    let ready = plan.ready()?;
    let mut found = Sensitivity {
        records: few.len(),
        whole: vec![Errors::default(); float.main().outputs().len()],
        layers: plan.layers(),
    };
    in_order(
        0..few.len(),
        options.threads,
        WAVE,
        onward::Room::new,
        |index, room| {
            let inputs = few.get(index)?;
            let one = ready.record(inputs, options.measures, room);
            progress(index);
            one.map_err(|error| error.within(quant_ir::error::Place::number("record", index)))
        },
        |_, one| found.add(one),
    )?;
    Ok(found)
}

impl Sensitivity {
    fn add(&mut self, one: One) {
        let add = |errors: &mut Vec<Errors>, samples: &[crate::metrics::Sample]| {
            errors.resize(samples.len(), Errors::default());
            for (errors, sample) in errors.iter_mut().zip(samples) {
                errors.add(sample);
            }
        };
        add(&mut self.whole, &one.whole);
        for (layer, one) in self.layers.iter_mut().zip(one.layers) {
            layer.added += one.added;
            layer.inputs += one.inputs;
            layer.output += one.output;
            if let Some(weights) = one.weights {
                *layer.weights.get_or_insert_default() += weights;
            }
            add(&mut layer.alone, &one.alone);
            add(&mut layer.restored, &one.restored);
        }
    }

    /// What restoring a layer wins at the graph's outputs, in decibels; `None` when that was not asked.
    pub fn gain(&self, layer: &Layer) -> Option<f64> {
        let gain = joint(&layer.restored)? - joint(&self.whole)?;
        // Without an error before and after it is infinite minus infinite.
        Some(if gain.is_nan() { 0.0 } else { gain })
    }

    /// The layer whose output is off most when it reads floats, its inputs rounded and itself quantized.
    pub fn adds_most(&self) -> Option<&Layer> {
        let error = |layer: &Layer| layer.added.ratio() + layer.inputs.ratio();
        self.layers.iter().max_by(|a, b| error(a).total_cmp(&error(b)))
    }

    /// The numbers of the layers, those that hurt most first: by what restoring them wins, else by what they cost alone, where that
    /// is known, and by what they add.
    pub fn worst_first(&self) -> Vec<usize> {
        let key = |at: &usize| {
            let layer = &self.layers[*at];
            let alone = || joint(&layer.alone).map(|sqnr| -sqnr);
            let hurts = self.gain(layer).or_else(alone).unwrap_or(0.0);
            (hurts, layer.added.ratio())
        };
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by(|a, b| {
            let ((a, a_added), (b, b_added)) = (key(a), key(b));
            b.total_cmp(&a).then(b_added.total_cmp(&a_added))
        });
        order
    }
}

/// One SQNR for all outputs, in decibels: the mean of their errors' parts of the signal's energy. `None` without outputs.
pub fn joint(outputs: &[Errors]) -> Option<f64> {
    let ratios = outputs
        .iter()
        .filter_map(Errors::sqnr)
        .map(|sqnr| 10f64.powf(-sqnr / 10.0));
    let ratios: Vec<f64> = ratios.collect();
    (!ratios.is_empty()).then(|| -10.0 * (ratios.iter().sum::<f64>() / ratios.len() as f64).log10())
}
