//! Stages whose tensors are those of their goldens: every tensor that is made needs a golden, and every golden a tensor.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::path::Path;

use quant_case::Stage;
use quant_case::expected::Expected;
use quant_case::layout::{Layout, file_name};
use quant_case::row::Row;

use super::Dump;
use super::outcome::Outcome;

/// What a quantizer has made, as what must have a golden.
pub(super) fn tensors(dump: &Dump) -> Result<Vec<Expected>, String> {
    let mut files: BTreeMap<String, &str> = BTreeMap::new();
    for (name, _) in dump {
        if let Some(other) = files.insert(file_name(name), name) {
            return Err(format!(
                "tensors `{other}` and `{name}` have goldens of one name; rename one in the model"
            ));
        }
    }
    Ok(dump.iter().map(|(name, _)| Expected::of_all_keys(name)).collect())
}

/// Compares them, and tells the goldens that belong to none.
pub(super) fn outcomes(
    layout: &Layout,
    row: &Row,
    stage: Stage,
    tensors: Vec<Expected>,
    dump: &Dump,
) -> Result<Vec<Outcome>, String> {
    let made: Vec<String> = tensors.iter().map(|tensor| file_name(&tensor.name)).collect();
    let compared = tensors
        .into_iter()
        .map(|tensor| Outcome::of(layout, row, stage, tensor, dump));
    let mut outcomes: Vec<Outcome> = compared.collect();
    let folder = layout.goldens(row, stage);
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let is_golden = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
    let golden = |entry: DirEntry| {
        entry
            .file_name()
            .into_string()
            .ok()
            .filter(|_| is_golden(&entry.path()))
    };
    let names = entries.filter_map(golden);
    let mut left: Vec<String> = names.filter(|name| !made.contains(name)).collect();
    left.sort();
    outcomes.extend(left.iter().map(|name| Outcome::left_over(&folder.join(name))));
    if outcomes.is_empty() {
        return Err("the quantizer makes nothing at this stage, and there is no golden; remove the row, or mend the quantizer".to_owned());
    }
    Ok(outcomes)
}
