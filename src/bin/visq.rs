//! `visq`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::one::visq::main()
}
