//! Help and completions.

use std::fs;
use std::process::Command;

use super::fails_with;
use crate::common::passes;

#[test]
fn every_verb_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let list = passes(folder.path(), "--help");
    let verbs: Vec<&str> = list
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // What a verb does may take several lines, which begin farther in.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() >= 17, "{verbs:?}");
    for verb in verbs {
        let help = passes(folder.path(), &format!("{verb} --help"));
        for part in [
            "Examples:\n  # ",
            &format!("  quant {verb}"),
            "Exit codes:\n  0  done",
        ] {
            assert!(help.contains(part), "{part} is not in\n{help}");
        }
    }
}

#[test]
fn shells_complete() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = passes(folder.path(), &format!("completions {shell}"));
        for word in ["eval-diff", "error-report", "implant", "mpq", "weights-only"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    fs::write(
        folder.path().join("quant.bash"),
        passes(folder.path(), "completions bash"),
    )
    .unwrap();
    let syntax = Command::new("bash")
        .args(["-n", "quant.bash"])
        .current_dir(folder.path())
        .status();
    assert!(syntax.map_or(true, |status| status.success()));
    let program = passes(folder.path(), "completions bash --program circle-quantizer");
    assert!(
        program.contains("--quantize_with_minmax") && program.contains("complete -F"),
        "{program}"
    );
    fails_with(
        folder.path(),
        "completions bash --program tar",
        2,
        "possible values: quant",
    );
    fails_with(folder.path(), "completions csh", 2, "possible values: bash");
}
