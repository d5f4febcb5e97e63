//! The modes: their arguments, and the library calls that they stand for.

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::{DType, Model};
use quant_core::quantized::parameters::{self, Given};
use quant_core::quantized::{fake, onnx, requantize};
use quant_core::scheme::one::One;
use quant_core::{fake_quantize, fold, weights_only};

use super::args::Args;
use crate::failure::{Failure, Result};
use crate::one::with_minmax;
use crate::options::configuration;

/// One mode with its arguments.
pub enum Mode {
    /// `--quantize_dequantize_weights`.
    FakeWeights(QuantType, Granularity),
    /// `--quantize_with_minmax`.
    WithMinmax(QuantType, Granularity),
    /// `--quantize_weights`.
    Weights(QuantType),
    /// `--requantize`.
    Requantize,
    /// `--force_quantparam`.
    Force(Vec<Given>),
    /// `--copy_quantparam`.
    Copy(Vec<(String, String)>),
    /// `--fake_quantize`.
    Fake,
    /// `--quantize_onnx_fq_model`.
    Onnx,
}

impl Mode {
    /// The mode of a command line that has one.
    ///
    /// # Errors
    /// A type or granularity that the mode does not have, a scale or zero point that is no number.
    pub fn of(args: &Args) -> Result<Self> {
        let both = [QuantType::Uint8, QuantType::Int16];
        let narrow = [QuantType::Int4, QuantType::Int8, QuantType::Int16];
        let layers = [Granularity::Layer, Granularity::Channel];
        Ok(if let Some(words) = &args.quantize_dequantize_weights {
            let (dtype, granularity) = target(words, &both, &layers)?;
            Self::FakeWeights(dtype, granularity)
        } else if let Some(words) = &args.quantize_with_minmax {
            let (dtype, granularity) = target(words, &both, &layers)?;
            Self::WithMinmax(dtype, granularity)
        } else if let Some(words) = &args.quantize_weights {
            Self::Weights(target(words, &narrow, &[Granularity::Channel])?.0)
        } else if let Some(words) = &args.requantize {
            let mut words = words.iter().map(String::as_str);
            one_of("input type", words.next().unwrap_or_default(), &[QuantType::Int8])?;
            one_of(
                "output type",
                words.next().unwrap_or_default(),
                &[QuantType::Uint8],
            )?;
            Self::Requantize
        } else if args.fake_quantize {
            Self::Fake
        } else if args.quantize_onnx_fq_model {
            Self::Onnx
        } else if args.copy_quantparam.is_empty() {
            Self::Force(given(&args.force_quantparam)?)
        } else {
            let pairs = args.copy_quantparam.as_chunks().0.iter();
            Self::Copy(pairs.map(|[from, to]| (from.clone(), to.clone())).collect())
        })
    }

    /// The option of the mode.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FakeWeights(..) => "--quantize_dequantize_weights",
            Self::WithMinmax(..) => "--quantize_with_minmax",
            Self::Weights(_) => "--quantize_weights",
            Self::Requantize => "--requantize",
            Self::Force(_) => "--force_quantparam",
            Self::Copy(_) => "--copy_quantparam",
            Self::Fake => "--fake_quantize",
            Self::Onnx => "--quantize_onnx_fq_model",
        }
    }

    /// Says which options the mode does not read, as the original does not, silently.
    pub fn warn_of_unused(&self, args: &Args) {
        let minmax = matches!(self, Self::WithMinmax(..));
        let configured = minmax || matches!(self, Self::FakeWeights(..));
        let options = [
            ("--config", args.config.is_some() && !configured),
            ("--input_type", args.input_type.is_some() && !minmax),
            ("--output_type", args.output_type.is_some() && !minmax),
            ("--TF-style_maxpool", args.tf_style_maxpool && !minmax),
            ("--save_min_max", args.save_min_max && !minmax),
            ("--saturate-bias", args.saturate_bias && !minmax),
        ];
        for (option, _) in options.iter().filter(|(_, unused)| *unused) {
            eprintln!("WARNING: {option} has no effect with {}", self.name());
        }
    }

    /// Changes a model.
    ///
    /// # Errors
    /// See the library call of the mode.
    pub fn run(&self, model: &mut Model, args: &Args) -> Result {
        let done = match self {
            Self::FakeWeights(dtype, granularity) => {
                let config =
                    configuration(with_minmax::flags(), *dtype, *granularity, args.config.as_deref())?;
                fake_quantize::run(model, &config).map(drop)
            }
            Self::WithMinmax(dtype, granularity) => {
                let flags = One {
                    save_min_max: args.save_min_max,
                    tf_style_maxpool: args.tf_style_maxpool,
                    saturate_bias: args.saturate_bias,
                    ..with_minmax::flags()
                };
                let mut config = configuration(flags, *dtype, *granularity, args.config.as_deref())?;
                config.input_types = types("input", args.input_type.as_deref())?;
                config.output_types = types("output", args.output_type.as_deref())?;
                let folded = fold::constants(model);
                let warnings = with_minmax::warnings(model, &config);
                folded
                    .and_then(|_| with_minmax::run(model, &config))
                    .inspect(|()| warnings.iter().for_each(|text| eprintln!("{text}")))
            }
            Self::Weights(dtype) => weights_only::run(model, &Config::weights_only(*dtype)).map(drop),
            Self::Requantize => requantize::int8_to_uint8(model),
            Self::Force(given) => parameters::force(model, given),
            Self::Copy(pairs) => parameters::copy(model, pairs),
            Self::Fake => fake::run(model),
            Self::Onnx => onnx::run(model, &Config::new(QuantType::Int16, Granularity::Channel)),
        };
        done.map_err(|error| error.within(args.input.display()).into())
    }
}

/// The types and the granularity of a quantizing mode.
fn target(
    words: &[String],
    types: &[QuantType],
    granularities: &[Granularity],
) -> Result<(QuantType, Granularity)> {
    let mut words = words.iter().map(String::as_str);
    let mut next = || words.next().unwrap_or_default();
    one_of("input type", next(), &["float32"])?;
    let dtype = one_of("output type", next(), types)?;
    let granularity = one_of("granularity", next(), granularities)?;
    if (dtype, granularity) == (QuantType::Int16, Granularity::Layer) {
        return Err(Failure::Usage(
            "Layer-wise quantization only supports uint8 dtype.; write `int16 channel` or `uint8 layer`"
                .to_owned(),
        ));
    }
    Ok((dtype, granularity))
}

/// The one of `allowed` that a word means, in upper or lower case.
fn one_of<T: Copy + ToString>(what: &str, word: &str, allowed: &[T]) -> Result<T> {
    let found = allowed
        .iter()
        .find(|one| one.to_string().eq_ignore_ascii_case(word));
    found.copied().ok_or_else(|| {
        let list: Vec<String> = allowed.iter().map(T::to_string).collect();
        let plural = if what.ends_with("type") { "(s)" } else { "" };
        Failure::Usage(format!(
            "Unsupported {what}. List of supported {what}{plural}: {}; `{word}` was given",
            list.join(", ")
        ))
    })
}

fn given(words: &[String]) -> Result<Vec<Given>> {
    let three = words.as_chunks().0.iter();
    let read = three.map(|[tensor, scale, zero_point]| {
        let number = |what: &str, word: &str, kind: &str| {
            Failure::Usage(format!(
                "--force_quantparam {tensor}: {what} `{word}` is no {kind}; write TENSOR SCALE ZERO_POINT"
            ))
        };
        Ok(Given {
            tensor: tensor.clone(),
            scale: scale.parse().map_err(|_| number("scale", scale, "number"))?,
            zero_point: zero_point
                .parse()
                .map_err(|_| number("zero point", zero_point, "integer"))?,
        })
    });
    read.collect()
}

/// The types of an interface; an empty list without the option.
pub fn types(what: &str, list: Option<&str>) -> Result<Vec<DType>> {
    let allowed = [
        DType::Uint8,
        DType::Int16,
        DType::Int32,
        DType::Int64,
        DType::Float32,
        DType::Bool,
    ];
    let words = list.into_iter().flat_map(|list| list.split(','));
    words
        .map(|word| one_of(&format!("{what} type"), word.trim(), &allowed))
        .collect()
}
