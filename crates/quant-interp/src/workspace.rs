//! What a thread keeps from run to run.

use crate::ops::integer::ready::Scratch;
use quant_ir::value::{Data, Floats};

/// What one thread needs while it runs: the buffers of the activations. It may serve any number of runs.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(super) buffers: Vec<Data>,
    pub(super) scratch: Scratch,
    /// Rows of what lies between two operators that run band by band.
    pub(super) between: Floats,
    /// Buffers that single operators may use again.
    pub(super) spare: Vec<Floats>,
    /// Buffers of each record, where several run together.
    pub(super) rooms: Vec<Vec<Data>>,
    /// Threads that one operator may use, those of the current rayon pool.
    pub(super) threads: usize,
}

impl Workspace {
    /// For runs in which each operator uses up to `threads` threads of the current rayon pool. The values do not
    /// depend on it.
    pub fn new(threads: usize) -> Self {
        Self {
            threads,
            ..Self::default()
        }
    }
}

/// No buffer yet.
pub(super) fn nothing() -> Data {
    Data::F32(Floats::default())
}
