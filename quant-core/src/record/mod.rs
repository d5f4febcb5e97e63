//! Stage 2: the model runs on records, and every float activation's range is kept beside it.

mod observer;
mod records;

pub use observer::{Mode, Observer};
pub use records::{RandomRecords, Records, SliceRecords, text_record};

use crate::error::{Error, Result};
use crate::interp::Interpreter;
use crate::ir::{DType, Model, QuantParam, TensorId};
use crate::quantize::precheck::float_activations;
use crate::value::Value;

/// How to record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordOptions {
    /// How the ranges of single records become one.
    pub mode: Mode,
    /// How many threads run the model. The result does not depend on it.
    pub threads: usize,
}

impl Default for RecordOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Percentile { min: 1.0, max: 99.0 },
            threads: 1,
        }
    }
}

/// Runs the model on every record and stores minimum and maximum of graph inputs and float activations in
/// their quantization parameters. `progress` is told each finished record; other parameters stay.
///
/// Records are dealt to threads in equal runs of neighbours, and the observations are put together in the
/// order of the records, so that any number of threads gives the same bytes.
///
/// # Errors
/// No records, a record that does not fit, an operator that cannot run, a tensor of which a record has no
/// number at all.
pub fn run(
    model: &mut Model,
    records: &dyn Records,
    options: &RecordOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<()> {
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
    for (index, observer) in observed.into_iter().enumerate() {
        let Some((min, max)) = observer.and_then(|observer| observer.finish(options.mode)) else {
            continue;
        };
        if !min.is_finite() || !max.is_finite() || min > max {
            return Err(Error::invalid(
                format!("activation `{}`", model.main().tensor(TensorId(index)).name),
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
    Ok(())
}

/// Refuses a record with infinities or NaN: they would become ranges, or hide from them.
fn finite(model: &Model, inputs: &[Value]) -> Result<()> {
    for (id, value) in model.main().inputs.iter().zip(inputs) {
        let wrong = value
            .as_f32()
            .and_then(|values| values.iter().position(|x| !x.is_finite()));
        if let (Some(at), Some(values)) = (wrong, value.as_f32()) {
            return Err(Error::invalid(
                format!("input `{}`", model.main().tensor(*id).name),
                format!("element {at} is {}", values[at]),
                "calibrate with finite data",
            ));
        }
    }
    Ok(())
}

fn observe(
    model: &Model,
    records: &dyn Records,
    options: &RecordOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Option<Observer>>> {
    let interpreter = Interpreter::new(model)?;
    let count = records.len();
    let threads = options.threads.clamp(1, count);
    let run = |range: std::ops::Range<usize>| -> Result<Vec<Option<Observer>>> {
        let mut observers = vec![None; model.main().tensors.len()];
        for index in range {
            let place = |error: Error| error.within(format!("record {index}"));
            let inputs = records.get(index).map_err(place)?;
            finite(model, &inputs).map_err(place)?;
            interpreter
                .run_with(&inputs, &mut |id, value| {
                    let tensor = model.main().tensor(id);
                    if tensor.dtype != DType::Float32 {
                        return Ok(());
                    }
                    let Some(values) = value.as_f32().filter(|values| !values.is_empty()) else {
                        return Ok(());
                    };
                    observers[id.0]
                        .get_or_insert_with(Observer::default)
                        .add(values, &tensor.name)
                })
                .map_err(place)?;
            progress(index);
        }
        Ok(observers)
    };
    let step = count / threads;
    let ranges = (0..threads).map(|t| t * step..if t + 1 == threads { count } else { (t + 1) * step });
    let parts: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = ranges.map(|range| scope.spawn(|| run(range))).collect();
        handles
            .into_iter()
            .map(|handle| {
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut merged: Vec<Option<Observer>> = vec![None; model.main().tensors.len()];
    for part in parts {
        for (all, observer) in merged.iter_mut().zip(part?) {
            match (all.as_mut(), observer) {
                (Some(all), Some(later)) => all.append(later),
                (None, Some(first)) => *all = Some(first),
                (_, None) => {}
            }
        }
    }
    Ok(merged)
}
