//! The command line as an external quantizer under test: every row of the list, from file to file.

use quant_testgen::made::{CheckpointTensor, FakeWeights, IntegerWeights, Quantized, Range};
use quant_testgen::markers::tflite::Calibration;
use quant_testgen::markers::{FakeQuantization, Quantization, RecordMinmax, RowKind, WoQuantization};
use quant_testgen::run::{
    Case, CheckpointCase, CheckpointQuantizer, Commands, CoreQuantizer, External, Quantizer,
};

/// The three steps of this project's command.
struct Quant;

impl Commands for Quant {
    const FAKE_QUANTIZE: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " fake-quantize {in} --type {type} --granularity {granularity} [--config {config}] -o {out}"
    );
    const RECORD: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " record {in} --data {data} --threads 1 -o {out}"
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
    const CHECKPOINT: &'static str = concat!(
        env!("CARGO_BIN_EXE_quant"),
        " ai8x {in} {out} --device {type} -v [--clip-method {config}]"
    );
}

/// The command, but for rows that it has no words for yet: those are the library's.
struct Bench;

/// Whether the command has no words for a row.
fn is_beyond(case: &Case) -> bool {
    case.row.kind == RowKind::Recipe
}

impl Quantizer<FakeQuantization> for Bench {
    fn run(case: &Case) -> Result<Vec<FakeWeights>, String> {
        <External<Quant> as Quantizer<FakeQuantization>>::run(case)
    }
}

impl Quantizer<RecordMinmax> for Bench {
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        <External<Quant> as Quantizer<RecordMinmax>>::run(case)
    }
}

impl Quantizer<Calibration> for Bench {
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        if is_beyond(case) {
            return <CoreQuantizer as Quantizer<Calibration>>::run(case);
        }
        <External<Quant> as Quantizer<Calibration>>::run(case)
    }
}

impl Quantizer<Quantization> for Bench {
    fn run(case: &Case) -> Result<Vec<Quantized>, String> {
        if is_beyond(case) {
            return <CoreQuantizer as Quantizer<Quantization>>::run(case);
        }
        <External<Quant> as Quantizer<Quantization>>::run(case)
    }
}

impl Quantizer<WoQuantization> for Bench {
    fn run(case: &Case) -> Result<Vec<IntegerWeights>, String> {
        <External<Quant> as Quantizer<WoQuantization>>::run(case)
    }
}

impl CheckpointQuantizer for Bench {
    fn run(case: &CheckpointCase) -> Result<Vec<CheckpointTensor>, String> {
        <External<Quant> as CheckpointQuantizer>::run(case)
    }
}

quant_macros::value_table!(quantizer = Bench);
