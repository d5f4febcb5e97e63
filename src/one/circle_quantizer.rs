//! `circle-quantizer`: one mode, an input model, an output model.

mod args;
mod modes;

use std::process::ExitCode;
use std::time::Instant;

use quant_core::profile::Profile;

use super::program::{self, Failed, failed};
use crate::failure::Failure;
use crate::files;
use args::{Args, EXCLUSIVE};
pub use modes::types;

/// What it returns when the input model cannot be read.
const NO_MODEL: u8 = 1;

/// The command line of the program, for manuals and completions.
pub fn command() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    program::main(run)
}

fn run(args: &Args) -> Result<(), Failed> {
    if args.modes() != 1 {
        return Err(failed(Failure::Usage(format!(
            "{} modes are given; use exactly one of these options: {EXCLUSIVE}",
            args.modes()
        ))));
    }
    let mode = modes::Mode::of(args).map_err(failed)?;
    mode.warn_of_unused(args);
    let say = |what: &str, start: Instant| {
        if args.verbose {
            eprintln!("{what}: {:.3} s", start.elapsed().as_secs_f64());
        }
    };
    let start = Instant::now();
    let mut model = files::read_model(&args.input).map_err(|failure| (NO_MODEL, failure))?;
    say(&format!("import {}", args.input.display()), start);
    let within = |error: quant_core::Error| failed(error.within(args.input.display()).into());
    let start = Instant::now();
    // Tables that the model has already follow its operators without the option too.
    let profile = if args.generate_profile_data {
        Profile::of(&model).map(Some)
    } else {
        Profile::kept(&model)
    };
    let profile = profile.map_err(within)?;
    mode.run(&mut model, args).map_err(failed)?;
    if let Some(profile) = profile {
        profile.write(&mut model);
    }
    say(mode.name(), start);
    let start = Instant::now();
    program::write_model(&args.output, &model).map_err(failed)?;
    say(&format!("export {}", args.output.display()), start);
    Ok(())
}
