//! What the test bench asks of a quantizer.

use super::Case;
use crate::markers::StageMarker;
use crate::results::Named;

/// The tensors that a stage made, each with what its golden has.
pub type Dump = Vec<Named>;

/// A quantizer under test. Implement it for each stage that the quantizer has; a list that asks for another
/// stage does not compile. What goes in is the [`Case`]: the model as a recipe, granularity and type (of each
/// operation: [`Case::setting`]), the records ([`Case::numbers`]). What must come out is typed by the stage:
/// see [`results`](crate::results), and `docs/goldens.md` for which tensors a stage has.
///
/// ```
/// use quant_testgen::results::Range;
/// use quant_testgen::markers::RecordMinmax;
/// use quant_testgen::run::{Case, Quantizer};
///
/// /// Takes the extremes of the graph inputs.
/// struct Mine;
///
/// impl Quantizer<RecordMinmax> for Mine {
///     fn run(case: &Case) -> Result<Vec<Range>, String> {
///         let records = case.numbers()?;
///         let range = |(input, name): (usize, &String)| {
///             let values = records.iter().flat_map(|record| &record[input]).copied();
///             Range {
///                 name: name.clone(),
///                 min: values.clone().fold(f32::INFINITY, f32::min),
///                 max: values.fold(f32::NEG_INFINITY, f32::max),
///             }
///         };
///         Ok(case.recipe.inputs.iter().enumerate().map(range).collect())
///     }
/// }
/// ```
pub trait Quantizer<S: StageMarker> {
    /// Runs the case up to this stage and returns every tensor that the stage makes, in any order.
    ///
    /// # Errors
    /// Why the case cannot be run; the test fails with it.
    fn run(case: &Case) -> Result<Vec<S::Tensor>, String>;
}

/// The stage of a quantizer, its types forgotten.
pub(super) fn dump<Q: Quantizer<S>, S: StageMarker>(case: &Case) -> Result<Dump, String> {
    Ok(Q::run(case)?.into_iter().map(Into::into).collect())
}
