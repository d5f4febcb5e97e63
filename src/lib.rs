//! The command line as a library: `quant`, and the programs of Samsung ONE that it stands in for, are thin front
//! ends over these modules. Each verb of `quant` is a file of `verbs/`, each program of ONE a file of `one/`;
//! everything else is what they share: files, data, progress, failures with their exit codes.

pub mod data;
pub mod failure;
pub mod files;
pub mod one;
pub mod options;
pub mod progress;
pub mod summary;
pub mod verbs;

use std::process::ExitCode;

use clap::Parser;

/// Post-training quantizer for Circle and TFLite models.
#[derive(Parser)]
#[command(name = "quant", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: verbs::Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 a model, configuration or data is wrong; 2 wrong command line; \
3 compared values differ; 4 not supported, or over a limit; 5 a file cannot be read or written.";

/// Runs `quant` with the arguments of the process.
pub fn main() -> ExitCode {
    let Err(failure) = verbs::run(Cli::parse().verb) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {failure}");
    ExitCode::from(failure.code())
}
