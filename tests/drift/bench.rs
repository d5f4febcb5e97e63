//! The package on which Cargo is driven.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");
pub const KER: &str = "expected_outputs/Conv2D_000/channel/uint8/quantization/ker.json";
pub const RECIPE: &str = "recipes/Conv2D_000/test.recipe";
pub const INPUTS: &str = "test_inputs/Conv2D_000/channel/uint8";
pub const QCONF: &str = "config_files/ReLU_000/layer/uint8/qconf.json";
pub const LIST: &str = "addTest(Conv2D_000 channel uint8)\naddQConfTest(ReLU_000 layer uint8)\n";

/// A package with value tests.
pub struct Bench {
    root: PathBuf,
    target: PathBuf,
}

/// What Cargo did.
pub struct Run {
    pub passed: bool,
    /// The targets that were not fresh: the kind of the package's own, with its name of another's.
    pub built: BTreeSet<String>,
    /// All that was said: messages of the compiler, output of the tests.
    pub said: String,
}

impl Bench {
    /// The package `bench-NAME`, with two rows and their files. `None`, said past the harness, without Cargo.
    /// Packages of one name below one target folder would be one to Cargo, wherever they lie. The folder is shared with
    /// `tools/e2e_insta.sh` and `tools/check_third_party.sh`, so that the quantizer is compiled once for all of them.
    pub fn new(name: &str) -> Option<Self> {
        if Command::new("cargo").arg("--version").output().is_err() {
            let _ = writeln!(std::io::stderr(), "drift: SKIPPED, there is no `cargo` on PATH");
            return None;
        }
        let drift = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("drift");
        let bench = Self {
            root: drift.join(name),
            target: drift.with_file_name("outside"),
        };
        let _ = fs::remove_dir_all(&bench.root);
        let cargo = format!(
            r#"[package]
name = "bench-{name}"
version = "0.0.0"
edition = "2024"

[workspace]

[build-dependencies]
quant-testgen = {{ path = '{REPOSITORY}/crates/quant-testgen' }}

[dev-dependencies]
quant-macros = {{ path = '{REPOSITORY}/quant-macros' }}
quant-testgen = {{ path = '{REPOSITORY}/crates/quant-testgen', features = ["run", "core"] }}

[profile.dev]
debug = false
incremental = false
"#
        );
        bench.write("Cargo.toml", &cargo);
        bench.write("build.rs", "fn main() { quant_testgen::build() }");
        bench.write("src/lib.rs", "");
        bench.write("tests/value.rs", "quant_macros::value_tests!();");
        fs::copy(Path::new(REPOSITORY).join("Cargo.lock"), bench.path("Cargo.lock")).unwrap();
        bench.write("test.lst", LIST);
        for folder in [
            "recipes/Conv2D_000",
            "recipes/ReLU_000",
            "config_files/ReLU_000/layer/uint8",
            INPUTS,
            "test_inputs/ReLU_000_config/layer/uint8",
            "expected_outputs/Conv2D_000/channel/uint8",
            "expected_outputs/ReLU_000_config/layer/uint8",
        ] {
            copy(&Path::new(REPOSITORY).join(folder), &bench.path(folder));
        }
        Some(bench)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Writes a file as of now, to the nanosecond; a file system alone may go by clock ticks.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now()).unwrap();
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub fn cargo(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new("cargo");
        command.args([
            "test",
            "--offline",
            "--quiet",
            "--test=value",
            "--message-format=json",
        ]);
        command.args(arguments).current_dir(&self.root);
        for name in ["CI", "INSTA_UPDATE", "INSTA_CARGO_INSTA", "INSTA_FORCE_PASS"] {
            command.env_remove(name);
        }
        command.env("CARGO_TARGET_DIR", &self.target);
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        let mut run = Run {
            passed: output.status.success(),
            built: BTreeSet::new(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else {
                run.said = run.said + line + "\n";
                continue;
            };
            let target = &message["target"];
            if message["reason"] == "compiler-artifact" && message["fresh"] == false {
                let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                let (kind, name) = (word(&target["kind"][0]), word(&target["name"]));
                let own = word(&message["package_id"]).contains("#bench-");
                run.built
                    .insert(if own { kind } else { format!("{kind} {name}") });
            }
            if message["reason"] == "compiler-message" {
                run.said += message["message"]["message"].as_str().unwrap_or_default();
                run.said += "\n";
            }
        }
        run
    }

    /// Builds the tests: what must be built for it, and the error that must come of it, if any.
    #[track_caller]
    pub fn builds(&self, what: &str, wanted: &[&str], error: Option<&str>) {
        let run = self.cargo(&["--no-run"], &[]);
        assert_eq!(run.passed, error.is_none(), "{what}\n{}", run.said);
        assert!(
            run.built.iter().eq(wanted),
            "{what}: {:?}\n{}",
            run.built,
            run.said
        );
        let error = error.unwrap_or_default();
        assert!(run.said.contains(error), "{what}: {error}\n{}", run.said);
    }

    /// Runs the tests: what must be built for it, and what must be said, of which the second part failed.
    #[track_caller]
    pub fn tests(&self, what: &str, wanted: &[&str], failure: Option<&str>) {
        let run = self.cargo(&[], &[]);
        assert!(
            run.built.iter().eq(wanted),
            "{what}: {:?}\n{}",
            run.built,
            run.said
        );
        assert_eq!(run.passed, failure.is_none(), "{what}\n{}", run.said);
        let failure = failure.unwrap_or("test result: ok");
        assert!(run.said.contains(failure), "{what}: {failure}\n{}", run.said);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
