//! The test side: runs one case, compares every tensor with its golden, offers differences to insta.
//!
//! A generated test is one call of `case` with types for arguments; everything behind it is compiled
//! once, whatever the number of tests.

mod blame;
#[cfg(feature = "run")]
mod check;
mod checkpoint;
#[cfg(feature = "core")]
mod core;
#[cfg(feature = "core")]
mod core_checkpoint;
mod describe;
mod examine;
#[cfg(feature = "core")]
mod external;
mod outcome;
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
mod together;

#[cfg(feature = "core")]
pub use self::core::CoreQuantizer;
#[cfg(feature = "run")]
pub use check::{check, seen};
pub use checkpoint::{CheckpointCase, CheckpointQuantizer};
#[cfg(feature = "run")]
pub use checkpoint::{check_checkpoint, checkpoint};
pub use examine::CaseId;
#[cfg(feature = "core")]
pub use external::{Commands, External};
#[cfg(feature = "run")]
pub use pending::Pending;
pub use quant_case::{Case, Device, Granularity, Method, QuantType, recipe};
pub use quantizer::Quantizer;
pub use shared::shared;

use crate::made::Named;
#[cfg(feature = "run")]
use crate::markers::{Exists, GranularityMarker, ModelMarker, StageMarker, TypeMarker};

/// The tensors that a stage made, each with what its golden has.
pub type Dump = Vec<Named>;

/// Hands a pending golden to insta; made by [`assert_golden!`](crate::assert_golden) in the user's crate.
#[cfg(feature = "run")]
pub type Accept = fn(&Pending);

/// Runs one case: the model `M`, quantized by `Q` with granularity `G` and type `T` up to stage `S`.
///
/// # Panics
/// When a tensor differs from its golden, or the case cannot be run.
#[cfg(feature = "run")]
pub fn case<Q, M, G, T, S>(accept: Accept)
where
    Q: Quantizer<S>,
    M: ModelMarker,
    G: GranularityMarker,
    T: TypeMarker,
    S: StageMarker,
    (G, T, S): Exists,
{
    let id = CaseId {
        root: M::ROOT,
        model: M::NAME,
        config: M::CONFIG,
        granularity: G::VALUE,
        dtype: T::VALUE,
        stage: S::VALUE,
    };
    pass(&id, quantizer::dump::<Q, S>, accept);
}

/// Everything of a test that does not depend on its types.
#[cfg(feature = "run")]
fn pass(id: &CaseId<'_>, quantizer: fn(&Case) -> Result<Dump, String>, accept: Accept) {
    if let Err(what) = check(id, quantizer, accept) {
        quiet::fail(&what);
    }
}

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
