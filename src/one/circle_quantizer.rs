//! `circle-quantizer`: one mode, an input model, an output model.

mod args;
mod modes;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use clap::error::ErrorKind;
use quant_core::format;
use quant_core::ir::{FileFormat, Model};
use quant_core::profile::Profile;

use crate::failure::{Failure, Result};
use crate::files;
use args::{Args, EXCLUSIVE};

/// What the original returns for everything that is wrong but the input model.
const FAILED: u8 = 255;
/// What it returns when the input model cannot be read.
const NO_MODEL: u8 = 1;

/// The command line of the program, for manuals and completions.
pub fn command() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nothing is left to do when the message cannot be shown.
            let _ = error.print();
            return ExitCode::from(if asked { 0 } else { FAILED });
        }
    };
    if args.modes() != 1 {
        let count = args.modes();
        eprintln!("ERROR: {count} modes are given; use exactly one of these options:{EXCLUSIVE}");
        return ExitCode::from(FAILED);
    }
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, failure)) => {
            eprintln!("ERROR: {failure}");
            ExitCode::from(code)
        }
    }
}

fn run(args: &Args) -> std::result::Result<(), (u8, Failure)> {
    let failed = |failure| (FAILED, failure);
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
    let profile = args.generate_profile_data.then(|| Profile::of(&model));
    let profile = profile.transpose().map_err(within)?;
    mode.run(&mut model, args).map_err(failed)?;
    if let Some(profile) = profile {
        profile.write(&mut model);
    }
    say(mode.name(), start);
    let start = Instant::now();
    write(&args.output, &model).map_err(failed)?;
    say(&format!("export {}", args.output.display()), start);
    Ok(())
}

/// Writes the model beside its place and renames it. Any name is one of a Circle file, but `.tflite`.
fn write(path: &Path, model: &Model) -> Result {
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("tflite") => FileFormat::Tflite,
        _ => FileFormat::Circle,
    };
    let file = format::Export::new(model, format).map_err(|error| error.within(path.display()))?;
    let fail = |error: std::io::Error| Failure::io(path, &error.kind().into());
    files::write_with(path, |sink| {
        file.pieces(|piece| sink.write_all(piece)).map_err(fail)
    })
}
