//! What the programs share: arguments, errors and exit codes in the original's way.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use quant_core::ir::{FileFormat, Model};

use crate::failure::{Failure, Result};
use crate::{files, litert};

/// The exit code of what goes wrong, and why.
pub type Failed = (u8, Failure);

/// The code of everything that goes wrong, as in the original.
const FAILED: u8 = 255;

/// A failure with the code of everything.
pub fn failed(failure: Failure) -> Failed {
    (FAILED, failure)
}

/// Parses the arguments of the process and runs the program with them.
pub fn main<A: Parser>(run: impl FnOnce(&A) -> std::result::Result<(), Failed>) -> ExitCode {
    let args = match A::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            let text = error.render().to_string();
            eprint!("ERROR: {}", text.strip_prefix("error: ").unwrap_or(&text));
            return ExitCode::from(FAILED);
        }
        // Help or version, on the standard output.
        Err(text) => {
            return match text.print() {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(FAILED),
            };
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, failure)) => {
            eprintln!("ERROR: {failure}");
            ExitCode::from(code)
        }
    }
}

/// Writes a model: Circle, whatever the name, unless it ends in `.tflite`.
pub fn write_model(path: &Path, model: &Model) -> Result {
    let tflite = path.extension().is_some_and(|extension| extension == "tflite");
    let format = if tflite {
        FileFormat::Tflite
    } else {
        FileFormat::Circle
    };
    files::write_model_as(path, model, format)?;
    if tflite {
        litert::warn(path, model);
    }
    Ok(())
}
