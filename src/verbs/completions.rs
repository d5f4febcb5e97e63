//! `completions`: what a shell completes behind `quant`.

use clap_complete::Shell;

use crate::failure::Result;
use crate::files;
use crate::help;

#[derive(clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Result {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut help::command(), "quant", &mut text);
    files::print(&String::from_utf8_lossy(&text))
}
