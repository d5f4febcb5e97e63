//! Records of the data readers as batches.

use std::path::Path;

use quant_amct::batches::Batches;
use quant_amct::run::Outline;
use quant_core::record::Records;
use quant_core::value::{self, Floats, Value};
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
        if read.is_empty() {
            return self.records.get(first);
        }
        // Of each input, the values of all records.
        let mut columns: Vec<Vec<Value>> = Vec::new();
        for record in read {
            let record = record?;
            columns.resize_with(record.len(), Vec::new);
            columns
                .iter_mut()
                .zip(record)
                .for_each(|(column, value)| column.push(value));
        }
        columns.into_iter().map(joined).collect()
    }
}

/// Values one behind the other, along their first axis.
fn joined(values: Vec<Value>) -> quant_core::Result<Value> {
    let mut shape = values
        .first()
        .map(|value| value.shape.clone())
        .unwrap_or_default();
    if let Some(size) = shape.first_mut() {
        *size = values.iter().filter_map(|value| value.shape.first()).sum();
    }
    let floats: Option<Vec<&[f32]>> = values.iter().map(Value::as_f32).collect();
    if let Some(parts) = floats {
        let mut data = Floats::default();
        data.renew(parts.iter().map(|part| part.len()).sum(), 0);
        let mut rest = &mut *data;
        for part in parts {
            let (here, behind) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = behind;
        }
        return Ok(Value {
            shape,
            data: value::Data::F32(data),
        });
    }
    let mut values = values.into_iter();
    let mut all = values
        .next()
        .unwrap_or_else(|| Value::f32(shape.clone(), Vec::new()));
    for more in values {
        let length = more.data.len();
        if !all.data.append(&more.data, 0..length) {
            let problem =
                Problem::UnsupportedType(format!("records of {} and {}", all.dtype(), more.dtype()));
            return Err(Error::new("data", problem, "give records of one type"));
        }
    }
    all.shape = shape;
    Ok(all)
}
