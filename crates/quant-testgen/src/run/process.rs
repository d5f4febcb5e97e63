//! Running one external command: its words, its folder, its end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The file in a command's folder that holds what it said.
pub(super) const SAID: &str = "said.txt";

/// How many lines of what a command said are shown.
const LINES: usize = 20;

/// A folder for the files of one command; it goes with the value.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Result<Self, String> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("quant-testgen-{}-{number}", std::process::id()));
        create(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Makes a folder.
pub(super) fn create(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The words of a template: split at blanks, `{name}` replaced; words between `[` and `]` are left out when one of them asks
/// for something `missing`.
pub(super) fn words(
    template: &str,
    missing: &[&str],
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<String>, String> {
    let (mut words, mut group) = (Vec::new(), None);
    for word in template.split_whitespace() {
        let inside = word.strip_prefix('[');
        if inside.is_some() {
            group = Some(Vec::new());
        }
        let word = inside.unwrap_or(word);
        let last = group.is_some() && word.ends_with(']');
        let word = if last { word.trim_end_matches(']') } else { word };
        group.as_mut().unwrap_or(&mut words).push(word);
        if last {
            let asked = group.take().unwrap_or_default();
            let lacks = |word: &&str| missing.iter().any(|name| word.contains(&format!("{{{name}}}")));
            if !asked.iter().any(lacks) {
                words.extend(asked);
            }
        }
    }
    words.extend(group.unwrap_or_default());
    words.into_iter().map(|word| filled(word, value)).collect()
}

fn filled(word: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        let unknown = || {
            format!(
                "`{word}` in a command is unknown; use {{in}}, {{out}}, {{type}}, {{granularity}}, {{data}}, {{data_raw}}, {{config}}, {{observer}}; in ONNX also {{format}}, {{activation_type}}, {{weight_type}}, {{cache}}, {{bits}}, {{block_size}}"
            )
        };
        let (name, behind) = after.split_once('}').ok_or_else(unknown)?;
        text += before;
        text += &value(name).ok_or_else(unknown)?;
        rest = behind;
    }
    Ok(text + rest)
}

/// Runs a command to its end.
///
/// # Errors
/// It cannot be started, takes too long, or ends with a failure: with the command and what it said.
pub(super) fn run(words: &[String], folder: &Folder, time_out: Duration) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let said = folder.path(SAID);
    let file = || File::create(&said).and_then(|out| Ok((out.try_clone()?, out)));
    let (out, errors) = file().map_err(|error| format!("{}: {error}", said.display()))?;
    let shown = words.join(" ");
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("{program}: {error}; install it, or correct the command\n  {shown}"))?;
    let fail = |how: String| {
        let text = String::from_utf8_lossy(&fs::read(&said).unwrap_or_default()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LINES)..].join("\n    ");
        Err(format!("the command {how}\n  {shown}\n    {last}"))
    };
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return fail(format!("ended with {status}")),
            Ok(None) if start.elapsed() > time_out => {
                let killed = child.kill().and_then(|()| child.wait());
                drop(killed);
                return fail(format!(
                    "did not end within {} s and was killed",
                    time_out.as_secs_f32()
                ));
            }
            Ok(None) => thread::sleep(pause),
            Err(error) => return fail(format!("cannot be waited for: {error}")),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, seconds: f32) -> Result<(), String> {
        let words = ["sh", "-c", script].map(str::to_owned);
        run(&words, &Folder::new().unwrap(), Duration::from_secs_f32(seconds))
    }

    #[test]
    fn failures_show_the_command_and_what_it_said() {
        assert_eq!(shell("true", 10.0), Ok(()));
        assert_eq!(
            shell("echo far; echo wrong >&2; exit 3", 10.0).unwrap_err(),
            "the command ended with exit status: 3\n  sh -c echo far; echo wrong >&2; exit 3\n    far\n    wrong"
        );
        let slow = shell("echo begun; exec sleep 20", 0.3).unwrap_err();
        assert!(
            slow.starts_with("the command did not end within 0.3 s and was killed"),
            "{slow}"
        );
        assert!(slow.ends_with("\n    begun"), "{slow}");
        let none = run(
            &["no-such-program".to_owned()],
            &Folder::new().unwrap(),
            Duration::from_secs(1),
        );
        assert!(none.unwrap_err().starts_with("no-such-program: No such file"), "");
        let long = shell("seq 1 100; exit 1", 10.0).unwrap_err();
        assert_eq!(long.lines().count(), 2 + LINES, "{long}");
    }

    #[test]
    fn templates() {
        let value = |name: &str| (name != "other").then(|| format!("<{name}>"));
        let template = "tool --t={type} [--config {config}] {in} {out}";
        let with = words(template, &[], &value).unwrap();
        assert_eq!(
            with,
            ["tool", "--t=<type>", "--config", "<config>", "<in>", "<out>"]
        );
        assert_eq!(
            words(template, &["config", "observer"], &value).unwrap(),
            ["tool", "--t=<type>", "<in>", "<out>"]
        );
        assert!(
            words("a {other}", &[], &value)
                .unwrap_err()
                .starts_with("`{other}` in a command is unknown")
        );
    }
}
