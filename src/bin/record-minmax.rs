//! `record-minmax`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::one::record_minmax::main()
}
