//! The test side: runs one case, compares every tensor with its golden, offers differences to insta.
//!
//! A generated test is one call of `case` with types for arguments; everything behind it is compiled
//! once, whatever the number of tests.

mod blame;
#[cfg(feature = "run")]
mod check;
mod checkpoint;
#[cfg(feature = "core")]
mod commands;
#[cfg(feature = "core")]
mod core;
#[cfg(feature = "core")]
mod core_amct;
#[cfg(feature = "core")]
mod core_case;
#[cfg(feature = "core")]
mod core_checkpoint;
#[cfg(feature = "core")]
mod core_onnx;
#[cfg(feature = "core")]
mod core_remedies;
#[cfg(feature = "core")]
mod core_tflite;
mod describe;
mod examine;
#[cfg(feature = "core")]
mod external;
#[cfg(feature = "core")]
mod external_onnx;
#[cfg(feature = "core")]
mod external_remedies;
mod open;
mod outcome;
#[cfg(feature = "core")]
pub mod pairs;
#[cfg(feature = "core")]
pub mod pairs_onnx;
#[cfg(feature = "run")]
mod pending;
#[cfg(feature = "core")]
mod process;
mod quantizer;
#[cfg(feature = "run")]
mod quiet;
pub mod report;
mod shared;
#[cfg(feature = "table")]
pub mod table;
#[cfg(feature = "run")]
mod test;
#[cfg(feature = "run")]
mod together;

#[cfg(feature = "core")]
pub use self::core::CoreQuantizer;
#[cfg(feature = "run")]
pub use check::{check, seen};
pub use checkpoint::{CheckpointCase, CheckpointQuantizer};
#[cfg(feature = "run")]
pub use checkpoint::{check_checkpoint, checkpoint};
#[cfg(feature = "core")]
pub use commands::Commands;
pub use examine::CaseId;
#[cfg(feature = "core")]
pub use external::External;
#[cfg(feature = "run")]
pub use pending::{Accept, Pending};
pub use quant_case::{Case, Device, Granularity, Method, QuantType, Stage, Word, golden, recipe};
pub use quantizer::{Dump, Quantizer};
pub use shared::shared;
#[cfg(feature = "run")]
pub use test::{case, case_with};

/// An [`Accept`](crate::run::Accept) that belongs to the crate in which it is expanded, so that insta
/// resolves that crate's workspace.
#[cfg(feature = "run")]
#[macro_export]
macro_rules! assert_golden {
    () => {
        |pending: &$crate::run::Pending| {
            pending.settings().bind(|| {
                $crate::insta::assert_binary_snapshot!(pending.snapshot_name(), pending.bytes());
            });
        }
    };
}
