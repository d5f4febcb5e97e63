//! What is built again when lists and trees change: what must be, and nothing else.
//!
//! Cargo is driven on a small package below `target/drift` whose tests are generated from a few of this project's
//! models, and its own word is taken on what it found fresh. Cargo knows one time for a watched folder, the newest
//! below it, and builds all targets of a package whose build script has run. So any change of list or trees, an
//! edited value too, builds the package's two targets: its library, and the generated tests. Nothing else is ever
//! built again: neither a dependency, nor a target while nothing has changed.

mod bench;
#[cfg(unix)]
mod moves;

use std::collections::HashSet;
use std::fs;

use bench::{Bench, INPUTS, KER, LIST, QCONF, RECIPE};

/// The targets of the package.
const BOTH: &[&str] = &["lib", "test"];
/// What is built of them when the list or the trees are wrong.
const LIBRARY: &[&str] = &["lib"];
const NOTHING: &[&str] = &[];
/// What `cargo insta test --accept` sets.
const INSTA: &[(&str, &str)] = &[
    ("INSTA_CARGO_INSTA", "1"),
    ("INSTA_UPDATE", "new"),
    ("INSTA_FORCE_PASS", "1"),
];

/// One change of the package's files, undone when it is an error.
enum Change<'a> {
    /// A file that is new, or gets another text.
    Write(&'a str, String),
    Remove(&'a str),
    Rename(&'a str, &'a str),
}

#[test]
#[ignore = "drives cargo for half a minute; run it with `cargo test --test drift -- --ignored`"]
fn each_change_builds_the_tests_and_nothing_else() {
    use Change::{Remove, Rename, Write};
    let Some(bench) = Bench::new("changes") else {
        return;
    };
    assert!(bench.cargo(&["--no-run"], &[]).passed);
    let edited = |path: &str, more: &str| bench.read(path) + more;
    let first = &format!("{INPUTS}/0.txt");
    let [last, next, after] = &[4, 5, 6].map(|number| format!("{INPUTS}/{number}.txt"));
    let orphan = "no row of the list needs this";
    let golden = "expected_outputs/Conv2D_000/channel/uint8/quantization/ker2.json";
    let other_qconf = "config_files/ReLU_000/layer/uint8/qconf2.json";
    let changes: Vec<(Change<'_>, Option<&str>)> = vec![
        (Write(KER, edited(KER, "\n")), None),
        (Write(golden, bench.read(KER)), Some(orphan)),
        (Remove(KER), Some("ker.json is missing; make")),
        (Rename(KER, golden), Some("ker.json is missing; make")),
        (Write(first, edited(first, "\n")), None),
        (Write(first, edited(first, "1,2\n")), Some("0.txt: 2 lines")),
        (Write(next, bench.read(first)), None),
        (Remove(next), None),
        (Remove(first), Some("0.txt is missing")),
        (Rename(last, after), Some("4.txt is missing")),
        (Write(RECIPE, edited(RECIPE, "# the end\n")), None),
        (Write("recipes/B.recipe", bench.read(RECIPE)), Some(orphan)),
        (Remove(RECIPE), Some("test.recipe is missing")),
        (
            Rename("recipes/Conv2D_000", "recipes/B"),
            Some("test.recipe is missing"),
        ),
        (Write(QCONF, edited(QCONF, "// the end\n")), None),
        (Write(other_qconf, String::new()), Some(orphan)),
        (Remove(QCONF), Some("qconf.json is missing")),
        (Rename(QCONF, other_qconf), Some("qconf.json is missing")),
        (Write("test.lst", format!("# all\n{LIST}")), None),
        (
            Write("test.lst", format!("{LIST}{LIST}")),
            Some("stands already at"),
        ),
        (
            Write("test.lst", LIST.lines().next().unwrap().to_owned()),
            Some(orphan),
        ),
        (
            Write("test.lst", LIST.replace("Conv2D_000", "B")),
            Some("recipes/B/test.recipe is missing"),
        ),
        (Remove("test.lst"), Some("the list is missing")),
    ];
    let mut kinds = HashSet::new();
    for (change, error) in changes {
        let (name, old) = match &change {
            Write(path, text) => {
                let old = fs::read_to_string(bench.path(path)).ok();
                bench.write(path, text);
                (format!("write {path}"), old)
            }
            Remove(path) => {
                let old = bench.read(path);
                fs::remove_file(bench.path(path)).unwrap();
                (format!("remove {path}"), Some(old))
            }
            Rename(from, to) => {
                bench.rename(from, to);
                (format!("rename {from}"), None)
            }
        };
        let Some(error) = error else {
            bench.builds(&name, BOTH, None);
            continue;
        };
        bench.builds(&name, LIBRARY, Some(error));
        match (&change, old) {
            (Write(path, _) | Remove(path), Some(old)) => bench.write(path, &old),
            (Write(path, _) | Remove(path), None) => fs::remove_file(bench.path(path)).unwrap(),
            (Rename(from, to), _) => bench.rename(to, from),
        }
        // The next change is built on what stands then; that undoing alone is noticed is seen once for each kind.
        if kinds.insert(std::mem::discriminant(&change)) {
            bench.builds(&format!("undo: {name}"), BOTH, None);
        }
    }
    bench.builds("all is undone", BOTH, None);
    bench.builds("no change", NOTHING, None);
}

#[test]
#[ignore = "drives cargo for half a minute; run it with `cargo test --test drift -- --ignored`"]
fn goldens_that_come_back_wrong_fail_and_insta_builds_nothing() {
    let Some(bench) = Bench::new("goldens") else {
        return;
    };
    bench.cargo(&["--no-run"], &[]);
    bench.tests("no change", NOTHING, None);
    let insta = bench.cargo(&["--no-run"], INSTA);
    assert!(insta.passed && insta.built.is_empty(), "{:?}", insta.built);
    bench.tests("back from cargo insta", NOTHING, None);
    let right = bench.read(KER);
    fs::remove_file(bench.path(KER)).unwrap();
    bench.builds("a golden is removed", LIBRARY, Some("ker.json is missing"));
    let insta = bench.cargo(&["--no-run"], INSTA);
    assert!(insta.passed && insta.built.iter().eq(BOTH), "{:?}", insta.built);
    bench.builds("back while it is missing", LIBRARY, Some("ker.json is missing"));
    bench.write(KER, &right.replacen("0.0", "0.9", 1));
    bench.tests("it comes back wrong", BOTH, Some("`ker` DIFFERS"));
    bench.tests("nothing has changed since", NOTHING, Some("`ker` DIFFERS"));
    bench.write(KER, &right);
    bench.tests("it is right again", BOTH, None);
}
