//! The ranges of activations: recorded now, or before.

use quant_ir::Model;
use quant_ir::error::{Error, Problem, Result};

use super::{Event, Quantized, Quantizer, Step, Warning};
use crate::config::Config;
use crate::quantize::squeezed;
use crate::record::recording::Recording;
use crate::record::{self, Mode, Note, RecordOptions, Records};
use crate::scheme::Decisions;

impl Quantizer<'_> {
    /// Runs the model on records.
    pub(super) fn record(
        &self,
        done: &mut Quantized,
        config: &Config,
        model: &mut Model,
        records: &dyn Records,
        mode: Mode,
    ) -> Result<()> {
        self.begin(Step::Record);
        let options = RecordOptions {
            mode: self.mode.unwrap_or(mode),
            threads: self.threads,
            lowest: config.scheme.decisions().and_then(Decisions::lowest),
            floats: self.floats,
            like: self.as_scheme.then_some(mode),
            overrides: self.overrides.clone(),
        };
        let notes = record::run(model, records, &options, &|_| {
            (self.tell)(Event::Record(Step::Record));
        })?;
        self.noted(done, config, model, notes);
        Ok(())
    }

    /// The ranges of a recording.
    pub(super) fn recorded(
        &self,
        done: &mut Quantized,
        config: &Config,
        model: &mut Model,
        recording: &Recording,
    ) -> Result<()> {
        self.begin(Step::Record);
        let lowest = config.scheme.decisions().and_then(Decisions::lowest);
        if recording.head().job.options.lowest != lowest {
            return Err(Error::new(
                "recording",
                Problem::Conflict("it was recorded with another lowest value".into()),
                "give the same --lowest to both",
            ));
        }
        let notes = recording.write(model)?;
        self.noted(done, config, model, notes);
        Ok(())
    }

    fn noted(&self, done: &mut Quantized, config: &Config, model: &Model, notes: Vec<Note>) {
        for note in notes {
            self.warn(done, note.into());
        }
        for squeezed in squeezed::of(model, config) {
            self.warn(done, Warning::Squeezed(squeezed));
        }
    }
}
