//! The commands of docs/amct.md: what they print is what stands there.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::common::{QUANT, REPOSITORY};

/// The sessions of the page: blocks of `console`, in which `$ ` begins a command and what it prints follows, both streams without
/// empty lines, and the exit code in brackets unless it is 0.
fn sessions(page: &str) -> Vec<&str> {
    let blocks = page.split("```console\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// A session as it is now.
fn session(text: &str, folder: &Path) -> String {
    let programs = Path::new(QUANT).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let mut now = String::new();
    for command in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder)
            .env("PATH", &path)
            .output()
            .unwrap();
        writeln!(now, "$ {command}").unwrap();
        for stream in [output.stderr, output.stdout] {
            let text = String::from_utf8(stream).unwrap();
            for line in text.lines().filter(|line| !line.is_empty()) {
                writeln!(now, "{line}").unwrap();
            }
        }
        if output.status.code() != Some(0) {
            writeln!(now, "[{}]", output.status.code().unwrap()).unwrap();
        }
    }
    now
}

/// `BLESS=1 cargo test --test it amct::page` writes the page anew.
#[test]
fn the_walk_through_the_flows_prints_what_the_page_says() {
    let path = format!("{REPOSITORY}/docs/amct.md");
    let page = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["recipes", "test_inputs"] {
        symlink(format!("{REPOSITORY}/{name}"), folder.path().join(name)).unwrap();
    }
    let sessions = sessions(&page);
    assert_eq!(sessions.len(), 6, "the configuration, and five flows");
    let mut now = page.clone();
    for text in sessions {
        now = now.replacen(text, &session(text, folder.path()), 1);
    }
    if std::env::var_os("BLESS").is_some() {
        return fs::write(path, now).unwrap();
    }
    assert!(now == page, "docs/amct.md is now\n{now}");
}
