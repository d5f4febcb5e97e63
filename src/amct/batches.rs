//! Records of the data readers as batches.

use std::path::Path;

use quant_amct::batches::Batches;
use quant_amct::run::Outline;
use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Problem};
use quant_tensorflow::Graph;
use rayon::prelude::*;

use super::model::{self, InputShape};
use crate::data::{Data, Shapes};
use crate::failure::{Failure, Result};

/// Batches from data: so many examples each where the graph leaves its first axis open, a record each where it does not, or
/// where shapes were given. The last one may be shorter.
pub struct Batched {
    records: Box<dyn Records>,
    /// Records in a batch.
    size: usize,
}

impl Batched {
    /// Opens data for the inputs of a graph.
    pub fn open(
        data: &Data,
        prepare: &Shapes,
        (graph, path): (&Graph, &Path),
        outputs: &[String],
        given: &InputShape,
        batch: usize,
    ) -> Result<Self> {
        let single = model::shapes(graph, given, 1)?;
        let open = given.0.is_empty() && single != model::shapes(graph, given, 2)?;
        let outline = Outline::new(graph, outputs, &single).map_err(|error| error.within(path.display()))?;
        let records = data.open(outline.model(), prepare)?;
        if records.is_empty() {
            return Err(Failure::Invalid(format!(
                "{data}: it has no records; give at least one"
            )));
        }
        Ok(Self {
            records,
            size: if open { batch } else { 1 },
        })
    }
}

impl Batches for Batched {
    fn len(&self) -> usize {
        self.records.len().div_ceil(self.size)
    }

    fn get(&self, index: usize) -> quant_core::Result<Vec<Value>> {
        let first = index * self.size;
        let records = first..(first + self.size).min(self.records.len());
        let read: Vec<quant_core::Result<Vec<Value>>> = records
            .into_par_iter()
            .map(|record| self.records.get(record))
            .collect();
        let mut read = read.into_iter();
        let mut batch = read.next().unwrap_or_else(|| self.records.get(first))?;
        for record in read {
            for (all, more) in batch.iter_mut().zip(record?) {
                all.shape[0] += more.shape.first().copied().unwrap_or(0);
                let length = more.data.len();
                if !all.data.append(&more.data, 0..length) {
                    let problem =
                        Problem::UnsupportedType(format!("records of {} and {}", all.dtype(), more.dtype()));
                    return Err(Error::new("data", problem, "give records of one type"));
                }
            }
        }
        Ok(batch)
    }
}
