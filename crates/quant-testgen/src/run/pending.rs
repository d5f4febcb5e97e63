//! Pending goldens: what insta is asked to write, and where.
//!
//! insta keeps a binary snapshot as two files, `<name>.snap` with metadata and `<name>.snap.json` with the
//! bytes. Below `pending_outputs/` the second is a symbolic link to the golden and the first does not
//! exist, so accepting a snapshot writes plain JSON through the link, also through a dangling one.

use std::fs;
use std::path::{Path, PathBuf};

use insta::Settings;

/// Longest description, in characters: what `cargo insta review` shows of a difference.
const MAX_DESCRIPTION: usize = 4000;

/// Hands a pending golden to insta; made by [`assert_golden!`](crate::assert_golden) in the user's crate.
pub type Accept = fn(&Pending);

/// A golden that insta is offered to write.
#[derive(Debug)]
pub struct Pending {
    /// The folder of the snapshot's files, below `pending_outputs/`.
    folder: PathBuf,
    /// Name and extension; the name has no dot, since insta ends it there.
    name: String,
    golden: PathBuf,
    bytes: Vec<u8>,
    description: String,
}

impl Pending {
    /// The pending side of `golden`, a file below `root/expected_outputs`.
    pub(super) fn new(root: &Path, golden: &Path) -> Self {
        let relative = golden
            .strip_prefix(root.join("expected_outputs"))
            .unwrap_or(golden);
        let folder = relative.parent().unwrap_or(Path::new(""));
        let stem = golden.file_stem().unwrap_or_default().to_string_lossy();
        Self {
            folder: root.join("pending_outputs").join(folder),
            name: format!("{}.json", stem.replace('%', "%25").replace('.', "%2E")),
            golden: golden.to_owned(),
            bytes: Vec::new(),
            description: String::new(),
        }
    }

    /// The settings under which insta is called.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::new();
        settings.set_snapshot_path(&self.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(&*self.description);
        settings
    }

    /// Name and extension of the snapshot.
    pub fn snapshot_name(&self) -> &str {
        &self.name
    }

    /// The new golden.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    fn file(&self, ending: &str) -> PathBuf {
        let stem = self.name.strip_suffix(".json").unwrap_or(&self.name);
        self.folder.join(format!("{stem}.{ending}"))
    }

    /// Takes over what was accepted where links are not available, and removes what earlier runs left.
    pub(super) fn tidy(&self) {
        let (accepted, bytes) = (self.file("snap"), self.file("snap.json"));
        let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
        if accepted.is_file() && bytes.is_file() && !is_link(&bytes) {
            report(&bytes, fs::copy(&bytes, &self.golden).map(drop));
        }
        // A `.snap` beside the link would make cargo-insta delete the link before it writes.
        for ending in ["snap", "snap.json", "snap.new", "snap.new.json"] {
            let path = self.file(ending);
            if fs::symlink_metadata(&path).is_ok() {
                report(&path, fs::remove_file(&path));
            }
        }
    }

    /// Lays the link and sets what insta is to write.
    pub(super) fn offer(mut self, bytes: Vec<u8>, description: &str) -> Self {
        let link = self.file("snap.json");
        let made = fs::create_dir_all(&self.folder)
            .and_then(|()| self.golden.parent().map_or(Ok(()), fs::create_dir_all))
            .and_then(|()| symlink(&self.golden, &link));
        if let Err(error) = made {
            eprintln!(
                "{}: {error}; no link, so the next run takes over what is accepted",
                link.display()
            );
        }
        self.bytes = bytes;
        self.description = bounded(description);
        self
    }
}

fn report(path: &Path, result: std::io::Result<()>) {
    if let Err(error) = result {
        eprintln!("{}: {error}", path.display());
    }
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_DESCRIPTION) {
        Some((end, _)) => format!("{}\n… cut here; run the test to see all", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(unix)]
fn symlink(golden: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(golden, link)
}

#[cfg(windows)]
fn symlink(golden: &Path, link: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(golden, link)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other("this system has no links"))
}
