//! What tells one model, or one set of records, from another.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use quant_ir::error::Result;
use quant_ir::format::Export;
use quant_ir::value::Value;
use quant_ir::{FileFormat, Model};
use sha2::{Digest as _, Sha256};

use crate::record::Records;

/// A SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The digest of bytes.
pub fn of_bytes(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// The digest of a model: of the Circle file that it makes, or of the TFLite file where Circle lacks something, so that it
/// does not depend on the file that it came from.
///
/// # Errors
/// The model makes no file.
pub fn of_model(model: &Model) -> Result<Digest> {
    let file = Export::new(model, FileFormat::Circle).or_else(|_| Export::new(model, model.format))?;
    let mut hash = Sha256::new();
    file.pieces(|piece| {
        hash.update(piece);
        Ok::<(), quant_ir::Error>(())
    })?;
    Ok(Digest(hash.finalize().into()))
}

/// Records whose digests are added up as they are read, so that nothing is read twice for it. The digest of a record is that
/// of its number and its values, the first 16 bytes as a number; sums do not depend on the order, and those of parts add up.
pub struct Counted<'a> {
    records: &'a dyn Records,
    sum: Mutex<u128>,
}

impl<'a> Counted<'a> {
    /// Of these records, with what was counted so far.
    pub fn new(records: &'a dyn Records, sum: u128) -> Self {
        Self {
            records,
            sum: Mutex::new(sum),
        }
    }

    /// The sum of what was read.
    pub fn sum(&self) -> u128 {
        *self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of_record(index: usize, values: &[Value]) -> u128 {
    let mut hash = Sha256::new();
    hash.update((index as u64).to_le_bytes());
    for value in values {
        hash.update(value.dtype().word());
        hash.update((value.shape.len() as u64).to_le_bytes());
        value
            .shape
            .iter()
            .for_each(|d| hash.update((*d as u64).to_le_bytes()));
        hash.update(value.to_le_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.split_at(16);
    first
        .iter()
        .fold(0, |number, byte| number << 8 | u128::from(*byte))
}

impl Records for Counted<'_> {
    fn len(&self) -> usize {
        self.records.len()
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        let values = self.records.get(index)?;
        let digest = of_record(index, &values);
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        *sum = sum.wrapping_add(digest);
        Ok(values)
    }
}
