//! What the command line says, as files: each `tests/transcripts/*.txt` is a session in a folder of its own.
//! `BLESS=1 cargo test --test it transcripts::` writes them anew.
//!
//! Lines with `# ` are comments. Lines with `+` put something into the folder: `+ file NAME TEXT` (`\x08` is a byte), `+ folder NAME`,
//! `+ recipe MODEL NAME` (of this repository), `+ npy NAME DIM…` (ones), `+ h5 NAME PATH…` (ones of shape 1, 3, 4, 2).
//! Lines with `$` are commands. What they print follows, both streams without empty lines, and the exit code in brackets
//! unless it is 0.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use quant_hdf5::{Array, Node, Type};

use crate::common::{QUANT, REPOSITORY};

#[test]
fn sessions() {
    let mut files: Vec<_> = fs::read_dir(format!("{REPOSITORY}/tests/transcripts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let wanted = fs::read_to_string(&path).unwrap();
        let found = session(&wanted);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &found).unwrap();
            continue;
        }
        assert!(found == wanted, "{} is now\n{found}", path.display());
    }
}

/// Runs the lines of a session; the session as it is now.
fn session(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut now = String::new();
    for line in text.lines() {
        if let Some(what) = line.strip_prefix("+ ") {
            writeln!(now, "{line}").unwrap();
            put(folder.path(), what);
        } else if let Some(command) = line.strip_prefix("$ ") {
            writeln!(now, "{line}").unwrap();
            run(folder.path(), command, &mut now);
        } else if line.starts_with("# ") {
            writeln!(now, "{line}").unwrap();
        }
    }
    now
}

fn run(folder: &Path, command: &str, now: &mut String) {
    let mut words = command.split(' ');
    let program = match words.next() {
        Some("quant") => QUANT,
        Some("ls") => "ls",
        program => panic!("{program:?} is no program of these sessions"),
    };
    let output = Command::new(program)
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    for stream in [output.stdout, output.stderr] {
        for line in String::from_utf8(stream)
            .unwrap()
            .lines()
            .filter(|line| !line.is_empty())
        {
            writeln!(now, "{line}").unwrap();
        }
    }
    match output.status.code() {
        Some(0) => {}
        code => writeln!(now, "[{}]", code.unwrap()).unwrap(),
    }
}

fn put(folder: &Path, what: &str) {
    let words: Vec<&str> = what.split(' ').collect();
    let place = |name: &str| folder.join(name);
    match &words[..] {
        ["file", name, text @ ..] => fs::write(place(name), bytes(&text.join(" "))).unwrap(),
        ["folder", name] => fs::create_dir(place(name)).unwrap(),
        ["recipe", model, name] => {
            fs::copy(format!("{REPOSITORY}/recipes/{model}/test.recipe"), place(name)).unwrap();
        }
        ["npy", name, dims @ ..] => {
            let elements = dims.iter().map(|dim| dim.parse::<usize>().unwrap()).product();
            let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
            let mut file = b"\x93NUMPY\x01\0".to_vec();
            let header = format!("{header}{},), }}\n", dims.join(", "));
            file.extend((header.len() as u16).to_le_bytes());
            file.extend(header.as_bytes());
            file.extend(1f32.to_le_bytes().repeat(elements));
            fs::write(place(name), file).unwrap();
        }
        ["h5", name, paths @ ..] => {
            let mut root = BTreeMap::new();
            for path in paths {
                let parts: Vec<&str> = path.split('/').collect();
                insert(&mut root, &parts);
            }
            quant_hdf5::write(&root, &mut fs::File::create(place(name)).unwrap()).unwrap();
        }
        _ => panic!("`+ {what}` puts nothing"),
    }
}

/// Adds a dataset to the group that its path leads to.
fn insert(group: &mut BTreeMap<String, Node<'static>>, parts: &[&str]) {
    match parts {
        [name] => {
            let array = Array {
                dtype: Type::Float(4),
                shape: vec![1, 3, 4, 2],
                bytes: 1f32.to_le_bytes().repeat(24).into(),
            };
            group.insert((*name).to_owned(), Node::Array(array));
        }
        [name, rest @ ..] => {
            let inner = group
                .entry((*name).to_owned())
                .or_insert_with(|| Node::Group(BTreeMap::new()));
            let Node::Group(inner) = inner else {
                panic!("{name} is a dataset")
            };
            insert(inner, rest);
        }
        [] => panic!("a dataset without a name"),
    }
}

/// Text with `\xHH` for bytes.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(hex, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    bytes
}
