//! `golden`: the oracle makes the golden tree of a list, or checks it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use quant_case::layout::Layout;
use quant_case::{Case, lists};
use quant_core::interp;
use quant_core::record::text_record;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::json::Json;

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
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    let list = args.root.join(lists::LIST);
    std::fs::metadata(&list).map_err(|error| Failure::io(&list, &error))?;
    runnable(&args.root)?;
    let mut report = match args.what {
        What::Write => quant_golden::write(&args.root),
        What::Check => quant_golden::check(&args.root),
    };
    report.problems.extend(quant_testgen::left_over(&args.root));
    args.json.say(&format!("{report}\n"))?;
    args.json.write("golden", || {
        json!({
            "root": args.root.display().to_string(),
            "rows": report.rows,
            "files": report.files,
            "written": report.written,
            "differences": report.differences,
            "problems": report.problems,
            "unwritten": report.unwritten,
        })
    })?;
    let text = |count: usize, what: &str| format!("{count} {what}; see above");
    if !report.problems.is_empty() {
        return Err(Failure::Invalid(text(
            report.problems.len(),
            "problems with lists and trees",
        )));
    }
    if !report.unwritten.is_empty() {
        return Err(Failure::Io(text(
            report.unwritten.len(),
            "goldens were not written",
        )));
    }
    if !report.is_clean() {
        return Err(Failure::Differs(text(
            report.differences.len(),
            "goldens are not the oracle's",
        )));
    }
    Ok(())
}

/// Whether each model runs on its records at all. The oracle's loops are naive: they trust shapes, strides and
/// axes, which the interpreter checks.
fn runnable(root: &Path) -> Result {
    let layout = Layout::new(root);
    for (row, place) in lists::read(root).rows {
        // What cannot be read is told by the oracle, with all else that is wrong.
        let Ok(case) = Case::load(&layout, &row) else {
            continue;
        };
        let within =
            |error: quant_core::Error| error.within(format!("{place}: {}", layout.recipe(&row).display()));
        let model = quant_recipe::build(&case.recipe).map_err(within)?;
        if let Some(text) = case.records.first() {
            let folder = layout.inputs(&row);
            let record = text_record(&model.main().input_tensors(), text);
            let record =
                record.map_err(|error| error.within(format!("{place}: {}/0.txt", folder.display())))?;
            interp::run(&model, &record).map_err(within)?;
        }
    }
    Ok(())
}
