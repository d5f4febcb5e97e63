//! `circle-tensordump`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::one::circle_tensordump::main()
}
