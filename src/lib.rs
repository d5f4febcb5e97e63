//! The command line as a library: `quant`, and the programs of Samsung ONE that it stands in for, are thin front
//! ends over these modules. Each verb of `quant` is a file of `verbs/`, each program of ONE a file of `one/`;
//! everything else is what they share: files, data, progress, failures with their exit codes.

pub mod amct;
pub mod data;
pub mod execution;
pub mod failure;
pub mod files;
pub mod foreign;
pub mod frozen;
pub mod help;
pub mod json;
mod kept;
pub mod litert;
pub mod one;
pub mod onnx;
pub mod options;
pub mod outputs;
pub mod progress;
pub mod qparam;
mod recordings;
mod remedies;
pub mod size;
pub mod summary;
pub mod table;
pub mod used_files;
pub mod verbs;
pub mod verdict;
pub mod warnings;
pub mod watch;

use std::process::ExitCode;

use clap::{Command, CommandFactory, FromArgMatches, Parser};

/// Post-training quantizer for Circle and TFLite models.
#[derive(Parser)]
#[command(
    name = "quant",
    version,
    arg_required_else_help = true,
    after_help = help::EXIT_CODES,
    max_term_width = help::WIDTH
)]
pub struct Cli {
    #[command(flatten)]
    frozen: frozen::Frozen,
    /// What to do.
    #[command(subcommand)]
    pub verb: verbs::Verb,
}

/// The whole command line of `quant`, with the long help of every verb.
pub fn command() -> Command {
    help::add(Cli::command())
}

/// Runs `quant` with the arguments of the process.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    if let Err(failure) = frozen::misplaced(&matches) {
        failure.report();
        return ExitCode::from(failure.code());
    }
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let done = options::no_dash(&matches)
        .and_then(|()| options::folders(&matches))
        .and_then(|()| cli.frozen.keep())
        .and_then(|()| verbs::run(cli.verb, command));
    let Err(failure) = done else {
        return ExitCode::SUCCESS;
    };
    failure.report();
    ExitCode::from(failure.code())
}
