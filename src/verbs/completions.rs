//! `completions`: what a shell completes behind `quant` and the programs of ONE.

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::amct::program as amct_tensorflow;
use crate::failure::{Failure, Result};
use crate::files;
use crate::one::{
    circle_eval_diff, circle_mpqsolver, circle_quantizer, circle_tensordump, q_implant, record_minmax, visq,
};

/// A program, and its command line.
type Program = (&'static str, fn() -> Command);

/// The programs of this package beside `quant`.
const PROGRAMS: &[Program] = &[
    ("circle-quantizer", circle_quantizer::command),
    ("record-minmax", record_minmax::command),
    ("circle-tensordump", circle_tensordump::command),
    ("circle-eval-diff", circle_eval_diff::command),
    ("q-implant", q_implant::command),
    ("circle-mpqsolver", circle_mpqsolver::command),
    ("visq", visq::command),
    ("amct_tensorflow", amct_tensorflow::command),
];

#[derive(clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
    /// The program
    #[arg(long, value_name = "NAME", default_value = "quant",
          value_parser = PossibleValuesParser::new(["quant"].into_iter().chain(PROGRAMS.iter().map(|(name, _)| *name))))]
    program: String,
}

/// Prints them. `quant` makes the command line of `quant` itself.
pub fn run(args: &Args, quant: fn() -> Command) -> Result {
    let mut programs = [("quant", quant)].into_iter().chain(PROGRAMS.iter().copied());
    let Some((name, command)) = programs.find(|(name, _)| *name == args.program) else {
        return Err(Failure::Usage(format!(
            "completions: there is no program `{}`; see --help",
            args.program
        )));
    };
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command(), name, &mut text);
    files::print(&String::from_utf8_lossy(&text))
}
