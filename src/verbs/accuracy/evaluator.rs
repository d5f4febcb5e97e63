//! A program of the user's that says how good a model is.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};

/// Bytes of the program's output that are read.
const MAX_OUTPUT: u64 = 1 << 20;

/// The number that a command of the shell prints last, given a model's file as its last argument. A command that takes more
/// than so many seconds is ended.
pub fn run(command: &str, model: &Path, seconds: u64) -> Result<f64> {
    let text = output("--evaluator", command, model, seconds)?;
    let last = text
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let number = last.split_whitespace().last().and_then(|word| word.parse().ok());
    number.filter(|number: &f64| number.is_finite()).ok_or_else(|| {
        Failure::Invalid(format!(
            "--evaluator {command}: its last line is `{}`; print a number there",
            last.trim()
        ))
    })
}

/// What a command of the shell prints, given a model's file as its last argument; `option` is who named it. A command that
/// takes more than so many seconds is ended.
pub fn output(option: &str, command: &str, model: &Path, seconds: u64) -> Result<String> {
    let wrong = |what: String| Failure::Invalid(format!("{option} {command}: {what}"));
    if !model.is_file() {
        return Err(Failure::io(model, &std::io::ErrorKind::NotFound.into()));
    }
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{command} \"$1\""), "sh"])
        .arg(model)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    // What the shell starts ends with it, when its time is over.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    let mut child = shell
        .spawn()
        .map_err(|error| Failure::Io(format!("{option} {command}: {error}; check the command")))?;
    let output = child.stdout.take();
    // A pipe that nobody reads stops the program.
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let done = output.map(|output| output.take(MAX_OUTPUT).read_to_end(&mut text));
        (text, done)
    });
    let status = wait(&mut child, Duration::from_secs(seconds)).ok_or_else(|| {
        wrong(format!(
            "it took more than {seconds} seconds; give more with --time-limit"
        ))
    })?;
    let (text, _) = reader.join().unwrap_or_default();
    if !status.success() {
        return Err(wrong(format!("it failed ({status}); run it by itself")));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Waits for a program, and ends it when its time is over.
fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if start.elapsed() > limit {
            let group = format!("kill -s KILL -- -{}", child.id());
            let _ = Command::new("sh")
                .args(["-c", &group])
                .stderr(Stdio::null())
                .status();
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
