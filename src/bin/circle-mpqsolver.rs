//! `circle-mpqsolver`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::one::circle_mpqsolver::main()
}
