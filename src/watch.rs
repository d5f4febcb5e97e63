//! A quantizer at work, as the terminal shows it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use quant_core::check;
use quant_core::quantizer::{Event, Step, Warning};

use crate::summary::Times;
use crate::{progress, warnings};

/// What is seen of a quantizer at work: a bar and a time for each step, warnings on the standard error.
pub struct Watch {
    records: usize,
    passes: usize,
    now: Mutex<Now>,
}

/// The step that runs, and the times of those that have ended.
#[derive(Default)]
struct Now {
    step: Option<(Step, Instant)>,
    bar: Option<ProgressBar>,
    times: Vec<(Step, Duration)>,
}

impl Now {
    fn end_step(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if let Some((step, start)) = self.step.take() {
            self.times.push((step, start.elapsed()));
        }
    }
}

impl Watch {
    /// Of a run on so many records, each of which is recorded so often.
    pub fn new(records: usize, passes: usize) -> Self {
        Self {
            records,
            passes,
            now: Mutex::default(),
        }
    }

    /// Sees what happens; warnings name the model.
    pub fn see(&self, name: &Path, event: Event<'_>) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begin(step) => {
                now.end_step();
                now.step = Some((step, Instant::now()));
                now.bar = match step {
                    Step::Record => Some(progress::bar("recording", self.passes * self.records)),
                    // Both models run.
                    Step::Check => Some(progress::bar("comparing", 2 * check::records(self.records))),
                    Step::Remedies | Step::FakeQuantize | Step::Quantize => None,
                };
            }
            Event::Record(_) => {
                if let Some(bar) = &now.bar {
                    bar.inc(1);
                }
            }
            // The summary says it.
            Event::Warning(Warning::Nothing | Warning::Untouched | Warning::Far(_)) => {}
            Event::Warning(warning) => {
                if let Some(bar) = now.bar.take() {
                    bar.finish_and_clear();
                }
                warnings::warn(name, warning);
            }
        }
    }

    /// The last step has ended: adds the times of all.
    pub fn end(&self, times: &mut Times) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.end_step();
        for (step, time) in now.times.drain(..) {
            times.add(step.word(), time);
        }
    }
}
