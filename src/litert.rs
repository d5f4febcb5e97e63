//! What LiteRT makes of a `.tflite` that is about to be written: warnings, or with `--strict` an error.

use std::path::Path;

use quant_core::ir::Model;
use quant_core::runtime::{Unfit, unfit};
use quant_core::{Error, Problem};

use crate::failure::Result;
use crate::warnings;

/// Whether what LiteRT does not run right is written.
#[derive(clap::Args, Clone, Copy, Default)]
pub struct Strict {
    /// Write no .tflite that LiteRT refuses or computes wrongly, and let no operator stay float without being asked to; without
    /// this the first is a warning, and the summary says the second
    #[arg(long)]
    pub strict: bool,
}

impl Strict {
    /// Warns on the standard error, one line for each operator and reason.
    ///
    /// # Errors
    /// `Unsupported` with `--strict`, when there is something to warn of.
    pub fn check(self, path: &Path, model: &Model) -> Result {
        let unfit = unfit(model);
        if self.strict && !unfit.is_empty() {
            let all: Vec<String> = unfit.iter().map(Unfit::to_string).collect();
            let what = format!("LiteRT does not run it right: {}", all.join(", and "));
            return Err(Error::new(path.display(), Problem::Format(what), HINT).into());
        }
        for line in lines(&unfit) {
            warnings::warn(path, line);
        }
        Ok(())
    }
}

/// Warns as the programs of ONE do.
pub fn warn(path: &Path, model: &Model) {
    for line in lines(&unfit(model)) {
        // One line, whatever names the model brings.
        eprintln!("WARNING: {}: {}", path.display(), line.replace(['\n', '\r'], " "));
    }
}

fn lines(unfit: &[Unfit]) -> impl Iterator<Item = String> {
    let last = (!unfit.is_empty()).then(|| format!("it is written all the same; {HINT}"));
    unfit.iter().map(|one| format!("LiteRT: {one}")).chain(last)
}

const HINT: &str = "docs/runtimes.md says what runs where (--scheme tflite; of ONE uint8 with --granularity layer --same-scale, int8 with weights-only)";
