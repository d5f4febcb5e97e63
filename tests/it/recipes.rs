//! Recipes of Samsung ONE: each imports, and what `quant run` makes of it with random data stands in a table.
//!
//! Reads `reference/one-recipes` of the folder named by `QUANT_REFERENCE`, else of `../shared`; without it the test says
//! that it was skipped. `QUANT_RECIPE_TABLE=rewrite cargo test --test it recipes::` writes `tests/recipes/outcomes.tsv` anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use quant_core::format;
use quant_core::ir::{Builtin, FileFormat};

use crate::common::{QUANT, REPOSITORY, say, shared};

/// What each recipe goes through, and the head of its column.
const SETTINGS: [(&str, &str); 3] = [("layer", "uint8"), ("channel", "uint8"), ("channel", "int16")];
const TABLE: &str = "tests/recipes/outcomes.tsv";

/// The outcomes of a recipe: of its import, and of each setting; `-` when it was not imported.
type Row = [String; 4];

#[test]
fn every_recipe_comes_out_as_the_table_says() {
    let root = Path::new(REPOSITORY);
    let folder = shared().join("reference/one-recipes");
    let recipes = recipes(&folder);
    if recipes.is_empty() {
        say(&format!(
            "recipes: SKIPPED, there is no recipe in {}; set QUANT_REFERENCE to the reference data",
            folder.display()
        ));
        return;
    }
    let outcomes = outcomes(&folder, &recipes);
    say(&summary(&outcomes));
    if std::env::var_os("QUANT_RECIPE_TABLE").is_some_and(|wish| wish == "rewrite") {
        fs::write(root.join(TABLE), table(&outcomes)).unwrap();
        say(&format!("recipes: {TABLE} is written anew; look at what changed"));
    }
    let committed = fs::read_to_string(root.join(TABLE)).unwrap();
    assert!(
        !committed.contains("unknown"),
        "{TABLE}: each outcome has a name, none is unknown"
    );
    let committed = rows(&committed);
    let mut wrong = Vec::new();
    let mut new = Vec::new();
    for (recipe, row) in &outcomes {
        match committed.get(recipe) {
            Some(expected) if expected != row => wrong.push(format!(
                "{recipe}\n  table: {}\n  found: {}",
                expected.join(" | "),
                row.join(" | ")
            )),
            Some(_) => {}
            // Whatever it is, it is imported or refused with a reason; `outcome` sees to that.
            None => new.push(format!("{recipe}: {}", row.join(" | "))),
        }
    }
    if !new.is_empty() {
        say(&format!(
            "recipes: {} are not in {TABLE}\n{}",
            new.len(),
            new.join("\n")
        ));
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows differ; when the new ones are right: QUANT_RECIPE_TABLE=rewrite cargo test --test it recipes::\n{}",
        wrong.len(),
        outcomes.len(),
        wrong.join("\n")
    );
}

/// The folders with a recipe, as `tflite/Abs_000`, in order.
fn recipes(folder: &Path) -> Vec<String> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    };
    let mut recipes: Vec<String> = names(folder)
        .into_iter()
        .flat_map(|kind| {
            let below = names(&folder.join(&kind)).into_iter();
            below.map(move |name| format!("{kind}/{name}"))
        })
        .filter(|name| folder.join(name).join("test.recipe").exists())
        .collect();
    recipes.sort();
    recipes
}

/// All recipes on as many threads as there are processors.
fn outcomes(folder: &Path, recipes: &[String]) -> BTreeMap<String, Row> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let outputs = tempfile::tempdir().unwrap();
    let work = || {
        while let Some(name) = recipes.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = row(&folder.join(name).join("test.recipe"), outputs.path(), name);
            found.lock().unwrap().insert(name.clone(), row);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap()
}

fn row(recipe: &Path, outputs: &Path, name: &str) -> Row {
    let output = outputs.join(format!("{}.circle", name.replace('/', "_")));
    let import = import(recipe);
    if import != "ok" {
        return [import, "-".into(), "-".into(), "-".into()];
    }
    let [layer, channel, int16] = SETTINGS.map(|(granularity, dtype)| {
        let ran = Command::new(QUANT)
            .arg("run")
            .arg(recipe)
            .args(["--data", "random:1:2", "--threads", "1"])
            .args(["--granularity", granularity, "--type", dtype, "-o"])
            .arg(&output)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&ran.stderr).into_owned();
        let place = format!("error: {}: ", recipe.display());
        match (ran.status.code(), error.strip_prefix(&place)) {
            (Some(0), _) => "ok".to_owned(),
            (Some(1), Some(what)) => reason("invalid", what),
            (Some(4), Some(what)) => reason("unsupported", what),
            (code, _) => panic!("{name}, {granularity}/{dtype}: exit code {code:?}\n{error}"),
        }
    });
    [import, layer, channel, int16]
}

/// Reads a recipe; its model becomes a file that is read back as the same model.
fn import(path: &Path) -> String {
    let recipe = match quant_case::recipe::parse(&fs::read_to_string(path).unwrap()) {
        Ok(recipe) => recipe,
        Err(error) => {
            let kind = if error.unsupported {
                "unsupported"
            } else {
                "invalid"
            };
            let what = error.to_string();
            return format!("{kind}: {}", what.split(';').next().unwrap_or_default());
        }
    };
    let model = match quant_recipe::build(&recipe) {
        Ok(model) => model,
        Err(error) if error.kind() == quant_core::ErrorKind::Invalid => {
            return reason("invalid", &error.to_string());
        }
        Err(error) => return reason("unsupported", &error.to_string()),
    };
    let file = format::export(&model, FileFormat::Circle).unwrap();
    let read = format::import(&file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(read.graphs(), model.graphs(), "{}", path.display());
    assert_eq!(read.signatures(), model.signatures(), "{}", path.display());
    "ok".to_owned()
}

/// The outcome in a few words: the operators that an error names, or else what is wrong.
fn reason(kind: &str, error: &str) -> String {
    let what = error.lines().next().unwrap_or_default();
    // Names of tensors stand in backquotes.
    let plain: String = what.split('`').step_by(2).collect();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let mut operators: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let known = (-20..=250).any(|code| Builtin(code).name() == Some(word));
        let name = match words.get(at + 1) {
            Some(custom) if *word == "CUSTOM" => format!("CUSTOM {custom}"),
            _ => (*word).to_owned(),
        };
        if known && !operators.contains(&name) {
            operators.push(name);
        }
    }
    let what = what.split(';').next().unwrap_or_default();
    match kind {
        "unsupported" if !operators.is_empty() => format!("{kind}: {}", operators.join(", ")),
        _ => format!("{kind}: {what}"),
    }
}

fn heads() -> [String; 3] {
    SETTINGS.map(|(granularity, dtype)| format!("{granularity}/{dtype}"))
}

fn table(outcomes: &BTreeMap<String, Row>) -> String {
    let mut text = format!("recipe\timport\t{}\n", heads().join("\t"));
    for (recipe, row) in outcomes {
        writeln!(text, "{recipe}\t{}", row.join("\t")).unwrap();
    }
    text
}

fn rows(table: &str) -> BTreeMap<String, Row> {
    let lines = table.lines().skip(1);
    let row = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let recipe = cells.next().unwrap_or_default();
        let row = cells.collect::<Vec<_>>().try_into();
        (
            recipe,
            row.unwrap_or_else(|_| panic!("{TABLE}: `{line}` has not five cells")),
        )
    };
    lines.map(row).collect()
}

fn summary(outcomes: &BTreeMap<String, Row>) -> String {
    let count = |column: usize, kind: &str| {
        let cells = outcomes.values().map(|row| &row[column]);
        cells.filter(|cell| cell.starts_with(kind)).count()
    };
    let mut line = format!("recipes: {} recipes, {} import", outcomes.len(), count(0, "ok"));
    for (column, head) in (1..).zip(heads()) {
        let [ok, unsupported, invalid] = ["ok", "unsupported", "invalid"].map(|kind| count(column, kind));
        write!(
            line,
            ", {head}: {ok} ok {unsupported} unsupported {invalid} invalid"
        )
        .unwrap();
    }
    line
}
