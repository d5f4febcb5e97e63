//! What the test bench asks of a quantizer.

use quant_case::Case;
use quant_case::golden::Tensor;

use crate::markers::StageMarker;

/// The tensors of a model after a stage, in the order of its graph, each with all that it has.
pub type Dump = Vec<(String, Tensor)>;

/// A quantizer under test. Implement it for each stage that the quantizer has; a list that asks for another
/// stage does not compile.
///
/// ```
/// use quant_testgen::markers::WoQuantization;
/// use quant_testgen::run::{Case, Dump, Quantizer};
///
/// struct Mine;
/// impl Quantizer<WoQuantization> for Mine {
///     fn run(case: &Case) -> Result<Dump, String> {
///         Err(format!("cannot quantize the weights of {} yet", case.row.model))
///     }
/// }
/// ```
pub trait Quantizer<S: StageMarker> {
    /// Runs the case up to this stage and dumps every tensor. Parts that the stage does not have a golden
    /// for are ignored, except that a tensor which carries the stage's mark must be one of its tensors.
    ///
    /// # Errors
    /// Why the case cannot be run, on one line; the test fails with it.
    fn run(case: &Case) -> Result<Dump, String>;
}
