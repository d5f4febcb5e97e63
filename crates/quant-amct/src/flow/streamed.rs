//! Ranges of activations of which nothing is kept: the graph runs on all batches for each pass of the searches.

use std::collections::BTreeMap;

use quant_ir::Result;

use super::activations::{Range, Runs, Wanted, shapes};
use crate::algorithm::histogram::Histogram;
use crate::algorithm::ifmr::Stream;
use crate::config::Algorithm;
use crate::run::Outline;

/// What is known of a tensor so far.
enum State {
    Search(Box<Stream>),
    Histogram {
        bins: usize,
        so_far: Option<Histogram>,
        over: bool,
    },
}

impl State {
    fn of(wanted: &Wanted, count: usize) -> Self {
        match wanted.algorithm {
            Algorithm::Ifmr { .. } => Self::Search(Box::new(Stream::new(wanted.search(), count))),
            Algorithm::Hfmg { num_of_bins } => Self::Histogram {
                bins: num_of_bins as usize,
                so_far: None,
                over: false,
            },
        }
    }

    fn see(&mut self, values: &[f32]) -> Result<()> {
        match self {
            Self::Search(stream) => return stream.see(values),
            Self::Histogram { over: true, .. } => {}
            Self::Histogram {
                so_far: Some(histogram),
                ..
            } => return histogram.add(values),
            Self::Histogram { bins, so_far, .. } => *so_far = Some(Histogram::of(values, *bins)?),
        }
        Ok(())
    }

    /// The range after a pass; nothing when another one is wanted.
    fn end_of_pass(&mut self, asymmetric: bool) -> Option<Range> {
        match self {
            Self::Search(stream) => {
                stream.end_of_pass();
                stream.found().map(Range::of_search)
            }
            Self::Histogram { so_far, over, .. } => {
                *over = true;
                so_far
                    .as_ref()
                    .map(|histogram| Range::of_histogram(histogram, asymmetric))
            }
        }
    }
}

/// The ranges of all that are wanted of `tensors`, in their order.
pub(super) fn ranges(runs: &Runs<'_>, tensors: &[String], wanted: &[Wanted]) -> Result<Vec<Range>> {
    let counts = counts(runs, tensors)?;
    let counts: BTreeMap<&String, usize> = tensors.iter().zip(counts).collect();
    // Layers that share an input share its range.
    let first = |wanted: &[Wanted], number: usize| wanted.iter().position(|other| *other == wanted[number]);
    let mut states: Vec<Option<State>> = (0..wanted.len())
        .map(|number| {
            let this = &wanted[number];
            (first(wanted, number) == Some(number)).then(|| State::of(this, counts[&this.tensor]))
        })
        .collect();
    let mut found: Vec<Option<Range>> = vec![None; wanted.len()];
    loop {
        let open = |tensor: &&String| {
            let mut all = wanted.iter().zip(&states).zip(&found);
            all.any(|((wanted, state), found)| {
                wanted.tensor == **tensor && state.is_some() && found.is_none()
            })
        };
        let tensors: Vec<String> = tensors.iter().filter(open).cloned().collect();
        if tensors.is_empty() {
            break;
        }
        runs.watch(&tensors, &mut |_, number, values| {
            for (wanted, state) in wanted.iter().zip(&mut states) {
                if let Some(state) = state.as_mut().filter(|_| wanted.tensor == tensors[number]) {
                    let within = |error: quant_ir::Error| error.within(format!("tensor `{}`", wanted.tensor));
                    state.see(values).map_err(within)?;
                }
            }
            Ok(())
        })?;
        for ((wanted, state), found) in wanted.iter().zip(&mut states).zip(&mut found) {
            if let Some(state) = state.as_mut().filter(|_| found.is_none()) {
                *found = state.end_of_pass(wanted.asymmetric);
            }
        }
    }
    let of = |number| first(wanted, number).and_then(|first| found[first].clone());
    Ok((0..wanted.len()).filter_map(of).collect())
}

/// How many values each tensor has in all batches.
fn counts(runs: &Runs<'_>, tensors: &[String]) -> Result<Vec<usize>> {
    let mut of_shapes: BTreeMap<BTreeMap<String, Vec<usize>>, Vec<usize>> = BTreeMap::new();
    let mut counts = vec![0; tensors.len()];
    for batch in 0..runs.batch_num {
        let shapes = shapes(runs.graph, runs.batches.shapes(batch)?)?;
        if !of_shapes.contains_key(&shapes) {
            let sizes = Outline::new(runs.graph, tensors, &shapes)?.output_shapes();
            let sizes = sizes.iter().map(|shape| shape.iter().product()).collect();
            of_shapes.insert(shapes.clone(), sizes);
        }
        for (count, size) in counts.iter_mut().zip(&of_shapes[&shapes]) {
            *count += size;
        }
    }
    Ok(counts)
}
