//! A layer and the window behind it, band by band, so that what lies between them stays in cache.
//!
//! A layer expands an image, and a window of few weights goes over it. What lies between is more than the second level of cache
//! holds, is read once, and mostly nobody wants to know more of it than its range. So a few rows of it are made and used, and the
//! next ones take their place; rows that the next band's windows reach back to stay. Each row is computed once, as it is
//! computed in the whole.

use std::ops::Range;

use super::checks;
use super::going::Going;
use super::interpreter::{Interpreter, Kind, Pair, Step};
use super::state::Run;
use super::together::Watch;
use super::workspace::{Workspace, nothing};
use crate::ops::{Call, Rows};
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};
use quant_ir::{DType, Graph, Model, TensorId};
use quant_kernel::{self as kernel, Window};

/// Bytes that a layer's filters and the rows behind it may take: half of a second level of cache.
const CACHE: usize = 512 << 10;

/// An operator with its image, of which there is only the shape; `None` where the model does not say that.
struct Blank {
    index: usize,
    id: TensorId,
    image: Value,
}

impl Blank {
    fn of(graph: &Graph, index: usize) -> Option<Self> {
        let id = graph.operators()[index].inputs.first().copied().flatten()?;
        let shape = shape(graph, id).filter(|shape| shape.len() == 4)?;
        let data = nothing();
        let image = Value { shape, data };
        Some(Self { index, id, image })
    }

    fn call<'c>(&'c self, model: &'c Model, graph: &'c Graph, run: &'c Run<'c>) -> Call<'c> {
        let op = &graph.operators()[self.index];
        let mut inputs = vec![None; op.inputs.len()];
        inputs[0] = Some(&self.image);
        Call {
            model,
            graph,
            op,
            inputs,
            run,
        }
    }
}

/// The shape of a tensor of floats.
fn shape(graph: &Graph, id: TensorId) -> Option<Vec<usize>> {
    let tensor = graph.tensor(id);
    let sizes = tensor.shape.iter().map(|size| usize::try_from(*size).ok());
    sizes
        .collect::<Option<_>>()
        .filter(|_| tensor.dtype == DType::Float32)
}

/// Pairs of the early operators, between which there is more than the cache holds.
pub(super) fn pairs(model: &Model, graph: &Graph, steps: &[Step], late: usize) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for first in 0..late.saturating_sub(1) {
        if pairs.last().is_none_or(|pair| pair.first + 1 < first) {
            pairs.extend(pair(model, graph, steps, first));
        }
    }
    pairs
}

fn pair(model: &Model, graph: &Graph, steps: &[Step], first: usize) -> Option<Pair> {
    let ops = &graph.operators()[first..first + 2];
    let &[between] = ops[0].outputs.as_slice() else {
        return None;
    };
    let blanks = [Blank::of(graph, first)?, Blank::of(graph, first + 1)?];
    // The window is the last that reads it, and the only one; it is no output of the graph.
    let mine = graph.readers(between).len() == 1 && steps[first + 1].dying.contains(&between);
    if blanks[1].id != between || !mine {
        return None;
    }
    let run = Run::new(Vec::new(), false);
    let mut windows = Vec::with_capacity(2);
    for (blank, step) in blanks.iter().zip(&steps[first..]) {
        let (Kind::Ready(ready), &[id]) = (&step.kind, graph.operators()[blank.index].outputs.as_slice())
        else {
            return None;
        };
        let call = blank.call(model, graph, &run);
        let made = ready.shape(&call).ok()?;
        windows.push(ready.rows(&call).ok()??.window);
        shape(graph, id).filter(|said| *said == made)?;
    }
    let filters = ops[0].inputs.iter().flatten().skip(1);
    let filters: usize = filters.filter_map(|id| graph.tensor(*id).elements()).sum();
    let (window, rows) = (&windows[1], windows[0].output);
    let row = graph.tensor(between).elements()?.checked_div(rows)?;
    let fits = (CACHE / size_of::<f32>())
        .checked_sub(filters)?
        .checked_div(row)?;
    // Kernels of windows make two rows at a time.
    let most = fits.saturating_sub(room(window, 0)) / window.stride.max(1);
    let read = under(window, &(0..window.output)).end;
    let sound = window.size > 1 && read.saturating_add(window.stride) >= rows;
    (sound && fits < rows && most > 1).then_some(Pair {
        first,
        band: most / 2 * 2,
    })
}

/// Rows that are there at one time, at most, for so many rows of the output: those under them, and as many as one step before and
/// behind them, where steps are longer than the window or some are left over.
fn room(window: &Window, rows: usize) -> usize {
    rows.saturating_add(1)
        .saturating_mul(window.stride)
        .saturating_add(reach(window))
}

/// Rows from the first to the last that a window reads.
fn reach(window: &Window) -> usize {
    window
        .size
        .saturating_sub(1)
        .saturating_mul(window.dilation)
        .saturating_add(1)
}

/// Rows of the input under these rows of the output.
fn under(window: &Window, rows: &Range<usize>) -> Range<usize> {
    let from = |row: usize| row.saturating_mul(window.stride);
    let start = from(rows.start).saturating_sub(window.before).min(window.input);
    let end = from(rows.end.saturating_sub(1)).saturating_add(reach(window));
    start..end.saturating_sub(window.before).clamp(start, window.input)
}

/// Rows of a tensor that are in memory, from the row `first` on, each of so many elements.
#[derive(Clone, Copy)]
struct Lines<'i> {
    data: &'i [f32],
    first: usize,
    row: usize,
}

/// Makes rows of an output of those under them.
fn make(layer: &Rows<'_>, rows: &Range<usize>, input: Lines<'_>, out: &mut [f32]) -> kernel::Range {
    let window = &layer.window;
    let read = under(window, rows);
    let begin = rows.start.saturating_mul(window.stride);
    let part = Window {
        output: rows.len(),
        before: window.before.saturating_sub(begin),
        input: read.len(),
        ..*window
    };
    let data = &input.data[(read.start - input.first) * input.row..];
    (layer.run)(part, &data[..read.len() * input.row], out)
}

impl Interpreter<'_> {
    /// Runs a pair band by band and tells what it made; does nothing, and tells so, where somebody wants more than the range of
    /// what lies between, or that is not known without the values.
    pub(super) fn in_bands(
        &self,
        record: usize,
        pair: &Pair,
        run: &Run<'_>,
        going: &mut Going,
        workspace: &mut Workspace,
        watch: &mut dyn Watch,
    ) -> Result<bool> {
        let ops = &self.graph.operators()[pair.first..pair.first + 2];
        let (between, id) = (ops[0].outputs[0], ops[1].outputs[0]);
        if !watch.only_range(between) {
            return Ok(false);
        }
        let Some((value, ranges)) = self.bands(pair, id, run, going, workspace) else {
            return Ok(false);
        };
        // Without the values a range is exact as it is, or not known.
        let Some(exact) = ranges[0].checked(&[]) else {
            if let Some(slot) = self.plan.slots[id.0] {
                workspace.buffers[slot] = value.data;
            }
            return Ok(false);
        };
        watch.range(record, between, exact)?;
        watch.value(record, id, &value, Some(ranges[1]))?;
        // The limit is that of a run without bands.
        let elements = self.graph.tensor(between).elements().unwrap_or(0);
        going.live += elements;
        checks::check_live(self.graph, &ops[0], going.live)?;
        self.bury(pair.first, going, workspace);
        going.live += value.len();
        checks::check_live(self.graph, &ops[1], going.live)?;
        going.live -= elements;
        going.values[id.0] = Some(value);
        self.bury(pair.first + 1, going, workspace);
        Ok(true)
    }

    /// What the second of a pair makes, and the ranges of what both make.
    fn bands(
        &self,
        pair: &Pair,
        id: TensorId,
        run: &Run<'_>,
        going: &Going,
        workspace: &mut Workspace,
    ) -> Option<(Value, [kernel::Range; 2])> {
        let blanks = [
            Blank::of(self.graph, pair.first)?,
            Blank::of(self.graph, pair.first + 1)?,
        ];
        let calls = [0, 1].map(|at| blanks[at].call(self.model, self.graph, run));
        let layer = |at: usize| match &self.steps[pair.first + at].kind {
            Kind::Ready(ready) => ready.rows(&calls[at]).ok()?,
            _ => None,
        };
        let (first, second) = (layer(0)?, layer(1)?);
        let row = |blank: &Blank| blank.image.shape[2] * blank.image.shape[3];
        let image = Lines {
            data: going.values[blanks[0].id.0].as_ref()?.as_f32()?,
            first: 0,
            row: row(&blanks[0]),
        };
        let shape = shape(self.graph, id)?;
        let (all, output) = (first.window.output, second.window.output);
        let (wide, made) = (row(&blanks[1]), shape[2] * shape[3]);
        let mut between = std::mem::take(&mut workspace.between);
        between.renew(room(&second.window, pair.band) * wide, 0);
        let mut out = self.room(id, output * made, true, workspace);
        let (mut held, mut ranges) = (0..0, [kernel::Range::EMPTY; 2]);
        for start in (0..output).step_by(pair.band) {
            let rows = start..output.min(start + pair.band);
            let read = under(&second.window, &rows);
            // Rows that no window reads have a range as well.
            let end = if rows.end == output {
                all
            } else {
                read.end.max(held.end)
            };
            let keep = read.start.clamp(held.start, held.end);
            between.copy_within((keep - held.start) * wide..(held.end - held.start) * wide, 0);
            let new = held.end..end;
            held = keep..end;
            if !new.is_empty() {
                let to = &mut between[(new.start - keep) * wide..(new.end - keep) * wide];
                ranges[0] = ranges[0].join(make(&first, &new, image, to));
            }
            let lines = Lines {
                data: &between,
                first: keep,
                row: wide,
            };
            let to = &mut out[rows.start * made..rows.end * made];
            ranges[1] = ranges[1].join(make(&second, &rows, lines, to));
        }
        workspace.between = between;
        let data = Data::F32(out);
        Some((Value { shape, data }, ranges))
    }
}

#[cfg(test)]
mod tests;
