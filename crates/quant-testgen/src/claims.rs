//! Files and folders that rows account for; what else lies in the trees belongs to no test.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What rows account for, by path.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    files: HashSet<PathBuf>,
    /// Folders of which every part is accounted for, whatever it is.
    whole: HashSet<PathBuf>,
    /// Folders that may be there, with the place of the row that looks into them.
    folders: HashMap<PathBuf, String>,
}

impl Claims {
    /// A file that the row at `place` reads.
    pub fn file(&mut self, path: PathBuf, place: &str) {
        if let Some(folder) = path.parent() {
            self.folder(folder, place);
        }
        self.files.insert(path);
    }

    /// A folder that the row at `place` looks into, with the folders above it.
    pub fn folder(&mut self, path: &Path, place: &str) {
        for folder in path.ancestors() {
            // Whoever came first has laid claim to the folders above, too.
            if self.folders.contains_key(folder) {
                break;
            }
            self.folders.insert(folder.to_owned(), place.to_owned());
        }
    }

    /// A folder about which nothing more can be said, because what is needed to judge it is wrong.
    pub fn whole(&mut self, path: PathBuf, place: &str) {
        self.folder(&path, place);
        self.whole.insert(path);
    }

    /// What lies below `folder` and belongs to nobody, with the place of the row that owns the folder
    /// around it. A folder of nobody is told once, without what is in it.
    pub fn orphans(&self, folder: &Path) -> Vec<(PathBuf, Option<&str>)> {
        let mut orphans = Vec::new();
        self.collect(folder, &mut orphans);
        orphans
    }

    fn collect<'a>(&'a self, folder: &Path, orphans: &mut Vec<(PathBuf, Option<&'a str>)>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                if self.whole.contains(&path) {
                    continue;
                }
                if self.folders.contains_key(&path) {
                    self.collect(&path, orphans);
                    continue;
                }
            } else if self.files.contains(&path) || is_hidden(&path) {
                continue;
            }
            let place = self.folders.get(folder).map(String::as_str);
            orphans.push((path, place));
        }
    }
}

/// Files of tools, such as `.gitkeep`. A nameless `.json` is no such file: it is a golden gone wrong.
fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') && !name.ends_with(".json")
}
