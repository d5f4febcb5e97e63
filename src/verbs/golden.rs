//! `golden`: the oracle makes the golden tree of a list, or checks it; or the list is shown with all that it stands for.

mod rows;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use quant_case::layout::Layout;
use quant_case::row::RowKind;
use quant_case::{Case, Words, lists};
use quant_core::interp;
use quant_core::ir::Model;
use quant_core::record::text_record;
use quant_golden::Selection;
use quant_testgen::LeftOver;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::json::Json;

/// What to do with the tree.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Recompute every golden and write those that differ
    Write,
    /// Recompute every golden and compare
    Check,
    /// Show every row that the lists stand for, with its tests and attributes
    List,
}

#[derive(clap::Args)]
pub struct Args {
    what: What,
    /// Only rows that have one of these in them or in the names of their tests, as in Conv2D_000 or channel::int16
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// The folder with test.lst and the trees
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Write: remove goldens that no row needs
    #[arg(long, conflicts_with = "filters")]
    prune: bool,
    /// A word of the package's own (build.rs declares them), or a granularity and a type that it puts together, as in
    /// layer/int16; repeatable
    #[arg(long = "word", value_name = "WORD")]
    words: Vec<String>,
    #[command(flatten)]
    json: Json,
}

/// Words of a package's own, from the command line: they live as long as the process.
pub fn foreign(words: &[String]) -> Words {
    if words.is_empty() {
        return Words::new();
    }
    Words::foreign(words.iter().map(|word| &*word.clone().leak()))
}

pub fn run(args: &Args) -> Result {
    if args.prune && args.what != What::Write {
        return Err(Failure::Usage(
            "--prune removes files; it goes together with `golden write`".to_owned(),
        ));
    }
    let list = args.root.join(lists::LIST);
    fs::metadata(&list).map_err(|error| Failure::io(&list, &error))?;
    let selection = Selection {
        words: foreign(&args.words),
        filters: args.filters.clone(),
    };
    if args.what == What::List {
        return rows::show(&args.root, &selection, &args.json);
    }
    runnable(&args.root, &selection)?;
    let mut report = match args.what {
        What::Check => quant_golden::check(&args.root, &selection),
        _ => quant_golden::write(&args.root, &selection),
    };
    let mut left = Vec::new();
    // Files of other rows are none of a filter's.
    if args.filters.is_empty() {
        left = quant_testgen::left_over(&args.root, &selection.words);
    } else if report.rows == 0 && report.problems.is_empty() {
        return Err(rows::none_fits(&args.filters));
    }
    let removed = if args.prune {
        prune(&args.root, &mut left)?
    } else {
        Vec::new()
    };
    report.problems.extend(left.into_iter().map(|left| left.what));
    let mut gone = String::new();
    for path in &removed {
        gone += &path.display().to_string();
        gone += ": removed\n";
    }
    args.json.print(&format!("{gone}{report}\n"))?;
    let shown = |paths: &[PathBuf]| {
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
    };
    args.json.write("golden", || {
        json!({
            "root": args.root.display().to_string(),
            "rows": report.rows,
            "files": report.files,
            "written": report.written.len(),
            "written_files": shown(&report.written),
            "removed_files": shown(&removed),
            "not_the_oracles": report.foreign,
            "differences": report.differences,
            "problems": report.problems,
            "unwritten": report.unwritten,
        })
    })?;
    let text = |count: usize, what: &str| format!("{count} {what}; see above");
    if !report.problems.is_empty() {
        let is_word = |problem: &String| problem.contains("` is unknown; use ");
        let hint = if args.words.is_empty() && report.problems.iter().any(is_word) {
            "; words of a package's own are told with --word"
        } else {
            ""
        };
        let count = report.problems.len();
        return Err(Failure::Invalid(
            text(count, "problems with lists and trees") + hint,
        ));
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

/// Removes goldens of nobody, and takes them out of what is left over.
fn prune(root: &Path, left: &mut Vec<LeftOver>) -> Result<Vec<PathBuf>> {
    let goldens = root.join("expected_outputs");
    let mut removed = Vec::new();
    for LeftOver { path, .. } in left.extract_if(.., |left| left.path.starts_with(&goldens)) {
        // A link is removed, not what it leads to.
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir());
        let gone = if is_folder {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        gone.map_err(|error| Failure::io(&path, &error))?;
        removed.push(path);
    }
    Ok(removed)
}

/// An ONNX model as it is run; text, or bytes.
fn onnx(file: &Path) -> Result<Model> {
    if file.extension().is_some_and(|ending| ending == "onnx") {
        return crate::onnx::model(file, crate::files::shared(file)?, false);
    }
    let text = fs::read_to_string(file).map_err(|error| Failure::io(file, &error))?;
    let lowered =
        quant_onnx::Model::from_text(&text).and_then(|model| model.lower(&quant_onnx::Lowering::default()));
    Ok(lowered.map_err(|error| error.within(file.display()))?.model)
}

/// Whether each model runs on its records at all. The oracle's loops are naive: they trust shapes, strides and
/// axes, which the interpreter checks.
fn runnable(root: &Path, selection: &Selection) -> Result {
    let layout = Layout::new(root);
    for (row, place) in lists::read(root, &selection.words).rows {
        // What cannot be read is told by the oracle, with all else that is wrong; of files it makes nothing.
        let Ok(case) = Case::load(&layout, &row) else {
            continue;
        };
        let mut stages = row.stages(&case.recipe).into_iter();
        let wanted = stages.any(|stage| selection.takes(&row.to_string(), &row.test_name(stage)));
        if case.is_outline || !wanted {
            continue;
        }
        let within =
            |error: quant_core::Error| error.within(format!("{place}: {}", layout.recipe(&row).display()));
        let model = match (row.kind, &case.file) {
            (RowKind::Onnx, Some(file)) => onnx(file)?,
            _ => quant_recipe::build(&case.recipe).map_err(within)?,
        };
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
