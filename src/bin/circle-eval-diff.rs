//! `circle-eval-diff`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quant::one::circle_eval_diff::main()
}
