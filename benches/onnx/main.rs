//! Whole processes beside each other: `quant run` and onnxruntime's `quantize_static` on one model and the same records,
//! in turns. Needs `target/tools/python` (tools/python_env.sh) and a release build of `quant`.
//!
//! `cargo bench --bench onnx [-- MODEL.onnx [RECORDS]]`; without a model, a MobileNetV2 at 224 with random weights.

use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/tools/python/bin/python");
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let model = words.next().unwrap_or_else(|| "mobilenetv2".to_owned());
    let records = words.next().unwrap_or_else(|| "32".to_owned());
    if !python.exists() {
        println!("onnx: SKIPPED, there is no {}", python.display());
        return ExitCode::SUCCESS;
    }
    let script = root.join("benches/onnx/beside.py");
    let status = Command::new(python)
        .arg(script)
        .args([env!("CARGO_BIN_EXE_quant"), &model, &records])
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
