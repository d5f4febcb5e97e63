//! Lists and trees that come with times of long ago: Cargo goes by times, so a generated test looks again.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::bench::{Bench, KER, LIST, RECIPE};
use super::{BOTH, LIBRARY, NOTHING};

/// The generated test that fails when they are not those that the build has seen.
const SEEN: &str = "the_build_has_seen_these_files";

/// Gives a tree times of long ago, as `mv`, `cp -a`, `tar` and `rsync` do.
fn age(path: &Path) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            age(&entry.unwrap().path());
        }
    }
    let long_ago = SystemTime::now() - Duration::from_hours(1000);
    File::open(path).unwrap().set_modified(long_ago).unwrap();
}

#[test]
#[ignore = "drives cargo for half a minute; run it with `cargo test --test drift -- --ignored`"]
fn what_is_moved_with_its_old_times_is_noticed() {
    let Some(bench) = Bench::new("moves") else {
        return;
    };
    let trees = ["recipes", "config_files", "test_inputs", "expected_outputs"];
    for tree in trees {
        age(&bench.path(tree));
    }
    age(&bench.path("test.lst"));
    bench.cargo(&["--no-run"], &[]);
    for path in trees.into_iter().chain(["test.lst"]) {
        bench.rename(path, "away");
        bench.builds(&format!("{path} away"), LIBRARY, Some("is missing"));
        bench.rename("away", path);
        bench.builds(&format!("{path} back"), BOTH, None);
    }
    bench.tests("all is back", NOTHING, None);

    let tests = ["ker.json", "ker2.json"].map(|name| bench.path(KER).with_file_name(name));
    fs::rename(&tests[0], &tests[1]).unwrap();
    age(&bench.path("expected_outputs"));
    bench.tests("other goldens with old times", NOTHING, Some(SEEN));
    fs::rename(&tests[1], &tests[0]).unwrap();
    age(&bench.path("expected_outputs"));
    bench.tests("the same goldens again", NOTHING, None);

    let recipe = bench.read(RECIPE);
    bench.write(RECIPE, &(recipe.clone() + "# older\n"));
    age(&bench.path("recipes"));
    bench.tests("another recipe with old times", NOTHING, Some(SEEN));
    bench.write(RECIPE, &recipe);
    age(&bench.path("recipes"));

    bench.write("test.local.lst", "addTest(Conv2D_000 channel int16)\n");
    bench.tests("a list that was not there", NOTHING, Some(SEEN));
    bench.write("test.lst", LIST);
    let missing = Some("test.local.lst:1:1: test_inputs/Conv2D_000/channel/int16 is missing");
    bench.builds("the way out that the test names", LIBRARY, missing);
    fs::remove_file(bench.path("test.local.lst")).unwrap();
    bench.builds("without it", BOTH, None);
}
