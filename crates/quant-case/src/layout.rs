//! Where the files of a case lie.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::path::PathBuf;

use crate::list::Row;
use crate::{Stage, hash};

/// The folder that holds `test.lst` and the trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The folder.
    pub root: PathBuf,
}

impl Layout {
    /// The trees below a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// `test.lst`.
    pub fn list(&self) -> PathBuf {
        self.root.join("test.lst")
    }

    /// `recipes/<model>/test.recipe`.
    pub fn recipe(&self, row: &Row) -> PathBuf {
        self.root.join("recipes").join(&row.model).join("test.recipe")
    }

    /// `config_files/<model>/<granularity>/<type>/qconf.json`.
    pub fn qconf(&self, row: &Row) -> PathBuf {
        self.below("config_files", &row.model, row).join("qconf.json")
    }

    /// `test_inputs/<folder>/<granularity>/<type>`, which holds `<n>.txt`.
    pub fn inputs(&self, row: &Row) -> PathBuf {
        self.below("test_inputs", &row.folder(), row)
    }

    /// `expected_outputs/<folder>/<granularity>/<type>/<stage>`, which holds `<tensor>.json`.
    pub fn goldens(&self, row: &Row, stage: Stage) -> PathBuf {
        self.below("expected_outputs", &row.folder(), row)
            .join(stage.word())
    }

    /// The golden of one tensor.
    pub fn golden(&self, row: &Row, stage: Stage, tensor: &str) -> PathBuf {
        self.goldens(row, stage).join(file_name(tensor))
    }

    fn below(&self, tree: &str, folder: &str, row: &Row) -> PathBuf {
        self.root
            .join(tree)
            .join(folder)
            .join(row.granularity.word())
            .join(row.dtype.word())
    }
}

/// The golden file of a tensor: its name, with every character that could leave the folder replaced by `_`.
/// File systems end names at 255 bytes; a long one is cut and told from others by a hash (FNV-1a) of the whole.
pub fn file_name(tensor: &str) -> String {
    const LONGEST: usize = 200;
    let safe: String = tensor
        .chars()
        .map(|c| if "/\\:\0".contains(c) { '_' } else { c })
        .collect();
    if safe.len() <= LONGEST {
        return format!("{safe}.json");
    }
    let hash = hash::of(tensor.bytes());
    let (start, _) = safe.split_at(safe.floor_char_boundary(LONGEST));
    format!("{start}~{hash:016x}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        let long = "x/".repeat(300);
        let rows = [
            ("ofm", "ofm.json".to_owned()),
            ("../a:b\\c", ".._a_b_c.json".to_owned()),
            (&long, format!("{}~2917b49d352933b5.json", "x_".repeat(100))),
        ];
        for (tensor, file) in rows {
            assert_eq!(file_name(tensor), file);
        }
    }
}
