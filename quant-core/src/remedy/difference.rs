//! How far a changed float model is from what it was.

use std::fmt;

use quant_interp::{Interpreter, Workspace};
use quant_ir::Model;
use quant_ir::error::Result;
use quant_ir::value::Value;

use super::kind::Room;
use crate::in_order::{WAVE, in_order};
use crate::record::{RandomRecords, Records};

/// Records that are run at most.
const RECORDS: usize = 16;

/// Records of random values that are run where there are no others.
const RANDOM: usize = 4;

/// The largest difference of any float output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// It.
    pub largest: f64,
    /// The largest output.
    pub of: f64,
    /// Whether every bit of every output is the same.
    pub exact: bool,
    /// Records that were run.
    pub records: usize,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exact {
            return write!(
                f,
                "the float outputs of {} records are the same bits",
                self.records
            );
        }
        write!(
            f,
            "the float outputs of {} records move by {:.1e} at most, of {:.1e}",
            self.records, self.largest, self.of
        )
    }
}

/// Runs both models on a few of the records.
///
/// # Errors
/// One of them does not run on them.
pub fn of(was: &Model, is: &Model, room: Room<'_>) -> Result<Difference> {
    let random;
    let records: &dyn Records = match room.records {
        Some(records) if !records.is_empty() => records,
        _ => {
            random = RandomRecords::new(was.main().input_tensors(), 1, RANDOM)?;
            &random
        }
    };
    let count = records.len().min(RECORDS);
    let spread = |index: usize| index * records.len() / count;
    let (was, is) = (Interpreter::new(was)?, Interpreter::new(is)?);
    let mut difference = Difference {
        largest: 0.0,
        of: 0.0,
        exact: true,
        records: count,
    };
    let run = |index: usize, workspace: &mut Workspace| {
        let inputs = records.get(spread(index))?;
        let mut one =
            |model: &Interpreter<'_>| model.run_with(inputs.clone(), workspace, &mut |_, _, _| Ok(()));
        Ok((one(&was)?, one(&is)?))
    };
    in_order(
        0..count,
        room.threads,
        WAVE,
        Workspace::new,
        run,
        |_, (was, is): (Vec<Value>, Vec<Value>)| {
            for (was, is) in was.iter().zip(&is) {
                let (Some(was), Some(is)) = (was.as_f32(), is.as_f32()) else {
                    continue;
                };
                for (a, b) in was.iter().zip(is) {
                    difference.exact &= a.to_bits() == b.to_bits() || (*a == 0.0 && *b == 0.0);
                    difference.of = difference.of.max(f64::from(a.abs()));
                    difference.largest = difference.largest.max(f64::from((a - b).abs()));
                }
            }
        },
    )?;
    Ok(difference)
}
