//! How much each layer is disturbed by its quantization.

use std::collections::BTreeMap;

use quant_ir::value::Value;
use quant_ir::{Error, Problem, Result};
use quant_tensorflow::Graph;

use super::activations::{Runs, shapes};
use super::calibrate::{Calibrated, input_of};
use crate::algorithm::similarity;
use crate::batches::Batches;
use crate::graph::activation_input;
use crate::run::{Outline, Runner, floats};

/// The measure of a ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// `0.5 + 0.5 · cos`: 1 for equal outputs.
    #[default]
    Cosine,
    /// The distance of outputs, as a negative number, so that the most disturbed layer comes first here too.
    Mse,
}

/// Runs every layer of a record on its input as calibration saw it, once float and once quantized; the measures in the order of
/// the graph, each the mean over the batches.
///
/// # Errors
/// A layer that does not run.
pub fn rank(
    calibrated: &Calibrated,
    batches: &dyn Batches,
    batch_num: usize,
    measure: Measure,
    memory: usize,
    progress: &(dyn Fn() + Sync),
) -> Result<Vec<(String, f64)>> {
    let float = &calibrated.folding.graph;
    let (quantized, done) = calibrated.folding.quantize(&calibrated.record)?;
    let runs = Runs {
        graph: &calibrated.seen,
        batches,
        batch_num,
        memory,
        progress,
    };
    let mut layers = Vec::new();
    for layer in &calibrated.layers {
        let tensor = input_of(float, &layer.name, activation_input(layer.kind))?;
        let quant = input_of(&quantized, &layer.name, activation_input(layer.kind))?;
        let origin = |name: &&String| {
            done.origins
                .get(*name)
                .is_some_and(|origins| origins.first() == Some(&layer.name))
        };
        let dequant = done.replaces.keys().find(origin).ok_or_else(|| {
            let problem = Problem::Missing("it is not quantized".to_owned());
            Error::new(format!("layer `{}`", layer.name), problem, "calibrate again")
        })?;
        let tail = input_of(&quantized, dequant, 0)?;
        layers.push(Pair {
            name: &layer.name,
            tensor,
            quantized_tensor: input_of(&quantized, &quant, 0)?,
            tail,
            dequant: dequant.clone(),
        });
    }
    let first = shapes(float, batches.shapes(0)?)?;
    let mut tensors: Vec<String> = Vec::new();
    for layer in &layers {
        if !tensors.contains(&layer.tensor) {
            tensors.push(layer.tensor.clone());
        }
    }
    let sizes = Outline::new(float, &tensors, &first)?.output_shapes();
    let sizes: BTreeMap<&String, Vec<usize>> = tensors.iter().zip(sizes).collect();
    let mut found: BTreeMap<&str, f64> = BTreeMap::new();
    for group in runs.groups(&tensors, batch_num)? {
        let values = runs.values(&group)?;
        for (tensor, batches) in group.iter().zip(values) {
            for layer in layers.iter().filter(|layer| layer.tensor == *tensor) {
                let mean = layer.measure([float, &quantized], &sizes[tensor], &batches, measure);
                let mean = mean.map_err(|error| error.within(format!("layer `{}`", layer.name)))?;
                found.insert(layer.name, mean);
            }
        }
    }
    let names = calibrated.layers.iter().map(|layer| layer.name.clone());
    Ok(names.map(|name| (name.clone(), found[name.as_str()])).collect())
}

/// A layer in both graphs.
struct Pair<'a> {
    name: &'a str,
    tensor: String,
    quantized_tensor: String,
    tail: String,
    dequant: String,
}

impl Pair<'_> {
    fn measure(
        &self,
        [float, quantized]: [&Graph; 2],
        shape: &[usize],
        batches: &[Vec<f32>],
        measure: Measure,
    ) -> Result<f64> {
        let cut = |graph: &Graph, from: &String, to: &String, shape: &[usize]| {
            let shapes = BTreeMap::from([(from.clone(), shape.to_vec())]);
            Runner::cut(
                graph,
                std::slice::from_ref(from),
                std::slice::from_ref(to),
                &shapes,
            )
        };
        let mut sum = 0.0;
        for batch in batches {
            // Another batch may be of another length.
            let mut shape = shape.to_vec();
            let rest: usize = shape[1..].iter().product();
            shape[0] = batch.len() / rest.max(1);
            let run = |graph: &Graph, from: &String, to: &String| {
                let value = Value::f32(shape.clone(), batch.clone());
                cut(graph, from, to, &shape)?.run(vec![value])
            };
            let (a, b) = (
                run(float, &self.tensor, &self.tail)?,
                run(quantized, &self.quantized_tensor, &self.dequant)?,
            );
            let (a, b) = (floats(&a[0])?, floats(&b[0])?);
            sum += match measure {
                Measure::Cosine => similarity::cosine(a, b),
                Measure::Mse => -similarity::normalized_distance(a, b),
            };
        }
        Ok(sum / batches.len().max(1) as f64)
    }
}
