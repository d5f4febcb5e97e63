//! Rows of checkpoints and of AMCT's graphs: the files, and a golden for each tensor.

use std::collections::BTreeMap;

use quant_case::checkpoint::Row;
use quant_case::layout::file_name;

use super::{Scanner, TREES};

impl Scanner {
    pub(super) fn checkpoint(&mut self, row: &Row, place: &str) {
        let root = self.layout.root.clone();
        let [recipes, inputs, _, goldens] = TREES;
        self.scan.needs.extend([recipes, goldens]);
        if let Some(batches) = row.batches(&root) {
            self.scan.needs.insert(inputs);
            self.claims.whole(batches.clone(), place);
            if !batches.is_dir() {
                let what = format!(
                    "{} is missing; write a batch there (0.txt, a line for each input), or remove the row",
                    self.show(&batches)
                );
                self.error(place, &what);
            }
        }
        if let Some(companion) = row.companion(&root) {
            self.claims.file(companion.clone(), place);
            if !companion.is_file() {
                let what = format!(
                    "{} is missing; write it, or remove the row",
                    self.show(&companion)
                );
                self.error(place, &what);
            }
        }
        let (path, folder) = (row.file(&root), row.goldens(&root));
        self.claims.file(path.clone(), place);
        if !path.is_file() {
            let file = if row.device.is_ascend() {
                "graph"
            } else {
                "checkpoint"
            };
            let what = format!(
                "{} is missing; save the {file} there, or remove the row",
                self.show(&path)
            );
            self.error(place, &what);
            return self.claims.whole(folder, place);
        }
        let tensors = match row.tensors(&root) {
            Ok(tensors) if tensors.is_empty() => Err(format!(
                "{}: the checkpoint has no weights; remove the row",
                self.show(&path)
            )),
            read => read.map_err(|error| error.replace(&path.display().to_string(), &self.show(&path))),
        };
        let tensors = match tensors {
            Ok(tensors) => tensors,
            Err(what) => {
                self.error(place, &what);
                return self.claims.whole(folder, place);
            }
        };
        self.claims.folder(&folder, place);
        let mut files: BTreeMap<String, &str> = BTreeMap::new();
        for tensor in &tensors {
            if let Some(other) = files.insert(file_name(tensor), tensor) {
                let shown = self.show(&path);
                let what =
                    format!("{shown}: tensors `{other}` and `{tensor}` have goldens of one name; rename one");
                self.error(place, &what);
            }
        }
        self.golden_files(&folder, files.into_keys(), place, row, true);
        self.scan.checkpoints.push(row.clone());
    }
}
