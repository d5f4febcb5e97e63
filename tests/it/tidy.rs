//! Rules of this house that no compiler checks.

mod circles;

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file that a reader takes in at once.
const LONGEST: usize = 310;

/// Every Rust file of the workspace that a person wrote, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == "rs") && !name.contains("_generated") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(files.len() > 100, "only {} files", files.len());
    files
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "));
    none(
        &silent
            .map(|(path, _)| format!("{}: begin with `//! `", path.display()))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn files_are_short() {
    let long = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LONGEST);
    none(
        &long
            .map(|(path, text)| format!("{}: {} lines; split it", path.display(), text.lines().count()))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn files_import_each_other_as_a_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::read_dir(root.join("crates")).unwrap();
    let mut packages: Vec<PathBuf> = crates.map(|entry| entry.unwrap().path()).collect();
    packages.extend([
        root.to_owned(),
        root.join("quant-core"),
        root.join("quant-macros"),
    ]);
    packages.sort();
    let mut found = Vec::new();
    for src in packages
        .iter()
        .map(|package| package.join("src"))
        .filter(|src| src.exists())
    {
        let place = src.strip_prefix(root).unwrap().display();
        for circle in circles::circles(&src) {
            let files = circle.join(", ");
            found.push(format!(
                "{place}: {files} import each other; move what they share below both"
            ));
        }
    }
    none(&found);
}

#[test]
fn nothing_is_left_undone() {
    // Written in two parts, so that this file does not find itself.
    let marks = [
        ("to", "do!"),
        ("unimple", "mented!"),
        ("db", "g!("),
        ("FIX", "ME"),
        ("TO", "DO"),
    ];
    let mut found = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|(a, b)| line.contains(&format!("{a}{b}"))) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    none(&found);
}

#[test]
fn the_core_opens_no_file_and_prints_nothing() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let silent = [
            "quant-core",
            "crates/quant-interp",
            "crates/quant-ir",
            "crates/quant-numeric",
        ];
        if !silent
            .iter()
            .any(|krate| path.starts_with(format!("{krate}/src")))
        {
            continue;
        }
        for word in [
            "std::fs",
            "std::io",
            "std::env",
            "println!",
            "eprintln!",
            "HashMap",
            "HashSet",
        ] {
            // What the documentation shows is a program of the user's, which may.
            let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            if code.any(|line| line.contains(word)) {
                found.push(format!("{}: {word}", path.display()));
            }
        }
    }
    none(&found);
}

#[test]
fn every_operator_has_a_recipe_or_vectors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recipes: Vec<String> = fs::read_dir(root.join("recipes"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        // A checkpoint has no operators, and AMCT's graphs have TensorFlow's.
        .filter(|path| path.join("test.recipe").exists())
        .map(|path| fs::read_to_string(path.join("test.recipe")).unwrap())
        .collect();
    let untried = quant_case::operators::all().filter(|operator| {
        let line = format!("type: \"{}\"", operator.kind);
        let vectors = root.join(format!("quant-core/tests/vectors/{}.json", operator.kind));
        !recipes.iter().any(|recipe| recipe.contains(&line)) && !vectors.exists()
    });
    none(
        &untried
            .map(|operator| format!("{}: no recipe and no vectors use it", operator.kind))
            .collect::<Vec<_>>(),
    );
}

/// `test = false` and `doctest = false` save the compiler a build; they must not silence a test.
#[test]
fn nothing_is_silently_untested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources();
    let (mut found, mut manifests) = (Vec::new(), 0);
    let crates = fs::read_dir(root.join("crates")).unwrap();
    for entry in fs::read_dir(root).unwrap().chain(crates) {
        let folder = entry.unwrap().path();
        let folder = if folder.file_name().is_some_and(|name| name == "src") {
            root
        } else {
            &folder
        };
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else {
            continue;
        };
        manifests += 1;
        let src = folder.strip_prefix(root).unwrap().join("src");
        let library = manifest.split("\n[").find(|table| table.starts_with("lib]"));
        let says = |line: &str| library.is_some_and(|table| table.lines().any(|other| other == line));
        for (path, text) in sources.iter().filter(|(path, _)| path.starts_with(&src)) {
            let program = path.starts_with("src/bin") || path.ends_with("src/main.rs");
            if (says("test = false") || program) && text.contains("#[test]") {
                found.push(format!("{}: no target runs its tests", path.display()));
            }
            let fences = text
                .lines()
                .map(str::trim_start)
                .filter(|line| line.starts_with("//"));
            let mut fences =
                fences.filter_map(|line| line.trim_start_matches(['/', '!', ' ']).strip_prefix("```"));
            // Every second one closes.
            let doc_test = fences
                .by_ref()
                .step_by(2)
                .any(|word| !matches!(word, "text" | "ignore" | "toml" | "sh"));
            if says("doctest = false") && doc_test {
                found.push(format!("{}: no target runs its doc test", path.display()));
            }
        }
    }
    assert!(manifests > 15, "only {manifests} manifests");
    none(&found);
}

#[test]
fn the_documents_name_every_verb_and_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let mut missing = Vec::new();
    for entry in fs::read_dir(root.join("src/verbs")).unwrap() {
        let verb = entry
            .unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .replace('_', "-");
        if !read("docs/cli.md").contains(&format!("quant {verb}")) {
            missing.push(format!("docs/cli.md: quant {verb}"));
        }
    }
    let crates = fs::read_dir(root.join("crates")).unwrap();
    for entry in fs::read_dir(root).unwrap().chain(crates) {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if name.starts_with("quant-") && !read("docs/architecture.md").contains(&format!("`{name}`")) {
            missing.push(format!("docs/architecture.md: `{name}`"));
        }
    }
    for command in ["cargo run --release -- run", "cargo test --workspace"] {
        if !read("README.md").contains(command) {
            missing.push(format!("README.md: {command}"));
        }
    }
    none(&missing);
}
