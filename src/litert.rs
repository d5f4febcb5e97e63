//! What LiteRT makes of a `.tflite` that is about to be written: warnings, or with `--strict` an error.

use std::path::Path;

use quant_core::ir::{Builtin, Model};
use quant_core::runtime::litert::{self, Kind};

use crate::failure::Result;
use crate::warnings;

/// Whether what LiteRT does not run right is written.
#[derive(clap::Args, Clone, Copy, Default)]
pub struct Strict {
    /// Write no .tflite that LiteRT refuses or computes wrongly; without this it is a warning
    #[arg(long)]
    pub strict: bool,
}

impl Strict {
    /// Warns on the standard error, one line for each operator and reason.
    ///
    /// # Errors
    /// `Unsupported` with `--strict`, when there is something to warn of.
    pub fn check(self, path: &Path, model: &Model) -> Result {
        let groups = groups(model);
        if self.strict && !groups.is_empty() {
            let what = format!("LiteRT does not run it right: {}", groups.join(", and "));
            return Err(quant_core::Error::unsupported(path.display(), what, HINT).into());
        }
        for line in lines(groups) {
            warnings::warn(path, line);
        }
        Ok(())
    }
}

/// Warns as the programs of ONE do.
pub fn warn(path: &Path, model: &Model) {
    for line in lines(groups(model)) {
        // One line, whatever names the model brings.
        eprintln!("WARNING: {}: {}", path.display(), line.replace(['\n', '\r'], " "));
    }
}

fn lines(groups: Vec<String>) -> impl Iterator<Item = String> {
    let last = (!groups.is_empty()).then(|| format!("it is written all the same; {HINT}"));
    groups
        .into_iter()
        .map(|group| format!("LiteRT: {group}"))
        .chain(last)
}

const HINT: &str = "docs/runtimes.md says what runs where (uint8 with --granularity layer --same-scale, int8 with weights-only)";

/// What LiteRT does not run right, operators of one kind together.
fn groups(model: &Model) -> Vec<String> {
    let mut groups: Vec<(Builtin, Kind, usize, String)> = Vec::new();
    for found in litert::check(model) {
        match groups
            .iter_mut()
            .find(|(builtin, kind, ..)| (*builtin, kind) == (found.builtin, &found.kind))
        {
            Some((_, _, count, _)) => *count += 1,
            None => groups.push((found.builtin, found.kind, 1, found.name)),
        }
    }
    let line = |(builtin, kind, count, name): (Builtin, Kind, usize, String)| {
        let (plural, first) = if count == 1 { ("", "") } else { ("s", "first: ") };
        format!("{count} operator{plural} {builtin}: {kind} ({first}`{name}`)")
    };
    groups.into_iter().map(line).collect()
}
