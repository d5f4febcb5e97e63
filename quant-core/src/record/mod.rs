//! Stage 2: the model runs on records, and every float activation's range is kept beside it.

mod observer;
mod outlier;
mod records;

pub use observer::{Mode, Observer};
pub use outlier::Outlier;
pub use records::{RandomRecords, Records, SliceRecords, text_record};

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::quantize::precheck::float_activations;
use quant_interp::{Interpreter, Workspace};
use quant_ir::error::{Error, Place, Result};
use quant_ir::value::Value;
use quant_ir::{DType, Model, QuantParam, TensorId};
use quant_kernel::Range;

/// How to record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordOptions {
    /// How the ranges of single records become one.
    pub mode: Mode,
    /// How many threads run the model. The result does not depend on it.
    pub threads: usize,
    /// Values of this or less stand for "no value" (the −1e9 of masks), as the lowest float does: no range counts them.
    pub lowest: Option<f32>,
}

impl Default for RecordOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Percentile { min: 1.0, max: 99.0 },
            threads: 1,
            lowest: None,
        }
    }
}

/// Runs the model on every record and stores minimum and maximum of graph inputs and float activations in
/// their quantization parameters. `progress` is told each finished record; other parameters stay. Returns the records
/// that decide a range alone, each with the first tensor where that shows.
///
/// Threads take the next record each, or share the work within operators when there are fewer records than threads.
/// The observations are put together in the order of the records, so that any number of threads gives the same bytes.
///
/// # Errors
/// No records, a record that does not fit, an operator that cannot run, a tensor of which a record has no
/// number at all.
pub fn run(
    model: &mut Model,
    records: &dyn Records,
    options: &RecordOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Outlier>> {
    if records.is_empty() {
        return Err(Error::invalid(
            "records",
            "there are none",
            "give at least one record of input data",
        ));
    }
    options.mode.check()?;
    if options.threads == 0 {
        return Err(Error::invalid("threads", "0 run nothing", "give at least 1"));
    }
    float_activations(model)?;
    let observed = observe(model, records, options, progress)?;
    let mut outliers: Vec<Outlier> = Vec::new();
    for (index, observer) in observed.into_iter().enumerate() {
        let Some(observer) = observer else { continue };
        let outlier = observer.outlier(records.len());
        let Some((min, max)) = observer.finish(options.mode) else {
            continue;
        };
        if let Some((record, value, rest)) = outlier
            && outliers.iter().all(|other| other.record != record)
            && let Some(left) = outlier::left(value, rest, (min, max))
        {
            let tensor = model.main().tensor(TensorId(index)).name.clone();
            outliers.push(Outlier {
                tensor,
                record,
                value,
                left,
            });
        }
        if !min.is_finite() || !max.is_finite() || min > max {
            return Err(Error::invalid(
                Place::tensor("activation", &model.main().tensor(TensorId(index)).name),
                format!("its range is {min}…{max}, which no scale can hold"),
                "check the model for divisions by zero and overflow, and the percentiles for their order",
            ));
        }
        let quant = model
            .main_mut()
            .tensor_mut(TensorId(index))
            .quant
            .get_or_insert_with(QuantParam::default);
        quant.min = vec![min];
        quant.max = vec![max];
    }
    Ok(outliers)
}

/// Refuses a record with infinities or NaN: they would become ranges, or hide from them.
fn finite(model: &Model, inputs: &[Value]) -> Result<()> {
    for (id, value) in model.main().inputs.iter().zip(inputs) {
        let wrong = value
            .as_f32()
            .filter(|values| !Range::finite(values))
            .and_then(|values| values.iter().position(|x| !x.is_finite()));
        if let (Some(at), Some(values)) = (wrong, value.as_f32()) {
            return Err(Error::invalid(
                Place::tensor("input", &model.main().tensor(*id).name),
                format!("element {at} is {}", values[at]),
                "calibrate with finite data",
            ));
        }
    }
    Ok(())
}

/// Runs all records and gives, for each tensor of the main graph, the observer that saw it in their order.
fn observe(
    model: &Model,
    records: &dyn Records,
    options: &RecordOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Option<Observer>>> {
    let interpreter = Interpreter::new(model)?;
    let count = records.len();
    // Enough records keep every thread busy by themselves; few of them share the threads within each operator.
    let (runners, threads) = if count >= options.threads {
        (options.threads, 1)
    } else {
        (1, options.threads)
    };
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let tensors = model.main().tensors.len();
    let run = || {
        let mut workspace = Workspace::new(threads);
        let mut part = Part {
            records: Vec::new(),
            observers: vec![None; tensors],
        };
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count || stop.load(Ordering::Relaxed) {
                return (part, None);
            }
            let inputs = records.get(index);
            let done = inputs.and_then(|inputs| {
                part.records.push(index);
                record(
                    model,
                    &interpreter,
                    inputs,
                    options.lowest,
                    &mut workspace,
                    &mut part,
                )
            });
            if let Err(error) = done {
                stop.store(true, Ordering::Relaxed);
                return (part, Some((index, error.within(Place::number("record", index)))));
            }
            progress(index);
        }
    };
    let done = if options.threads == 1 {
        vec![run()]
    } else {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .build();
        let pool = pool.map_err(|error| {
            Error::limit(
                "threads",
                format!("{} cannot be started: {error}", options.threads),
                "give fewer",
            )
        })?;
        if runners == 1 {
            vec![pool.install(run)]
        } else {
            pool.broadcast(|_| run())
        }
    };
    let (mut parts, failed): (Vec<Part>, Vec<_>) = done.into_iter().unzip();
    if let Some((_, error)) = failed.into_iter().flatten().min_by_key(|(index, _)| *index) {
        return Err(error);
    }
    let merge = |tensor: usize| {
        let seen: Vec<_> = parts
            .iter_mut()
            .filter_map(|part| Some((part.records.as_slice(), part.observers[tensor].take()?)))
            .collect();
        (!seen.is_empty()).then(|| Observer::merge(&seen))
    };
    Ok((0..tensors).map(merge).collect())
}

/// What one thread has seen: its records, and for each tensor its range in each of them.
struct Part {
    records: Vec<usize>,
    observers: Vec<Option<Observer>>,
}

/// Runs the newest record of a part and adds the ranges of its float tensors.
fn record(
    model: &Model,
    interpreter: &Interpreter<'_>,
    inputs: Vec<Value>,
    lowest: Option<f32>,
    workspace: &mut Workspace,
    part: &mut Part,
) -> Result<()> {
    finite(model, &inputs)?;
    let before = part.records.len() - 1;
    interpreter.run_with(inputs, workspace, &mut |id, value, range| {
        let tensor = model.main().tensor(id);
        let Some(values) = value.as_f32().filter(|values| !values.is_empty()) else {
            return Ok(());
        };
        if tensor.dtype != DType::Float32 {
            return Ok(());
        }
        let counting;
        let (values, range) = match lowest {
            Some(lowest) => {
                counting = values
                    .iter()
                    .copied()
                    .filter(|x| x.is_nan() || *x > lowest)
                    .collect::<Vec<_>>();
                (counting.as_slice(), None)
            }
            None => (values, range),
        };
        if values.is_empty() {
            return Ok(());
        }
        let range = range.map_or_else(|| Range::of(values), |range| range.checked(values));
        let range = range.ok_or_else(|| {
            Error::invalid(
                Place::tensor("activation", &tensor.name),
                "all values are NaN",
                "check the input data and the model",
            )
        })?;
        part.observers[id.0].get_or_insert_default().add(before, range);
        Ok(())
    })?;
    Ok(())
}
