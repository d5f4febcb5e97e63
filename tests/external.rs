//! The command line as an external quantizer under test: every row of the list, from file to file.

use quant_testgen::run::{Commands, External};

/// The three steps of this project's command.
struct Quant;

impl Commands for Quant {
    const FAKE_QUANTIZE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " fake-quantize {in} --type {type} --granularity {granularity} [--config {config}] -o {out}"
    );
    const RECORD: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " record {in} --data {data} [--observer {observer}] --threads 1 -o {out}"
    );
    const QUANTIZE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " quantize {in} --type {type} --granularity {granularity} [--config {config}] -o {out}"
    );
    const WEIGHTS_ONLY: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " weights-only {in} --type {type} -o {out}"
    );
    const CALIBRATE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " record {in} --data {data} --scheme tflite-int8 --threads 1 -o {out}"
    );
    const TFLITE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " quantize {in} --scheme tflite-{type} --granularity {granularity} -o {out}"
    );
    const CALIBRATE_RECIPE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " record {in} --data {data} --scheme tflite-int8 --mode exponential --threads 1 -o {out}"
    );
    const RECIPE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " quantize {in} --recipe {type} -o {out}"
    );
    const CHECKPOINT: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " ai8x {in} {out} --device {type} -v [--clip-method {config}]"
    );
    const AMCT_CALIBRATE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " amct calibrate {in} --data {data} [--config {config}] -o {out}"
    );
    const AMCT_CONVERT: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " amct convert {in} --record {config} -o {out}"
    );
    const REMEDIES: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " run {in} --data {data} --scheme tflite-{type} --granularity {granularity} --remedies {remedies} --no-check",
        " --float-output {float} --threads 1 -o {out}"
    );
    const ONNX: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " run {in} --format {format} [--option activation_type={activation_type}] [--option weight_type={weight_type}]",
        " [--granularity {granularity}] [--option bits={bits} --option block_size={block_size}]",
        " [--data {data} --calibration-cache {cache}] --threads 1 -o {out}"
    );
    const AMCT_QAT: &'static str = concat!(env!("CARGO_BIN_EXE_quant"), " amct convert-qat {in} -o {out}");
}

quant_macros::value_table!(quantizer = External<Quant>);
