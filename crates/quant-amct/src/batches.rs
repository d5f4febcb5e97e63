//! Calibration data: batches, each a value for every input of the graph.

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
    first: Vec<Value>,
}

impl<'a> Kept<'a> {
    /// Reads the first batch.
    pub fn new(batches: &'a dyn Batches) -> Result<Self> {
        let first = batches.get(0)?;
        Ok(Self { batches, first })
    }
}

impl Batches for Kept<'_> {
    fn len(&self) -> usize {
        self.batches.len()
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        if index == 0 {
            return Ok(self.first.clone());
        }
        self.batches.get(index)
    }
}
