//! The command line. Each verb is a file of `verbs/`; everything else here is what they share: files, data,
//! progress, failures with their exit codes.

mod data;
mod failure;
mod files;
mod options;
mod progress;
mod summary;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

/// Post-training quantizer for Circle and TFLite models.
#[derive(Parser)]
#[command(name = "quant", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    verb: verbs::Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 a model, configuration or data is wrong; 2 wrong command line; \
3 compared values differ; 4 not supported, or over a limit; 5 a file cannot be read or written.";

fn main() -> ExitCode {
    let Err(failure) = verbs::run(Cli::parse().verb) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {failure}");
    ExitCode::from(failure.code())
}
