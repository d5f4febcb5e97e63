//! The verbs.

pub(crate) mod accuracy;
mod ai8x;
mod amct;
mod auto;
mod compare;
mod completions;
mod convert;
mod dump;
mod error_report;
mod eval_diff;
mod fake_quantize;
mod golden;
mod implant;
mod infer;
mod info;
mod mpq;
mod quantize;
mod record;
mod report;
mod run;
mod sensitivity;
mod stats;
mod weights_only;

use clap::{Command, Subcommand};

use crate::failure::Result;

/// What to do.
#[derive(Subcommand)]
pub enum Verb {
    /// Quantize a model: fake-quantize its weights, record ranges on data, quantize
    Run(Box<run::Args>),
    /// Step 1: make the weights what they will be after quantization
    FakeQuantize(fake_quantize::Args),
    /// Step 2: run the model on data and keep the range of every activation
    Record(Box<record::Args>),
    /// Show what a recording has: ranges, histograms
    Stats(stats::Args),
    /// Step 3: quantize a model whose ranges were recorded
    Quantize(quantize::Args),
    /// Quantize weights alone; activations stay float
    WeightsOnly(weights_only::Args),
    /// Show operators and tensors of a model: names, types, shapes, parameters, sizes
    Info(info::Args),
    /// Show every tensor of a model as JSON
    Dump(dump::Args),
    /// Compare two models or dumps, tensor by tensor
    Compare(compare::Args),
    /// Write a model in another format
    Convert(convert::Args),
    /// Run a model on data, a quantized one in integers, and write its outputs as NumPy files
    Infer(infer::Args),
    /// Show how often a classifier is right on labelled data
    Accuracy(Box<accuracy::Args>),
    /// Compare the outputs of two models on the same data
    EvalDiff(eval_diff::Args),
    /// Show how far every tensor of a quantized model is from the float model
    ErrorReport(error_report::Args),
    /// Show which layers a quantized model loses its accuracy in
    Sensitivity(Box<sensitivity::Args>),
    /// Look for the options of `run` that reach an accuracy, a size, or a runtime
    Auto(Box<auto::Args>),
    /// Write given scales, zero points and integers into a float model
    Implant(implant::Args),
    /// Find the layers that should be int16 in a uint8 model to reach an error
    Mpq(Box<mpq::Args>),
    /// Run every row of a test bench and show it as one HTML page
    Report(report::Args),
    /// Make or check the golden values of a test bench
    Golden(golden::Args),
    /// Quantize a PyTorch checkpoint for MAX78000 or MAX78002
    Ai8x(ai8x::Args),
    /// Quantize a frozen TensorFlow graph for Ascend processors, as AMCT does
    Amct(Box<amct::Args>),
    /// Print the completions of a shell
    Completions(completions::Args),
}

/// Does it. `quant` makes the command line that all verbs are of.
pub fn run(verb: Verb, quant: fn() -> Command) -> Result {
    match verb {
        Verb::Run(args) => run::run(&args),
        Verb::FakeQuantize(args) => fake_quantize::run(&args),
        Verb::Record(args) => record::run(&args),
        Verb::Stats(args) => stats::run(&args),
        Verb::Quantize(args) => quantize::run(&args),
        Verb::WeightsOnly(args) => weights_only::run(&args),
        Verb::Info(args) => info::run(&args),
        Verb::Dump(args) => dump::run(&args),
        Verb::Compare(args) => compare::run(&args),
        Verb::Convert(args) => convert::run(&args),
        Verb::Infer(args) => infer::run(&args),
        Verb::Accuracy(args) => accuracy::run(&args),
        Verb::EvalDiff(args) => eval_diff::run(&args),
        Verb::ErrorReport(args) => error_report::run(&args),
        Verb::Sensitivity(args) => sensitivity::run(&args),
        Verb::Auto(args) => auto::run(&args, quant),
        Verb::Implant(args) => implant::run(&args),
        Verb::Mpq(args) => mpq::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Golden(args) => golden::run(&args),
        Verb::Ai8x(args) => ai8x::run(&args),
        Verb::Amct(args) => amct::run(&args),
        Verb::Completions(args) => completions::run(&args, quant),
    }
}
