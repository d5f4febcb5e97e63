//! What a build script does: scan, write the manifest, tell Cargo what to watch.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use quant_case::Words;
use quant_case::lists::{LIST, LOCAL};

use crate::TREES;
use crate::manifest;
use crate::scan::{Scan, scan};

/// The variables by which a run under `cargo insta` is known.
const INSTA: [&str; 3] = ["INSTA_CARGO_INSTA", "INSTA_UPDATE", "CI"];

/// Scans the package of the running build script; the whole of a `build.rs` of a package that uses ONE's words alone.
///
/// # Panics
/// Outside a build script, or when `OUT_DIR` cannot be written.
pub fn build() {
    build_with(&Words::new());
}

/// The same for a package with words of its own.
///
/// ```no_run
/// # let main = ||
/// quant_testgen::build_with(
///     &quant_testgen::Words::new()
///         .granularity("group32")
///         .dtype("fp8")
///         .stage("calibration")
///         .test("group32", "fp8", &["calibration", "quantization"]),
/// )
/// # ;
/// ```
///
/// What is wrong in lists and trees does not fail the build script: the manifest carries it to
/// `value_tests!`, which reports all of it at once, and only where the tests are compiled.
///
/// # Panics
/// Outside a build script, or when `OUT_DIR` cannot be written.
pub fn build_with(words: &Words) {
    write(&PathBuf::from(variable("CARGO_MANIFEST_DIR")), words);
}

/// [`build`] for a package whose list and trees stand in another folder, seen from its `Cargo.toml`. Its tests take that
/// folder for their package's: `env!("CARGO_MANIFEST_DIR")` names it there.
///
/// # Panics
/// As [`build`] does, and when there is no such folder.
pub fn build_in(folder: &str) {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join(folder);
    let root = root
        .canonicalize()
        .unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    println!("cargo:rustc-env=CARGO_MANIFEST_DIR={}", root.display());
    write(&root, &Words::new());
}

/// A variable that Cargo sets for build scripts.
fn variable(name: &str) -> OsString {
    env::var_os(name).unwrap_or_else(|| panic!("{name} is not set; call build() from build.rs"))
}

fn write(root: &Path, words: &Words) {
    let scan = scan(root, creates_goldens(), words);
    for line in watch(root, &scan) {
        println!("cargo:{line}");
    }
    // Cargo sets it for the tests too. The runner says what differs; insta need not say it again.
    println!("cargo:rustc-env=INSTA_OUTPUT=none");
    let path = PathBuf::from(variable("OUT_DIR")).join(manifest::FILE);
    fs::write(&path, manifest::write(&scan, words))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// What [`build_with`] would write for the package at `root`, goldens being made nowhere.
#[doc(hidden)]
pub fn manifest_of(root: &Path, words: &Words) -> String {
    manifest::write(&scan(root, false, words), words)
}

/// Whether missing goldens are let through, so that the tests can offer them to `cargo insta`.
fn creates_goldens() -> bool {
    let is = |name, wanted| env::var(name).is_ok_and(|value| value == wanted);
    is("INSTA_CARGO_INSTA", "1")
        && is("INSTA_UPDATE", "new")
        && env::var_os("CI").is_none_or(|value| value.is_empty())
}

/// Cargo looks at the newest change below a folder, so the trees are watched as a whole: single files would
/// miss what is added or comes back. A path that does not exist makes every build dirty; that is what a list or
/// tree that is needed and not there should do, and what an absent `test.local.lst` should not. The path that
/// stands for it never exists: what comes back with its old times would else look as if nothing had happened.
fn watch(root: &Path, scan: &Scan) -> Vec<String> {
    let mut lines = vec!["rerun-if-changed=build.rs".to_owned()];
    let shown = |path: &str| root.join(path).display().to_string();
    let trees = TREES.map(|tree| (tree, scan.needs.contains(tree)));
    let lists = [(LIST, true), (LOCAL, false)];
    for (path, needed) in lists.into_iter().chain(trees) {
        if root.join(path).exists() || (path == LOCAL && scan.has_local_list) {
            lines.push(format!("rerun-if-changed={}", shown(path)));
        } else if needed {
            lines.push(format!("rerun-if-changed={} is missing", shown(path)));
        }
    }
    // Only while something is missing: switching between `cargo test` and `cargo insta` rebuilds nothing.
    if scan.missing_goldens {
        lines.extend(INSTA.iter().map(|name| format!("rerun-if-env-changed={name}")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_watched_only_while_goldens_are_missing() {
        let mut scan = Scan::default();
        let nowhere = Path::new("/nowhere");
        assert_eq!(
            watch(nowhere, &scan),
            [
                "rerun-if-changed=build.rs",
                "rerun-if-changed=/nowhere/test.lst is missing"
            ]
        );
        scan.missing_goldens = true;
        scan.has_local_list = true;
        scan.needs.insert("recipes");
        assert_eq!(
            watch(nowhere, &scan)[2..],
            [
                "rerun-if-changed=/nowhere/test.local.lst",
                "rerun-if-changed=/nowhere/recipes is missing",
                "rerun-if-env-changed=INSTA_CARGO_INSTA",
                "rerun-if-env-changed=INSTA_UPDATE",
                "rerun-if-env-changed=CI"
            ]
        );
    }
}
