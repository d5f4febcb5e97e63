//! Whether the tests are those of the files that lie there now.
//!
//! Cargo runs a build script again when something below a folder is newer than its last run. A tree that is
//! moved in with old times, or moved away and back, is not; so a test looks again.

use std::fs;
use std::path::Path;

use quant_case::hash;
use quant_case::lists::{LIST, LOCAL};

use crate::TREES;

/// A hash (FNV-1a) of all that decides which tests there are: the contents of lists, recipes and configurations, and
/// the name of every file in the trees. Values of inputs and goldens are read when the tests run.
pub(crate) fn fingerprint(root: &Path) -> u64 {
    let mut seen = hash::EMPTY;
    // A zero behind each part, so that parts do not run into each other.
    let mut add = |bytes: &[u8]| seen = hash::more(seen, bytes.iter().copied().chain([0]));
    for list in [LIST, LOCAL] {
        add(list.as_bytes());
        add(&fs::read(root.join(list)).unwrap_or_default());
    }
    let [recipes, configs, inputs, goldens] = TREES;
    for (tree, contents) in [
        (recipes, true),
        (configs, true),
        (inputs, false),
        (goldens, false),
    ] {
        files(&root.join(tree), contents, &mut add);
    }
    seen
}

fn files(folder: &Path, contents: bool, add: &mut impl FnMut(&[u8])) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| {
            (
                entry.file_name(),
                entry.file_type().is_ok_and(|kind| kind.is_dir()),
            )
        })
        .collect();
    entries.sort();
    for (name, is_folder) in entries {
        let shown = name.to_string_lossy();
        if is_folder {
            add(shown.as_bytes());
            files(&folder.join(&name), contents, add);
            add(b"..");
        } else if !shown.starts_with('.') {
            add(shown.as_bytes());
            if contents {
                add(&fs::read(folder.join(&name)).unwrap_or_default());
            }
        }
    }
}
