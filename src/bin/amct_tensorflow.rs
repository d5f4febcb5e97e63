//! `amct_tensorflow`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::amct::program::main()
}
