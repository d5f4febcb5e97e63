//! One case, run and compared; nothing is written.

use quant_case::expected::{self, Expected};
use quant_case::layout::Layout;
use quant_case::recipe::Recipe;
use quant_case::row::{Row, RowKind};
use quant_case::{Stage, Word, uses};

use super::outcome::Outcome;
use super::{Case, Dump, blame, open};

/// Which case a test runs.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct CaseId<'a> {
    pub root: &'a str,
    pub model: &'a str,
    /// The directive of its folder: `Test`, `QConf` or `TFLite`.
    pub kind: RowKind,
    pub granularity: Word,
    pub dtype: Word,
    pub stage: Stage,
    /// As they stand in the list.
    pub attributes: &'a str,
}

/// A case whose tensors are all compared.
pub(super) struct Examined {
    /// The model, with one constant a reader.
    pub recipe: Recipe,
    pub outcomes: Vec<Outcome>,
}

/// The case, and the tensors that the stage has; `None` when they are those of its goldens.
pub(super) fn load(
    layout: &Layout,
    row: &Row,
    stage: Stage,
) -> Result<(Case, Option<Vec<Expected>>), String> {
    let case = Case::load(layout, row)?;
    if expected::is_open(case.is_outline, stage) {
        return Ok((case, None));
    }
    let tensors = expected::tensors(&case.recipe, stage, row, case.qconf.as_ref())?;
    Ok((case, Some(tensors)))
}

/// Runs the quantizer and compares. `before` is told the tensors before their goldens are read.
pub(super) fn examine(
    layout: &Layout,
    case: &Case,
    stage: Stage,
    tensors: Option<Vec<Expected>>,
    quantizer: fn(&Case) -> Result<Dump, String>,
    before: &dyn Fn(&[Expected]),
) -> Result<Examined, String> {
    // What was accepted is taken over whatever becomes of the quantizer.
    tensors.iter().for_each(|tensors| before(tensors));
    let dump = quantizer(case)?;
    let doubled = |at: usize| dump[..at].iter().any(|(name, _)| *name == dump[at].0);
    if let Some(at) = (0..dump.len()).find(|at| doubled(*at)) {
        return Err(format!(
            "the quantizer returns tensor `{}` twice; return each once",
            dump[at].0
        ));
    }
    let outcomes = match tensors {
        None => {
            let tensors = open::tensors(&dump)?;
            before(&tensors);
            open::outcomes(layout, &case.row, stage, tensors, &dump)?
        }
        Some(mut tensors) => {
            let written = |tensor: &Expected| layout.golden(&case.row, stage, &tensor.name).exists();
            let made = |tensor: &Expected| dump.iter().any(|(name, _)| *name == tensor.name);
            let uses = uses::uses(&case.recipe, stage, case.row.kind).into_iter();
            let uses: Vec<Expected> = uses.filter(|tensor| made(tensor) || written(tensor)).collect();
            before(&uses);
            tensors.extend(uses);
            let belongs = |name: &str| tensors.iter().any(|tensor| tensor.name == name);
            if let Some((tensor, _)) = dump.iter().find(|(name, _)| !belongs(name)) {
                return Err(format!(
                    "the quantizer makes a tensor `{tensor}` that this stage does not have; a {stage} has one for each {}",
                    expected::what(case.row.kind, stage)
                ));
            }
            let outcome = |tensor| Outcome::of(layout, &case.row, stage, tensor, &dump);
            tensors.into_iter().map(outcome).collect()
        }
    };
    Ok(Examined {
        outcomes,
        recipe: case.recipe.separated(),
    })
}

impl Examined {
    /// The tensors that differ.
    pub fn failed(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| !outcome.passes())
    }

    /// Where a tensor stands in the graph.
    pub fn place(&self, outcome: &Outcome) -> blame::Place {
        if outcome.is_left_over {
            return blame::Place::of_no_tensor(&outcome.expected.name);
        }
        blame::place(&self.recipe, &outcome.expected.name)
    }

    /// The kind of the first operator that differs, in graph order; `None` when none does.
    #[cfg(feature = "run")]
    pub fn blamed(&self) -> Option<&str> {
        let first = self.failed().map(|outcome| self.place(outcome)).min()?;
        let operator = first.operator().and_then(|at| self.recipe.operations.get(at));
        Some(operator.map_or("graph input", |operator| &operator.kind))
    }

    /// How many tensors differ, and the first of them in graph order; `None` when none does.
    pub fn verdict(&self) -> Option<String> {
        let first = self.failed().map(|outcome| self.place(outcome)).min()?;
        Some(format!(
            "{} of {} tensors differ; first in graph order: {}",
            self.failed().count(),
            self.outcomes.len(),
            first.shown
        ))
    }
}
