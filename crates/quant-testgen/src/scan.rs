//! Lists and trees: every case, and everything that is wrong with them.

mod checkpoints;
mod inputs;
mod models;
mod open;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quant_case::layout::{Layout, file_name};
use quant_case::lists;
use quant_case::model::Model;
use quant_case::qconf::{self, Qconf};
use quant_case::recipe::Recipe;
use quant_case::row::{Row, RowKind};
use quant_case::{Stage, Words, checkpoint, expected, uses};

use crate::TREES;
use crate::claims::Claims;
use crate::fingerprint::fingerprint;

/// What lists and trees hold.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The cases, in the order of the lists.
    pub cases: Vec<(Row, Stage)>,
    /// The cases of checkpoints.
    pub checkpoints: Vec<checkpoint::Row>,
    /// What is wrong, each on one line: place in the list, path, the way out.
    pub errors: Vec<String>,
    /// The errors among them that name files and folders of nobody.
    pub left_over: Vec<LeftOver>,
    /// Whether there is a `test.local.lst`.
    pub has_local_list: bool,
    /// The [`fingerprint`] of what was scanned.
    pub seen: u64,
    /// Whether goldens are missing, let through or not.
    pub missing_goldens: bool,
    /// The trees that rows need.
    pub needs: BTreeSet<&'static str>,
}

/// Scans the package at `root`. With `create`, missing goldens are no errors.
pub(crate) fn scan(root: &Path, create: bool, words: &Words) -> Scan {
    let mut scanner = Scanner {
        layout: Layout::new(root),
        create,
        scan: Scan::default(),
        claims: Claims::default(),
        models: BTreeMap::new(),
    };
    let lists = lists::read(root, words);
    scanner.scan.has_local_list = lists.has_local;
    scanner.scan.errors = lists.errors;
    let whole = scanner.scan.errors.is_empty();
    for (row, place) in &lists.rows {
        scanner.row(row, place);
        scanner.foreign(row, place, words);
    }
    for (row, place) in &lists.checkpoints {
        scanner.checkpoint(row, place);
    }
    // What a line that cannot be read stands for would look like nobody's.
    if whole {
        scanner.orphans();
    }
    scanner.scan.seen = fingerprint(root);
    scanner.scan
}

/// Files and folders in the trees below `root` that no row of the lists needs, one entry each: goldens of tensors and
/// models that are gone, recipes, records, configurations. Lists with lines that cannot be read give none, because
/// nobody can say what those lines need.
pub fn left_over(root: &Path, words: &Words) -> Vec<LeftOver> {
    scan(root, true, words).left_over
}

/// A file or folder that no row of the lists needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOver {
    /// It.
    pub path: PathBuf,
    /// What is messages of it: the row that owns the folder around it, the path, the way out.
    pub what: String,
}

struct Scanner {
    layout: Layout,
    create: bool,
    scan: Scan,
    claims: Claims,
    /// Each model, and whether it is ONNX's; `None` when it is missing or wrong, which is messages once.
    models: BTreeMap<(String, bool), Option<Model>>,
}

impl Scanner {
    fn row(&mut self, row: &Row, place: &str) {
        self.needs(row);
        let model = self.model(row, place);
        let qconf = self.qconf(row, place);
        let recipe = model.as_ref().map(|model| &model.recipe);
        let inputs_are_right = !row.needs_records() || self.inputs(row, place, recipe);
        let (Some(model), Ok(qconf)) = (model, qconf) else {
            // Without them nobody can say which goldens there should be.
            let goldens = self.layout.goldens(row, Stage::Quantization);
            if let Some(folder) = goldens.parent() {
                self.claims.whole(folder.to_owned(), place);
            }
            return;
        };
        for stage in row.stages(&model.recipe) {
            let can_be_tested = if expected::is_open(model.is_outline, stage) {
                self.open_goldens(row, place, stage)
            } else {
                self.goldens(row, place, stage, &model.recipe, qconf.as_ref())
            };
            if can_be_tested && inputs_are_right {
                self.scan.cases.push((row.clone(), stage));
            }
        }
    }

    fn needs(&mut self, row: &Row) {
        let [recipes, configs, inputs, goldens] = TREES;
        self.scan.needs.extend([recipes, goldens]);
        if row.needs_records() {
            self.scan.needs.insert(inputs);
        }
        if row.kind == RowKind::QConf {
            self.scan.needs.insert(configs);
        }
    }

    fn qconf(&mut self, row: &Row, place: &str) -> Result<Option<Qconf>, ()> {
        if row.kind != RowKind::QConf {
            return Ok(None);
        }
        let path = self.layout.qconf(row);
        let shown = self.show(&path);
        let read = match fs::read_to_string(&path) {
            Ok(text) => qconf::parse(&text).map_err(|error| format!("{shown}: {error}")),
            Err(error) => Err(absent(
                &shown,
                &error,
                "write the configuration, or make the row an addTest",
            )),
        };
        self.claims.file(path, place);
        read.map(Some).map_err(|what| self.error(place, &what))
    }

    /// Checks the goldens of a stage; whether the stage can be tested.
    fn goldens(
        &mut self,
        row: &Row,
        place: &str,
        stage: Stage,
        recipe: &Recipe,
        qconf: Option<&Qconf>,
    ) -> bool {
        let folder = self.layout.goldens(row, stage);
        let tensors = match expected::tensors(recipe, stage, row, qconf) {
            Ok(tensors) if tensors.is_empty() => Err(format!(
                "{}: the model has no tensor that {stage} makes; remove the row, or choose another model",
                self.show(&self.layout.recipe(row))
            )),
            Ok(tensors) => Ok(tensors),
            Err(error) => Err(format!("{}: {error}", self.show(&self.layout.qconf(row)))),
        };
        let tensors = match tensors {
            Ok(tensors) => tensors,
            Err(what) => {
                self.error(place, &what);
                self.claims.whole(folder, place);
                return false;
            }
        };
        self.claims.folder(&folder, place);
        let mut files: BTreeMap<String, &str> = BTreeMap::new();
        for tensor in &tensors {
            if let Some(other) = files.insert(file_name(&tensor.name), &tensor.name) {
                let what = format!(
                    "{}: tensors `{other}` and `{}` have goldens of one name; rename one",
                    self.show(&self.layout.recipe(row)),
                    tensor.name
                );
                self.error(place, &what);
            }
        }
        self.golden_files(&folder, files.into_keys(), place, row, row.is_ones());
        // The test tells one that is missing, or that nothing makes.
        for tensor in uses::uses(recipe, stage, row.kind) {
            self.claims.file(folder.join(file_name(&tensor.name)), place);
        }
        true
    }

    /// Lays claim to the goldens of a stage, and tells those that are missing in one error: shells expand the braces. The
    /// oracle has none of rows whose words are the package's own.
    fn golden_files(
        &mut self,
        folder: &Path,
        files: impl Iterator<Item = String>,
        place: &str,
        row: &impl std::fmt::Display,
        has_oracle: bool,
    ) {
        let mut missing = Vec::new();
        for file in files {
            let path = folder.join(&file);
            if !path.is_file() {
                missing.push(file.strip_suffix(".json").unwrap_or(&file).to_owned());
            }
            self.claims.file(path, place);
        }
        self.scan.missing_goldens |= !missing.is_empty();
        if self.create || missing.is_empty() {
            return;
        }
        let (names, are) = match &missing[..] {
            [name] => (name.clone(), "is"),
            names => (format!("{{{}}}", names.join(",")), "are"),
        };
        let oracle = if has_oracle {
            "make what the oracle computes with `quant golden write`, or "
        } else {
            ""
        };
        let what = format!(
            "{}/{names}.json {are} missing; {oracle}accept what the quantizer does with `cargo insta test --review`, or \
             remove {row}",
            self.show(folder)
        );
        self.error(place, &what);
    }

    fn orphans(&mut self) {
        for tree in TREES {
            let tree = self.layout.root.join(tree);
            for (path, place) in self.claims.orphans(&tree) {
                let what = if path.is_dir() { "folder" } else { "file" };
                // A row that looks into the tree says nothing about what else stands at its top.
                let place = place.filter(|_| path.parent() != Some(&tree));
                let error = format!(
                    "{}: {}: no row of the list needs this {what}; remove it, or add the row that does",
                    place.unwrap_or("test.lst:1:1"),
                    self.show(&path)
                );
                self.scan.left_over.push(LeftOver { path, what: error });
            }
        }
        let messages = self.scan.left_over.iter().map(|left| left.what.clone());
        self.scan.errors.extend(messages);
    }

    /// The path as a user of the package writes it.
    fn show(&self, path: &Path) -> String {
        let path: PathBuf = path.strip_prefix(&self.layout.root).unwrap_or(path).into();
        path.to_string_lossy().replace('\\', "/")
    }

    fn error(&mut self, place: &str, what: &str) {
        self.scan.errors.push(format!("{place}: {what}"));
    }
}

fn absent(shown: &str, error: &std::io::Error, hint: &str) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("{shown} is missing; {hint}"),
        _ => format!("{shown}: {error}; check the file"),
    }
}

#[cfg(test)]
mod tests;
