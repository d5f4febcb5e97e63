//! A program of the user's that says how good a model is.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};

/// Bytes of the program's output that are kept, the last ones: what it says on its way may be long.
const MAX_OUTPUT: usize = 1 << 24;

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
    let (sender, receiver) = std::sync::mpsc::channel();
    // A pipe that nobody reads stops the program.
    std::thread::spawn(move || sender.send(output.map(last_of).unwrap_or_default()));
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let late = || {
        wrong(format!(
            "it took more than {seconds} seconds; give more with --time-limit"
        ))
    };
    let status = wait(&mut child, limit).ok_or_else(late)?;
    // What it started in the background has the pipe, too.
    let left = limit.saturating_sub(start.elapsed()).max(Duration::from_secs(1));
    let Ok(text) = receiver.recv_timeout(left) else {
        kill(&mut child);
        return Err(late());
    };
    if !status.success() {
        return Err(wrong(format!("it failed ({status}); run it by itself")));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The last bytes of a stream that is read to its end.
fn last_of(mut stream: impl Read) -> Vec<u8> {
    let (mut text, mut piece) = (Vec::new(), vec![0; 1 << 16]);
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        text.extend_from_slice(&piece[..count]);
        if text.len() > 2 * MAX_OUTPUT {
            text.drain(..text.len() - MAX_OUTPUT);
        }
    }
    text
}

/// Ends a program and all that it started.
fn kill(child: &mut Child) {
    let group = format!("kill -s KILL -- -{}", child.id());
    let _ = Command::new("sh")
        .args(["-c", &group])
        .stderr(Stdio::null())
        .status();
    let _ = child.kill();
    let _ = child.wait();
}

/// Waits for a program, and ends it when its time is over.
fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if start.elapsed() > limit {
            kill(child);
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
