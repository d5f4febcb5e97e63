//! Ranges of an ONNX model's tensors, from records.
//!
//! The model is run once for the ends of each record, and once more where a calibrator counts: its bins depend on the ends of
//! a whole batch, and nobody has to keep the values for that.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use quant_core::interp::FloatProfile;
use quant_core::ir::{Bytes, TensorId};
use quant_core::kernel::Range as Span;
use quant_core::record::{Merge, Observer, Pass, Records};
use quant_core::{Error, Problem};
use quant_onnx::Model;
use quant_onnx::quantize::calibrate::Calibration;
use quant_onnx::quantize::calibrate::ends::Ends;
use quant_onnx::quantize::calibrate::histogram::Histogram;
use quant_onnx::quantize::{Observed, Options, Range, Ranges, observed};

use crate::data::{Data, Shapes};
use crate::failure::Result;
use crate::{frozen, progress};

/// Ends of a tensor, record after record.
#[derive(Clone, Default)]
struct Each {
    records: Vec<Ends>,
    /// Whether magnitudes are counted, whose smallest is wanted then.
    near: bool,
}

impl Observer for Each {
    type Sample = Ends;

    fn merging(&self) -> Merge {
        Merge::InOrder
    }

    fn sample(&self, values: &[f32], range: Span) -> Ends {
        if self.near {
            return Ends::of(values);
        }
        Ends {
            low: range.min,
            high: range.max,
            near: 0.0,
            far: range.min.abs().max(range.max.abs()),
            some: true,
            nan: false,
        }
    }

    fn add(&mut self, sample: Ends) {
        self.records.push(sample);
    }

    fn merge(&mut self, later: Self) {
        self.records.extend(later.records);
    }

    fn range(&self) -> Option<Span> {
        None
    }
}

/// Counts a tensor's values: sums of counts, whatever the order.
#[derive(Clone)]
struct Count(Option<Arc<RwLock<Histogram>>>);

impl Observer for Count {
    type Sample = ();

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    fn sample(&self, values: &[f32], _range: Span) {
        let Some(histogram) = &self.0 else {
            return;
        };
        let counts = {
            let histogram = histogram.read().unwrap_or_else(PoisonError::into_inner);
            let mut counts = vec![0; histogram.counts.len()];
            histogram.count_into(values, &mut counts);
            counts
        };
        histogram
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .add(&counts);
    }

    fn add(&mut self, _sample: ()) {}

    fn merge(&mut self, _later: Self) {}

    fn range(&self) -> Option<Span> {
        None
    }
}

/// What is run, and on what.
pub(super) struct Run<'a> {
    pub path: &'a Path,
    /// Its bytes, which nobody looks at while it runs.
    pub file: &'a Bytes,
    pub data: &'a Data,
    pub shapes: &'a Shapes,
    pub threads: usize,
}

/// Ranges of the tensors that a quantization asks for, and how many records they come of; with `every`, of those, too, that
/// will have another range.
pub(super) fn record(
    model: &Model,
    options: &Options,
    calibration: &Calibration,
    run: &Run<'_>,
    every: bool,
) -> Result<(Ranges, usize)> {
    let within = |error: Error| error.within(run.path.display());
    let shapes = frozen::asked().input_shape.into_iter().collect();
    let seen = observed(model, options, shapes, every).map_err(within)?;
    run.file.release();
    for note in &seen.notes {
        eprintln!("note: {}: {note}", run.path.display());
    }
    let records = run.data.open(&seen.model, run.shapes)?;
    let mut ranges = seen.constants.clone();
    ranges.extend(measured(&seen, calibration, records.as_ref(), run.threads).map_err(within)?);
    Ok((ranges, records.len()))
}

fn measured(
    seen: &Observed,
    calibration: &Calibration,
    records: &dyn Records,
    threads: usize,
) -> quant_core::Result<Ranges> {
    let count = records.len();
    let batches = calibration.batches(count)?;
    let bar = progress::bar("calibrating", count);
    let tell = |_: usize| bar.inc(1);
    let pass = |part: std::ops::Range<usize>| Pass {
        records,
        part,
        threads,
        lowest: None,
        floats: FloatProfile::default(),
        sequence: false,
        progress: &tell,
    };
    let each = Each {
        near: calibration.counts_magnitudes(),
        ..Each::default()
    };
    let ends = pass(0..count).run(&seen.model, |_| each.clone())?;
    let ends = |id| {
        ends.observer(id)
            .map(|each| each.records.as_slice())
            .unwrap_or_default()
    };
    // Names may share a tensor, whose histogram is one.
    let names: BTreeMap<TensorId, &str> = seen
        .tensors
        .iter()
        .map(|(name, id, _)| (*id, name.as_str()))
        .collect();
    let mut histograms: Vec<Option<Arc<RwLock<Histogram>>>> = vec![None; seen.model.main().tensors().len()];
    if let Some(empty) = calibration.histogram() {
        for (index, slot) in histograms.iter_mut().enumerate() {
            let wanted = names.contains_key(&TensorId(index));
            *slot = wanted.then(|| Arc::new(RwLock::new(empty.clone())));
        }
        for batch in batches {
            for (id, name) in &names {
                let Some(Some(histogram)) = histograms.get(id.0) else {
                    continue;
                };
                let mut all = Ends::default();
                ends(*id)
                    .get(batch.clone())
                    .unwrap_or_default()
                    .iter()
                    .for_each(|one| all.add(*one));
                if !histogram
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .open(all)
                {
                    let problem =
                        Problem::Unsupported("its values outgrow the first batch a millionfold".into());
                    let place = quant_core::Place::tensor("tensor", *name);
                    return Err(Error::new(
                        place,
                        problem,
                        "shuffle the records, or calibrate without batches",
                    ));
                }
            }
            if !calibration.needs_counts(count) {
                continue;
            }
            bar.set_position(0);
            pass(batch).run(&seen.model, |id| Count(histograms.get(id.0).cloned().flatten()))?;
        }
    }
    let mut ranges = Ranges::new();
    for (name, id, float) in &seen.tensors {
        let (low, high) = if let Some(Some(histogram)) = histograms.get(id.0) {
            let histogram = histogram.write().unwrap_or_else(PoisonError::into_inner);
            calibration.threshold(&histogram, *float)
        } else {
            let found = calibration.ends(ends(*id), *float);
            found.ok_or_else(|| {
                let place = quant_core::Place::tensor("tensor", name);
                Error::new(place, Problem::MissingRange, "no record has a number in it")
            })?
        };
        let range = Range {
            low: float.nearest(f64::from(low)),
            high: float.nearest(f64::from(high)),
            float: *float,
        };
        ranges.insert(name.clone(), range);
    }
    bar.finish_and_clear();
    Ok(ranges)
}
