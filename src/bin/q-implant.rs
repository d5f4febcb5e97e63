//! `q-implant`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::one::q_implant::main()
}
