//! What the test bench asks of a quantizer.

use std::fs;

use quant_case::golden::Tensor;
use quant_case::layout::Layout;
use quant_case::list::{Row, RowKind};
use quant_case::qconf::{self, Qconf};
use quant_case::recipe::{self, Recipe};

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

/// One case with all that it reads, the goldens excepted.
#[derive(Clone, Debug)]
pub struct Case {
    /// Model, granularity and type.
    pub row: Row,
    /// The model.
    pub recipe: Recipe,
    /// Mixed precision, for addQConfTest.
    pub qconf: Option<Qconf>,
    /// The records, in numeric order, as text: line n holds the elements of graph input n.
    pub records: Vec<String>,
}

impl Case {
    /// Reads recipe, configuration and records.
    pub(super) fn load(layout: &Layout, row: &Row) -> Result<Self, String> {
        let read = |path: &std::path::Path| {
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let path = layout.recipe(row);
        let recipe = recipe::parse(&read(&path)?).map_err(|error| format!("{}:{error}", path.display()))?;
        let qconf = if row.kind == RowKind::QConf {
            let path = layout.qconf(row);
            Some(qconf::parse(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?)
        } else {
            None
        };
        let folder = layout.inputs(row);
        let files = (0..).map(|n| folder.join(format!("{n}.txt")));
        let files = files.take_while(|file| file.is_file());
        let records = match row.kind {
            RowKind::WeightsOnly => Vec::new(),
            _ => files.map(|file| read(&file)).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            row: row.clone(),
            recipe,
            qconf,
            records,
        })
    }
}
