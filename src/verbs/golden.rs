//! `golden`: the oracle makes the golden tree of a list, or checks it.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::failure::{Failure, Result};
use crate::files;

/// What to do with the tree.
#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Recompute every golden and write those that differ
    Write,
    /// Recompute every golden and compare
    Check,
}

#[derive(clap::Args)]
pub struct Args {
    what: What,
    /// The folder with test.lst and the trees
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

pub fn run(args: &Args) -> Result {
    let report = match args.what {
        What::Write => quant_golden::write(&args.root),
        What::Check => quant_golden::check(&args.root),
    };
    let report = report.map_err(|error| Failure::io(&args.root.join("test.lst"), &error))?;
    files::print(&format!("{report}\n"))?;
    match (report.problems.len(), args.what) {
        (0, _) => Ok(()),
        (count, What::Write) => Err(Failure::Invalid(format!(
            "{count} goldens cannot be made; see above"
        ))),
        (count, What::Check) => Err(Failure::Differs(format!(
            "{count} goldens are not the oracle's; see above"
        ))),
    }
}
