//! Where remedies work among the stages.

use quant_ir::Model;
use quant_ir::error::Result;

use super::{Data, Quantized, Quantizer, Step};
use crate::config::{Calibration, Config};
use crate::quantize;
use crate::remedy::{self, Room};

impl Quantizer<'_> {
    /// What remedies make of the float model before anything is recorded.
    pub(super) fn remedy(&self, done: &mut Quantized) -> Result<()> {
        if self.remedies.is_empty() {
            return Ok(());
        }
        self.begin(Step::Remedies);
        let mut source = done.float.clone();
        done.remedies = self.with_room(&done.float, |room| {
            remedy::before(&mut source, &self.remedies, room)
        })?;
        done.model = source.clone();
        done.source = source;
        Ok(())
    }

    /// What the others make of it, knowing what the scheme does.
    pub(super) fn cure(
        &self,
        done: &mut Quantized,
        model: &mut Model,
        draft: &dyn Fn(&mut Model) -> Result<()>,
    ) -> Result<()> {
        if self.remedies.is_empty() {
            return Ok(());
        }
        self.begin(Step::Remedies);
        let found = self.with_room(&done.float, |room| {
            remedy::after(model, &self.remedies, draft, room)
        })?;
        done.remedies.extend(found);
        done.source = model.clone();
        Ok(())
    }

    fn with_room<T>(&self, model: &Model, work: impl FnOnce(Room<'_>) -> Result<T>) -> Result<T> {
        let records = match self.data {
            Data::None => None,
            _ => Some(self.open(model)?),
        };
        work(Room {
            records: records.as_deref(),
            threads: self.threads,
        })
    }

    /// The same of a model with recorded ranges; weights that were fake-quantized for them are what they were.
    pub(super) fn cure_recorded(&self, done: &mut Quantized, config: &Config, model: Model) -> Result<Model> {
        let mut recorded = match config.scheme.calibration() {
            Calibration::FakeQuantized(_) => {
                let mut source = done.source.clone();
                remedy::take_ranges(&mut source, &model);
                source
            }
            _ => model,
        };
        self.cure(done, &mut recorded, &|draft| {
            quantize::run(draft, config).map(drop)
        })?;
        Ok(recorded)
    }
}
