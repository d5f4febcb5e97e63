//! The report of a whole list, with `quant-core` as the quantizer.

use std::path::Path;
use std::time::SystemTime;
use std::{io, process};

use quant_case::layout::Layout;
use quant_case::{Stage, Words, lists};

use super::page::{append, case};
use crate::markers::tflite::{Calibration, Remedies};
use crate::markers::{FakeQuantization, Quantization, RecordMinmax, WoQuantization};
use crate::run::examine::{examine, load};
use crate::run::{Case, CoreQuantizer, Dump, quantizer};

/// Runs every row of the lists below `root` with `quant-core` and writes the page. Returns how many cases there
/// are, and how many differ.
///
/// # Errors
/// The page cannot be written. What is wrong with a row stands in the page.
pub fn write_all(root: &Path, folder: &Path) -> io::Result<(usize, usize)> {
    let stage_of = |stage| -> fn(&Case) -> Result<Dump, String> {
        match stage {
            Stage::FakeQuantization => quantizer::dump::<CoreQuantizer, FakeQuantization>,
            Stage::RecordMinmax => quantizer::dump::<CoreQuantizer, RecordMinmax>,
            Stage::Quantization => quantizer::dump::<CoreQuantizer, Quantization>,
            Stage::WoQuantization => quantizer::dump::<CoreQuantizer, WoQuantization>,
            Stage::Calibration => quantizer::dump::<CoreQuantizer, Calibration>,
            Stage::Remedies => quantizer::dump::<CoreQuantizer, Remedies>,
            Stage::Own(_) => |_| Err("this stage is the package's own, which nothing here runs".to_owned()),
        }
    };
    let layout = Layout::new(root);
    let run = format!("{}-{:?}", process::id(), SystemTime::now());
    let (mut cases, mut differ) = (0, 0);
    for (row, _) in lists::read(root, &Words::new()).rows {
        let stages = match Case::load(&layout, &row) {
            Ok(case) => row.stages(&case.recipe),
            Err(_) => vec![Stage::Quantization],
        };
        for stage in stages {
            let examined = load(&layout, &row, stage).and_then(|(case, tensors)| {
                examine(&layout, &case, stage, tensors, stage_of(stage), &|_| ())
            });
            cases += 1;
            differ += usize::from(
                !examined
                    .as_ref()
                    .is_ok_and(|examined| examined.verdict().is_none()),
            );
            append(folder, root, &run, &case(&row, stage, &examined))?;
        }
    }
    Ok((cases, differ))
}
