//! `circle-quantizer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::one::circle_quantizer::main()
}
