//! Ranges of activations from runs of a graph.
//!
//! IFMR needs all values of `batch_num` batches at once. The last batch's are looked at where they stand while the graph runs, so
//! that one batch keeps none. Those of the batches before it are kept where they fit into the memory that is allowed; else the
//! graph runs on all batches again for each pass of the search (`streamed.rs`), which gives the same factors.

use std::collections::BTreeMap;

use quant_ir::Result;
use quant_tensorflow::Graph;

use crate::algorithm::histogram::Histogram;
use crate::algorithm::ifmr::{self, Search};
use crate::algorithm::{Bits, Factors, hfmg};
use crate::batches::{self, Batches};
use crate::config::Algorithm;
use crate::run::{Outline, Runner, Watcher, floats};

/// A tensor, and how its range is found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub tensor: String,
    pub asymmetric: bool,
    pub algorithm: Algorithm,
}

/// What was found for a tensor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub factors: Factors,
    /// The factor of IFMR's search that won, and how far the next is behind it.
    pub ifmr: Option<(usize, f64)>,
}

/// Told of values: the number of the batch, that of the tensor.
pub(super) type See<'a> = &'a mut dyn FnMut(usize, usize, &[f32]) -> Result<()>;

/// How the graph runs.
pub(super) struct Runs<'a> {
    pub graph: &'a Graph,
    pub batches: &'a dyn Batches,
    pub batch_num: usize,
    /// Bytes that the values of a group may take.
    pub memory: usize,
    /// Told after each run.
    pub progress: &'a (dyn Fn() + Sync),
}

impl Runs<'_> {
    /// Shapes of a batch's inputs by node, as the first batch has them.
    pub fn shapes(&self) -> Result<BTreeMap<String, Vec<usize>>> {
        shapes(self.graph, self.batches.shapes(0)?)
    }

    /// Tensors in groups of which `batches` batches fit; each takes as many runs as there are batches.
    pub fn groups(&self, tensors: &[String], batches: usize) -> Result<Vec<Vec<String>>> {
        let sizes = Outline::new(self.graph, tensors, &self.shapes()?)?.output_shapes();
        let (mut groups, mut bytes): (Vec<Vec<String>>, usize) = (Vec::new(), usize::MAX);
        for (tensor, shape) in tensors.iter().zip(sizes) {
            let more = shape.iter().product::<usize>().saturating_mul(4 * batches);
            let fits = bytes.saturating_add(more) <= self.memory;
            if let Some(group) = groups.last_mut().filter(|_| fits) {
                group.push(tensor.clone());
                bytes += more;
            } else {
                groups.push(vec![tensor.clone()]);
                bytes = more;
            }
        }
        Ok(groups)
    }

    /// Runs the graph on each batch. `see` is told of the batch, the tensor by its place in `tensors`, and its values, while the
    /// graph runs.
    pub fn watch(&self, tensors: &[String], see: See<'_>) -> Result<()> {
        let mut watcher: Option<(BTreeMap<String, Vec<usize>>, Watcher)> = None;
        for index in 0..self.batch_num {
            // The only batch is run once.
            let inputs = if self.batch_num == 1 {
                self.batches.take(index)?
            } else {
                self.batches.get(index)?
            };
            let shapes = shapes(self.graph, batches::shapes(&inputs))?;
            if watcher.as_ref().is_none_or(|(old, _)| *old != shapes) {
                let new = Watcher::new(Runner::new(self.graph, tensors, &shapes)?)?;
                watcher = Some((shapes, new));
            }
            let Some((_, watcher)) = &watcher else { continue };
            watcher
                .run(inputs, &mut |number, value| see(index, number, floats(value)?))
                .map_err(|error| error.within(format!("batch {index}")))?;
            (self.progress)();
        }
        Ok(())
    }

    /// The values of tensors, each a list of its batches.
    pub fn values(&self, tensors: &[String]) -> Result<Vec<Vec<Vec<f32>>>> {
        let mut all = vec![Vec::new(); tensors.len()];
        self.watch(tensors, &mut |_, number, values| {
            all[number].push(values.to_vec());
            Ok(())
        })?;
        Ok(all)
    }
}

/// Shapes of inputs by the placeholders of a graph, in their order.
pub(super) fn shapes(graph: &Graph, inputs: Vec<Vec<usize>>) -> Result<BTreeMap<String, Vec<usize>>> {
    let names: Vec<&str> = graph
        .nodes
        .iter()
        .filter(|node| node.op() == "Placeholder")
        .map(quant_tensorflow::Node::name)
        .collect();
    if names.len() != inputs.len() {
        let what = format!("{} values for the inputs {}", inputs.len(), names.join(", "));
        let problem = quant_ir::Problem::Count(what);
        return Err(quant_ir::Error::new("a batch", problem, "give one for each"));
    }
    Ok(names
        .into_iter()
        .zip(inputs)
        .map(|(name, shape)| (name.to_owned(), shape))
        .collect())
}

impl Wanted {
    /// IFMR's search; its defaults where another algorithm is wanted.
    pub fn search(&self) -> Search {
        let search = Search {
            asymmetric: self.asymmetric,
            bits: Bits::INT8,
            ..Search::default()
        };
        match self.algorithm {
            Algorithm::Ifmr {
                max_percentile,
                min_percentile,
                search_range: (start, end),
                search_step,
            } => Search {
                max_percentile,
                min_percentile,
                start,
                end,
                step: search_step,
                ..search
            },
            Algorithm::Hfmg { .. } => search,
        }
    }
}

impl Range {
    pub fn of_search(found: &ifmr::Found) -> Self {
        let best = found.losses[found.best];
        let losses = found.losses.iter().enumerate();
        let others = losses.filter(|(index, _)| *index != found.best);
        let second = others.map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min);
        Self {
            factors: found.factors,
            ifmr: Some((found.best, (second - best) / best.max(f64::MIN_POSITIVE))),
        }
    }

    pub fn of_histogram(histogram: &Histogram, asymmetric: bool) -> Self {
        Self {
            factors: hfmg::search(histogram, asymmetric, Bits::INT8).factors,
            ifmr: None,
        }
    }
}
