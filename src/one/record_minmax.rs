//! `record-minmax`.

use std::process::ExitCode;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    eprintln!("ERROR: not written yet");
    ExitCode::from(255)
}
