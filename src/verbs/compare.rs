//! `compare`: two models or dumps, tensor by tensor.

use std::path::{Path, PathBuf};

use quant_case::Stage;
use quant_case::compare::{Strictness, compare};
use quant_case::golden::{self, Tensor};
use quant_core::dump;

use crate::failure::{Failure, Result};
use crate::files;

#[derive(clap::Args)]
pub struct Args {
    /// What is right: a model (.circle, .tflite, .recipe) or a dump (.json)
    a: PathBuf,
    /// What is looked at
    b: PathBuf,
}

pub fn run(args: &Args) -> Result {
    let (a, b) = (load(&args.a)?, load(&args.b)?);
    let (mut equal, mut differ) = (0, 0);
    for (name, left) in &a {
        let Some((_, right)) = b.iter().find(|(other, _)| other == name) else {
            files::print(&format!("`{name}` is only in {}\n", args.a.display()))?;
            differ += 1;
            continue;
        };
        let report = compare(left, right, Stage::Quantization, Strictness::Exact);
        if report.passes() {
            equal += 1;
        } else {
            differ += 1;
            files::print(&format!("`{name}` differs\n{report}"))?;
        }
    }
    for (name, _) in b
        .iter()
        .filter(|(name, _)| a.iter().all(|(other, _)| other != name))
    {
        files::print(&format!("`{name}` is only in {}\n", args.b.display()))?;
        differ += 1;
    }
    if differ == 0 {
        return files::print(&format!("{equal} tensors are equal within tolerance\n"));
    }
    Err(Failure::Differs(format!(
        "{} and {}: {differ} of {} tensors differ; the table above shows where",
        args.a.display(),
        args.b.display(),
        equal + differ
    )))
}

fn load(path: &Path) -> Result<Vec<(String, Tensor)>> {
    if path.extension().is_none_or(|extension| extension != "json") {
        let model = files::read_model(path)?;
        return Ok(dump::tensors(&model).map_err(|error| error.within(path.display()))?);
    }
    let wrong = |what: String| {
        Failure::Invalid(format!(
            "{}: {what}; write the dump again with `quant dump`",
            path.display()
        ))
    };
    let text = files::read_text(path)?;
    golden::parse_dump(&text).map_err(wrong)
}
