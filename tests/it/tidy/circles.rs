//! Which files of a crate import each other in a circle: from `use` lines and paths, without a compiler.
//!
//! A file imports another when it names something of it. Names that a parent passes on lead to the file that has them, and a
//! parent that only declares and re-exports its children imports nothing. Modules of tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module's path below its crate; empty for the root.
type Module = Vec<String>;

/// The files below `src` that stand in circles: each circle as the sorted names of its files.
pub fn circles(src: &Path) -> Vec<Vec<String>> {
    let files = files(src);
    let edges: BTreeMap<&Module, BTreeSet<Module>> = files
        .keys()
        .filter(|module| !of_tests(module))
        .map(|module| (module, imports(&files, module)))
        .collect();
    // Few files, few lines between them: whatever reaches itself stands in a circle with all that it reaches and that
    // reach it.
    let reach: BTreeMap<&Module, BTreeSet<&Module>> = edges
        .keys()
        .map(|module| (*module, reached(&edges, module)))
        .collect();
    let mut found = BTreeSet::new();
    for (module, others) in reach.iter().filter(|(module, others)| others.contains(*module)) {
        let circle = others
            .iter()
            .filter(|other| reach.get(*other).is_some_and(|back| back.contains(module)));
        let name = |module: &&Module| match module.as_slice() {
            [] => "the root".to_owned(),
            names => names.join("/"),
        };
        found.insert(circle.map(name).collect());
    }
    found.into_iter().collect()
}

fn reached<'a>(edges: &'a BTreeMap<&Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<&'a Module> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Module> = edges.get(from).into_iter().flatten().collect();
    while let Some(module) = open.pop() {
        if seen.insert(module) {
            open.extend(edges.get(module).into_iter().flatten());
        }
    }
    seen
}

/// One file: what it imports, and the paths and names in the rest of it.
struct File {
    uses: Vec<Use>,
    paths: Vec<Vec<String>>,
    names: BTreeSet<String>,
}

/// One name of a `use` line.
struct Use {
    path: Vec<String>,
    name: String,
    public: bool,
}

fn of_tests(module: &Module) -> bool {
    module.iter().any(|name| name == "tests")
}

fn files(src: &Path) -> BTreeMap<Module, File> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(src.to_owned(), Module::new())];
    while let Some((folder, module)) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let mut module = module.clone();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                module.push(stem);
                folders.push((path, module));
            } else if path.extension().is_some_and(|e| e == "rs") && !stem.ends_with("_generated") {
                // A program beside a library is a crate of its own.
                let root =
                    folder == src && (stem == "lib" || (stem == "main" && !src.join("lib.rs").exists()));
                match (stem.as_str(), root) {
                    ("mod", _) | (_, true) => {}
                    ("main", false) if folder == src => continue,
                    _ => module.push(stem),
                }
                found.insert(module, parse(&tokens(&fs::read_to_string(path).unwrap())));
            }
        }
    }
    found
}

/// Identifiers, `::` and single signs; no comments, texts and lifetimes.
fn tokens(text: &str) -> Vec<&str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let raw = rest
            .strip_prefix('r')
            .map(|behind| behind.trim_start_matches('#'));
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(behind) = raw.filter(|behind| behind.starts_with('"')) {
            let hashes = rest.len() - behind.len() - 1;
            let end = format!("\"{}", "#".repeat(hashes));
            rest.len() - behind.len() + 1 + behind[1..].find(&end).unwrap() + end.len()
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let end = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                end
            });
            end.unwrap() + 2
        } else if first == '\'' {
            // A character ends with a quote, a lifetime does not.
            let escaped = usize::from(rest[1..].starts_with('\\'));
            let skip = rest[1 + escaped..].chars().next().unwrap().len_utf8();
            match rest[1 + escaped + skip..].find('\'') {
                Some(end) if end == 0 || escaped == 1 => 2 + escaped + skip + end,
                _ => 1,
            }
        } else if word(first) {
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            found.push(&rest[..end]);
            end
        } else if rest.starts_with("::") {
            found.push("::");
            2
        } else {
            if !first.is_whitespace() {
                found.push(&rest[..first.len_utf8()]);
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

fn parse(tokens: &[&str]) -> File {
    let mut file = File {
        uses: Vec::new(),
        paths: Vec::new(),
        names: BTreeSet::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        let here = &tokens[at..];
        if let ["#", "[", "cfg", "(", "test", ")", "]", "mod", _, "{", ..] = here {
            at += 10 + closing(&here[10..]);
        } else if let ["mod", _, ";", ..] = here {
            at += 2;
        } else if here[0] == "use" && here.get(1) != Some(&"<") {
            // `pub use`, `pub(crate) use`; not `fn use`, and above, not `impl Trait + use<>`.
            let public = at > 0 && matches!(tokens[at - 1], "pub" | ")");
            let end = here.iter().position(|token| *token == ";").unwrap();
            tree(&here[1..end], &[], public, &mut file.uses);
            at += end;
        } else if word(here[0]) {
            let mut path = vec![here[0].to_owned()];
            while let (Some(&"::"), Some(next)) =
                (tokens.get(at + 1), tokens.get(at + 2).filter(|next| word(next)))
            {
                path.push((*next).to_owned());
                at += 2;
            }
            file.names.insert(path[0].clone());
            if path.len() > 1 {
                file.paths.push(path);
            }
        }
        at += 1;
    }
    file
}

fn word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Tokens up to the brace that closes an open one.
fn closing(tokens: &[&str]) -> usize {
    let mut depth = 1;
    let end = tokens.iter().position(|token| {
        depth += i32::from(*token == "{") - i32::from(*token == "}");
        depth == 0
    });
    end.unwrap()
}

/// The names of a `use` tree, `a::{b, c::d as e, self}`.
fn tree(tokens: &[&str], before: &[String], public: bool, uses: &mut Vec<Use>) {
    let mut path = before.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            "{" => {
                let inner = &tokens[at + 1..at + 1 + closing(&tokens[at + 1..])];
                let mut depth = 0;
                let parts = inner.split(|token| {
                    depth += i32::from(*token == "{") - i32::from(*token == "}");
                    depth == 0 && *token == ","
                });
                parts
                    .filter(|part| !part.is_empty())
                    .for_each(|part| tree(part, &path, public, uses));
                return;
            }
            "as" => {
                let name = tokens[at + 1].to_owned();
                uses.push(Use { path, name, public });
                return;
            }
            "::" => {}
            "self" if !path.is_empty() => {}
            token => path.push(token.to_owned()),
        }
        at += 1;
    }
    let name = path.last().unwrap().clone();
    uses.push(Use { path, name, public });
}

/// A path of the file `module` from the crate's root on; `None` when it leads out of the crate.
fn absolute(files: &BTreeMap<Module, File>, module: &Module, path: &[String]) -> Option<Vec<String>> {
    let child = || [module.as_slice(), &path[..1]].concat();
    match path[0].as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" | "super" => {
            let up = path.iter().filter(|name| *name == "super").count();
            let down = path
                .iter()
                .skip_while(|name| matches!(name.as_str(), "self" | "super"));
            let base = module[..module.len().checked_sub(up)?].iter();
            Some(base.chain(down).cloned().collect())
        }
        _ => files
            .contains_key(&child())
            .then(|| [module.as_slice(), path].concat()),
    }
}

/// The file in which a path ends, behind the names that files pass on.
fn target(files: &BTreeMap<Module, File>, path: &[String], depth: usize) -> Option<Module> {
    let length = (0..=path.len())
        .rev()
        .find(|length| files.contains_key(&path[..*length]))?;
    let module = path[..length].to_vec();
    let passed = path.get(length).and_then(|name| {
        let found = files[&module].uses.iter().find(|entry| entry.name == *name)?;
        absolute(files, &module, &found.path)
    });
    match passed {
        Some(passed) if depth < 8 => target(
            files,
            &[passed.as_slice(), &path[length + 1..]].concat(),
            depth + 1,
        ),
        _ => Some(module),
    }
}

fn imports(files: &BTreeMap<Module, File>, module: &Module) -> BTreeSet<Module> {
    let file = &files[module];
    let mut found = BTreeSet::new();
    for entry in &file.uses {
        let path = entry.path.strip_suffix(&["*".to_owned()]).unwrap_or(&entry.path);
        let Some(at) = absolute(files, module, path).and_then(|path| target(files, &path, 0)) else {
            continue;
        };
        let passes_on = entry.public && at.starts_with(module) && !file.names.contains(&entry.name);
        if !passes_on {
            found.insert(at);
        }
    }
    for path in &file.paths {
        let import = file.uses.iter().find(|entry| entry.name == path[0]);
        let whole = import.map_or(path.clone(), |entry| [&entry.path, &path[1..]].concat());
        if let Some(path) = absolute(files, module, &whole) {
            found.extend(target(files, &path, 0));
        }
    }
    found.retain(|other| other != module && !of_tests(other));
    found
}
