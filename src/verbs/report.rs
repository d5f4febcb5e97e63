//! `report`: every row of a list as one page.

use std::path::PathBuf;

use quant_case::{Words, lists};
use quant_testgen::run::report;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::json::Json;

#[derive(clap::Args)]
pub struct Args {
    /// The folder with test.lst and the trees
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Folder for the page
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    let list = args.root.join(lists::LIST);
    std::fs::metadata(&list).map_err(|error| Failure::io(&list, &error))?;
    let errors = lists::read(&args.root, &Words::new()).errors;
    if let Some(first) = errors.first() {
        let more = errors.len() - 1;
        let rest = if more > 0 {
            format!(" (and {more} more lines are wrong)")
        } else {
            String::new()
        };
        return Err(Failure::Invalid(format!(
            "{}: {first}{rest}",
            args.root.display()
        )));
    }
    let page = args.output.join(report::FILE);
    let (cases, differ) =
        report::write_all(&args.root, &args.output).map_err(|error| Failure::io(&page, &error))?;
    args.json.write("report", || {
        json!({
            "root": args.root.display().to_string(),
            "page": page.display().to_string(),
            "cases": cases,
            "differ": differ,
        })
    })?;
    args.json
        .print(&format!("{}: {cases} cases, {differ} differ\n", page.display()))?;
    match differ {
        0 => Ok(()),
        _ => Err(Failure::Differs(format!(
            "{differ} of {cases} cases differ; see {}",
            page.display()
        ))),
    }
}
