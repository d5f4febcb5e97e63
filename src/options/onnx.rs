//! What is asked of a quantized ONNX model: the words of onnxruntime's quantizers, as options.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use quant_onnx::quantize::calibrate::Calibration;
use quant_onnx::quantize::integer::Integer;
use quant_onnx::quantize::{BlockFormat, BlockOptions, Format, Options};
use serde_json::Value;

use super::Choice;
use super::choice::Basics;
use crate::failure::{Failure, Result};

/// What is asked of a quantized ONNX model.
#[derive(Args)]
#[command(next_help_heading = "Quantized ONNX models (-o FILE.onnx)")]
pub struct Onnx {
    /// How the model says what is computed [default: qdq]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Form>,
    /// An option of onnxruntime's quantizers by its name there, as ActivationSymmetric=true; repeatable (docs/onnx-to-onnx.md)
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = option)]
    options: Vec<(String, Value)>,
    /// Ranges as onnxruntime's calibration_cache_path keeps them: read where the file is, and written where it is not
    #[arg(long, value_name = "FILE")]
    pub calibration_cache: Option<PathBuf>,
}

/// How a quantized ONNX model says what is computed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Float operators between QuantizeLinear and DequantizeLinear
    Qdq,
    /// Operators on integers, as QLinearConv
    Qoperator,
    /// Operators on integers that quantize their inputs when they run
    Dynamic,
    /// Weights of MatMul in blocks of 4 or 8 bits, as MatMulNBits
    MatmulNbits,
}

/// What is to be made.
pub enum Asked {
    /// Integers for activations and weights.
    Whole(Box<Options>, Calibration),
    /// Blocks for weights.
    Blocks(BlockOptions),
}

impl Asked {
    /// Whether tensors are to stand beside the model, however few bytes they take.
    pub fn external_data(&self) -> bool {
        matches!(self, Self::Whole(options, _) if options.external_data)
    }
}

/// A name and a value: JSON, or else a text.
fn option(text: &str) -> std::result::Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("give NAME=VALUE")?;
    let python = match value {
        "True" => "true",
        "False" => "false",
        "None" => "null",
        other => other,
    };
    let value = serde_json::from_str(python).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

impl Onnx {
    /// Refuses these options where no ONNX model is written.
    pub fn refuse(&self) -> Result {
        let given = [
            ("--format", self.format.is_some()),
            ("--option", !self.options.is_empty()),
            ("--calibration-cache", self.calibration_cache.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Failure::Usage(format!(
                "{option}: it is of ONNX outputs; name one with -o FILE.onnx"
            ))),
            None => Ok(()),
        }
    }

    /// What is asked, with the words that all quantizers share.
    pub fn asked(&self, choice: &Choice) -> Result<Asked> {
        let basics = choice.for_onnx()?;
        let form = self.format.unwrap_or(Form::Qdq);
        if form == Form::MatmulNbits {
            return self.blocks(&basics).map(Asked::Blocks);
        }
        let mut options = Options {
            per_channel: basics.channels.unwrap_or(!basics.compat),
            faithful: basics.compat,
            format: match form {
                Form::Qoperator => Format::QOperator,
                Form::Dynamic => Format::Dynamic,
                Form::Qdq | Form::MatmulNbits => Format::Qdq,
            },
            ..Options::default()
        };
        if let Some(bits) = basics.integer {
            options.activation = bits;
            options.weight = Integer::I8;
        } else if form == Form::Qoperator && !basics.compat {
            // What kernels on integers have for all operators.
            options.activation = Integer::U8;
        }
        let mut calibration = Calibration {
            faithful: basics.compat,
            ..Calibration::default()
        };
        for (name, value) in &self.options {
            if !calibration.set(name, value)? {
                options.set(name, value)?;
            }
        }
        options.check()?;
        Ok(Asked::Whole(Box::new(options), calibration))
    }

    fn blocks(&self, basics: &Basics) -> Result<BlockOptions> {
        if basics.integer.is_some() || basics.channels.is_some() || self.calibration_cache.is_some() {
            let what =
                "--format matmul-nbits has no --type, --granularity and --calibration-cache; --option bits=8";
            return Err(Failure::Usage(what.to_owned()));
        }
        let mut blocks = BlockOptions {
            faithful: basics.compat,
            ..BlockOptions::default()
        };
        for (name, value) in &self.options {
            blocks.set(name, value)?;
        }
        if blocks.format == BlockFormat::Qdq && blocks.bits != 4 {
            return Err(Failure::Usage(
                "--option quant_format=QDQ: its blocks have 4 bits".to_owned(),
            ));
        }
        Ok(blocks)
    }
}
