//! A generated test: one call with types for arguments; everything behind it is compiled once, whatever the number of
//! tests.

use super::check::check;
use super::examine::CaseId;
use super::pending::Accept;
use super::quantizer::{self, Dump, Quantizer};
use super::{Case, quiet};
use crate::markers::{Exists, GranularityMarker, ModelMarker, StageMarker, TypeMarker};

/// Runs one case: the model `M`, quantized by `Q` with granularity `G` and type `T` up to stage `S`.
///
/// # Panics
/// When a tensor differs from its golden, or the case cannot be run.
pub fn case<Q, M, G, T, S>(accept: Accept)
where
    Q: Quantizer<S>,
    M: ModelMarker,
    G: GranularityMarker + Exists<T, S, M::Words>,
    T: TypeMarker,
    S: StageMarker,
{
    case_with::<Q, M, G, T, S>(accept, "");
}

/// The same for a row with attributes, as they stand behind it in the list.
///
/// # Panics
/// As [`case`]; a row that `fails` when nothing differs.
pub fn case_with<Q, M, G, T, S>(accept: Accept, attributes: &str)
where
    Q: Quantizer<S>,
    M: ModelMarker,
    G: GranularityMarker + Exists<T, S, M::Words>,
    T: TypeMarker,
    S: StageMarker,
{
    let id = CaseId {
        root: M::ROOT,
        model: M::NAME,
        kind: M::KIND,
        granularity: G::WORD,
        dtype: T::WORD,
        stage: S::VALUE,
        attributes,
    };
    pass(&id, quantizer::dump::<Q, S>, accept);
}

/// Everything of a test that does not depend on its types.
fn pass(id: &CaseId<'_>, quantizer: fn(&Case) -> Result<Dump, String>, accept: Accept) {
    if let Err(what) = check(id, quantizer, accept) {
        quiet::fail(&what);
    }
}
