//! Calibration data: batches, each a value for every input of the graph.

use std::sync::{Mutex, PoisonError};

use quant_ir::Result;
use quant_ir::value::Value;

/// Batches that can be read as often as they are asked for.
pub trait Batches: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The batch at `index`: the values of the graph's inputs, in the order of its placeholders.
    ///
    /// # Errors
    /// It cannot be read.
    fn get(&self, index: usize) -> Result<Vec<Value>>;

    /// The shapes of its values.
    ///
    /// # Errors
    /// It cannot be read.
    fn shapes(&self, index: usize) -> Result<Vec<Vec<usize>>> {
        Ok(shapes(&self.get(index)?))
    }

    /// As [`get`](Self::get), when it is not wanted again: what was kept of it is given away. It can be read again.
    ///
    /// # Errors
    /// It cannot be read.
    fn take(&self, index: usize) -> Result<Vec<Value>> {
        self.get(index)
    }
}

/// The shapes of values.
pub(crate) fn shapes(values: &[Value]) -> Vec<Vec<usize>> {
    values.iter().map(|value| value.shape.clone()).collect()
}

impl Batches for Vec<Vec<Value>> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        Ok(self[index].clone())
    }
}

/// Batches whose first one is read once.
pub(crate) struct Kept<'a> {
    batches: &'a dyn Batches,
    shapes: Vec<Vec<usize>>,
    first: Mutex<Option<Vec<Value>>>,
}

impl<'a> Kept<'a> {
    /// Reads the first batch.
    pub fn new(batches: &'a dyn Batches) -> Result<Self> {
        let first = batches.get(0)?;
        Ok(Self {
            batches,
            shapes: shapes(&first),
            first: Mutex::new(Some(first)),
        })
    }

    /// The first batch as `of` takes it, where it is still there.
    fn first(&self, of: impl Fn(&mut Option<Vec<Value>>) -> Option<Vec<Value>>) -> Result<Vec<Value>> {
        let kept = of(&mut self.first.lock().unwrap_or_else(PoisonError::into_inner));
        kept.map_or_else(|| self.batches.get(0), Ok)
    }
}

impl Batches for Kept<'_> {
    fn len(&self) -> usize {
        self.batches.len()
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        if index == 0 {
            return self.first(|kept| kept.clone());
        }
        self.batches.get(index)
    }

    fn shapes(&self, index: usize) -> Result<Vec<Vec<usize>>> {
        if index == 0 {
            return Ok(self.shapes.clone());
        }
        self.batches.shapes(index)
    }

    fn take(&self, index: usize) -> Result<Vec<Value>> {
        if index == 0 {
            return self.first(Option::take);
        }
        self.batches.take(index)
    }
}
