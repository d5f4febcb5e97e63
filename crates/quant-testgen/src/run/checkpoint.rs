//! One test of a checkpoint: every tensor of every layer, compared with its golden.

use std::path::PathBuf;

use quant_case::checkpoint::Row;

use crate::results::{CheckpointTensor, Quantized};

/// A row with its file.
#[derive(Clone, Debug)]
pub struct CheckpointCase {
    /// Name, device and method.
    pub row: Row,
    /// The checkpoint or graph.
    pub file: PathBuf,
    /// What a graph's row reads besides: record, or short configuration.
    pub companion: Option<PathBuf>,
    /// The folder of a graph's batches.
    pub batches: Option<PathBuf>,
}

/// A quantizer of checkpoints, under test.
pub trait CheckpointQuantizer {
    /// Quantizes the checkpoint and returns what it made of each layer: weights, biases, `weight_bits`, `bias_bits`, and
    /// `output_shift` where the method gives one; in any order.
    ///
    /// # Errors
    /// Why the case cannot be run; the test fails with it.
    fn run(case: &CheckpointCase) -> Result<Vec<CheckpointTensor>, String>;

    /// Quantizes a graph of addAmctTest by the flow that `case.row.method` names, and returns of each layer its activation's scale
    /// and offset (`layer/input`), its integers (`layer`) and its bias (`layer/bias`); in any order. `case.companion` is the
    /// record or the short configuration, `case.batches` the folder of batches.
    ///
    /// # Errors
    /// Why the case cannot be run; the test fails with it.
    fn amct(case: &CheckpointCase) -> Result<Vec<Quantized>, String> {
        Err(format!(
            "the quantizer does no graphs of AMCT; write `amct`, or remove {}",
            case.row
        ))
    }
}

#[cfg(feature = "run")]
pub use side::{check_checkpoint, checkpoint};

/// What runs under the test harness.
#[cfg(feature = "run")]
mod side {
    use std::fmt::Write;
    use std::fs;
    use std::path::Path;

    use quant_case::attributes::Attributes;
    use quant_case::checkpoint::{Row, STAGE};
    use quant_case::compare::{Strictness, compare};
    use quant_case::golden::{self, Tensor};

    use super::{CheckpointCase, CheckpointQuantizer};
    use crate::markers::{DeviceMarker, MethodMarker};
    use crate::results::Named;
    use crate::run::check::{can_be_golden, may_write};
    use crate::run::{Accept, Pending, describe, quiet, together};

    /// Runs one case: the checkpoint `name`, quantized by `Q` for device `D` with method `M`.
    ///
    /// # Panics
    /// When a tensor differs from its golden, or the case cannot be run.
    pub fn checkpoint<Q: CheckpointQuantizer, D: DeviceMarker, M: MethodMarker>(
        accept: Accept,
        root: &str,
        name: &str,
        attributes: &str,
    ) {
        let tested = Attributes::parse(attributes).and_then(|attributes| {
            let row = Row {
                name: name.to_owned(),
                device: D::VALUE,
                method: M::VALUE,
                attributes,
                line: 0,
            };
            check_checkpoint::<Q>(root, &row, accept)
        });
        if let Err(what) = tested {
            quiet::fail(&what);
        }
    }

    /// The same, with words for a person instead of a panic.
    ///
    /// # Errors
    /// A tensor differs from its golden, or the case cannot be run.
    pub fn check_checkpoint<Q: CheckpointQuantizer>(
        root: &str,
        row: &Row,
        accept: Accept,
    ) -> Result<(), String> {
        let root = Path::new(root);
        let place = |what: String| format!("{row}: {what}");
        let tensors = row.tensors(root).map_err(place)?;
        if may_write() {
            let tidy = |tensor: &String| Pending::new(root, &row.golden(root, tensor)).tidy();
            tensors.iter().for_each(tidy);
        }
        let case = CheckpointCase {
            row: row.clone(),
            file: row.file(root),
            companion: row.companion(root),
            batches: row.batches(root),
        };
        let made = if row.device.is_ascend() {
            Q::amct(&case).map(named)
        } else {
            Q::run(&case).map(named)
        };
        if let Some(why) = &row.attributes.fails {
            return fails(root, row, &tensors, made, why).map_err(place);
        }
        let made = made.map_err(place)?;
        if let Some((name, _)) = made.iter().find(|(name, _)| !tensors.contains(name)) {
            return Err(place(format!(
                "the quantizer makes a tensor `{name}` that no layer has"
            )));
        }
        let (mut text, mut differ, mut accepted) = (String::new(), 0, true);
        for tensor in &tensors {
            let mut found = made.iter().filter(|(name, _)| name == tensor);
            let got = match (found.next(), found.next()) {
                (Some((_, got)), None) => got,
                (None, _) => return Err(place(format!("the quantizer makes no `{tensor}`"))),
                (Some(_), Some(_)) => return Err(place(format!("the quantizer returns `{tensor}` twice"))),
            };
            let Some(difference) = difference(root, row, tensor, got) else {
                continue;
            };
            differ += 1;
            let _ = writeln!(text, "`{tensor}` DIFFERS\n{difference}");
            let description = format!("{row}, {tensor}\n{difference}");
            accepted &= may_write() && offer(root, row, tensor, got, &description, accept);
        }
        if accepted {
            return Ok(());
        }
        let hint = if may_write() {
            "if the change is meant, accept it with `cargo insta review`"
        } else {
            "nothing was written: CI is set, or INSTA_UPDATE=no"
        };
        Err(place(format!(
            "{differ} of {} tensors differ\n{text}{hint}",
            tensors.len()
        )))
    }

    fn named<T: Into<Named>>(made: Vec<T>) -> Vec<Named> {
        made.into_iter().map(Into::into).collect()
    }

    /// Whether a row that `fails` does so.
    fn fails(
        root: &Path,
        row: &Row,
        tensors: &[String],
        made: Result<Vec<Named>, String>,
        why: &str,
    ) -> Result<(), String> {
        if let Some(tensor) = tensors.iter().find(|tensor| !row.golden(root, tensor).is_file()) {
            return Err(format!(
                "it cannot be seen whether this fails; `{tensor}` has no golden, write the right one first"
            ));
        }
        let made = match made {
            Ok(made) => made,
            Err(what) => {
                eprintln!("fails as its row says ({why}): {what}");
                return Ok(());
            }
        };
        let differs = |tensor: &String| match made.iter().find(|(name, _)| name == tensor) {
            Some((_, got)) => difference(root, row, tensor, got).is_some(),
            None => true,
        };
        if made.len() == tensors.len() && !tensors.iter().any(differs) {
            return Err(format!(
                "it passes now: remove `fails` from its row, which says that it fails because of \"{why}\""
            ));
        }
        together::add_failing(&format!("{row}: {why}"));
        Ok(())
    }

    /// What is wrong with a tensor; `None` when nothing is.
    fn difference(root: &Path, row: &Row, tensor: &str, got: &Tensor) -> Option<String> {
        let path = row.golden(root, tensor);
        let golden = fs::read_to_string(&path).map_err(|error| error.to_string());
        match golden.and_then(|text| golden::parse(&text)) {
            Err(error) => Some(format!(
                "  {}: {error}; accept the new one\n{}",
                path.display(),
                describe::new(got)
            )),
            Ok(golden) => {
                let report = compare(&golden, got, STAGE, Strictness::Exact);
                let passes = report.passes() && report.count() > 0;
                (!passes).then(|| format!("{report}{}", describe::change(&golden, got)))
            }
        }
    }

    /// Offers a golden to insta; whether insta lets the test go on.
    fn offer(root: &Path, row: &Row, tensor: &str, got: &Tensor, description: &str, accept: Accept) -> bool {
        let golden = row.golden(root, tensor);
        let unseen = std::env::var("INSTA_UPDATE").as_deref() == Ok("unseen");
        if !can_be_golden(got) || (unseen && golden.exists()) {
            return false;
        }
        let pending = Pending::new(root, &golden).offer(golden::to_json(got).into_bytes(), description);
        quiet::succeeds(|| accept(&pending))
    }
}
