//! What LiteRT makes of a `.tflite` that is about to be written: warnings, or with `--strict` an error.

use std::path::Path;

use quant_core::ir::{Builtin, Model};
use quant_core::runtime::litert::{self, Kind};

use crate::failure::Result;

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
            return Err(quant_core::Error::unsupported(path.display(), what, WAY_OUT).into());
        }
        print("warning", path, groups);
        Ok(())
    }
}

/// Warns as the programs of ONE do.
pub fn warn(path: &Path, model: &Model) {
    print("WARNING", path, groups(model));
}

fn print(word: &str, path: &Path, groups: Vec<String>) {
    let some = !groups.is_empty();
    for group in groups {
        // One line, whatever names the model brings.
        let group = group.replace(['\n', '\r'], " ");
        eprintln!("{word}: {}: LiteRT: {group}", path.display());
    }
    if some {
        eprintln!(
            "{word}: {}: it is written all the same; {WAY_OUT}",
            path.display()
        );
    }
}

const WAY_OUT: &str = "docs/runtimes.md says what runs where (uint8 with --granularity layer --same-scale, int8 with weights-only)";

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
