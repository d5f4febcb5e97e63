//! The page: a head, and the data of cases behind it.

#[cfg(feature = "run")]
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use quant_case::Stage;
use quant_case::row::Row;
use serde_json::{Map, Value, json};

use super::deviation;
use crate::run::examine::Examined;

/// Head of the page: style, script, and where the data goes.
const HEAD: &str = include_str!("page.html");

/// The page in the folder of a report.
pub const FILE: &str = "index.html";

/// Adds a case to the page in the folder that `QUANT_REPORT` names; without it nothing happens. A new run
/// begins a new page.
#[cfg(feature = "run")]
pub(in crate::run) fn add_from_environment(
    root: &Path,
    row: &Row,
    stage: Stage,
    examined: &Result<Examined, String>,
) {
    if let Some(folder) = env::var_os("QUANT_REPORT").filter(|folder| !folder.is_empty()) {
        let folder = Path::new(&folder);
        if let Err(error) = append(folder, root, &run_id(), &case(row, stage, examined)) {
            eprintln!("{}: {error}; no report is written", folder.display());
        }
    }
}

/// What tells runs apart: nextest's own word, else the process that started the test binaries.
#[cfg(feature = "run")]
fn run_id() -> String {
    env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| {
        #[cfg(unix)]
        let id = std::os::unix::process::parent_id();
        #[cfg(not(unix))]
        let id = std::process::id();
        format!("{id}")
    })
}

/// Appends data to the page of this run; a page of another run is replaced.
pub(super) fn append(folder: &Path, root: &Path, run: &str, data: &Value) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let lock = File::create(folder.join(".index.lock"))?;
    lock.lock()?;
    let path = folder.join(FILE);
    let mark = format!("<!-- run {run} -->\n");
    let mut begin = vec![0; mark.len()];
    let same = File::open(&path)
        .and_then(|mut file| file.read_exact(&mut begin))
        .is_ok()
        && begin == mark.as_bytes();
    if !same {
        let root = root.canonicalize()?;
        let name = root
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        fs::write(
            &path,
            format!("{mark}{}", HEAD.replace("{{name}}", &escaped(&name))),
        )?;
    }
    // A closing tag inside a string would end the block.
    let text = data.to_string().replace("</", "<\\/");
    let block = format!("<script type=\"application/json\" class=\"case\">{text}</script>\n");
    OpenOptions::new()
        .append(true)
        .open(&path)?
        .write_all(block.as_bytes())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The data of a case.
pub(super) fn case(row: &Row, stage: Stage, examined: &Result<Examined, String>) -> Value {
    let mut data = json!({
        "model": row.folder(),
        "granularity": row.granularity.word(),
        "type": row.dtype.word(),
        "stage": stage.word(),
        "attributes": row.attributes.to_string(),
    });
    match examined {
        Ok(examined) => {
            data["verdict"] = json!(examined.verdict());
            data["operators"] = operators(examined);
            let tensors = examined.outcomes.iter().map(|outcome| {
                let mut tensor = deviation::of(outcome);
                tensor["operator"] = json!(examined.place(outcome).operator());
                tensor
            });
            data["tensors"] = tensors.collect();
        }
        Err(what) => data["verdict"] = json!(what),
    }
    data
}

/// The graph: each operation with the tensors that it reads and makes.
fn operators(examined: &Examined) -> Value {
    let operator = |operation: &quant_case::recipe::Operation| {
        let mut entry = Map::new();
        entry.insert("kind".into(), json!(operation.kind));
        entry.insert("inputs".into(), json!(operation.inputs));
        entry.insert("outputs".into(), json!(operation.outputs));
        Value::Object(entry)
    };
    examined.recipe.operations.iter().map(operator).collect()
}
