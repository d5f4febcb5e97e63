//! `quant`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::main()
}
