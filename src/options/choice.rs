//! Which quantizer, and what is asked of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use quant_case::qconf::LayerConf;
use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::FileFormat;
use quant_core::scheme::one::One;
use quant_core::scheme::setting::Setting;
use quant_core::scheme::tflite::recipe::ByRecipe;
use quant_core::scheme::tflite::{Options, Wish};
use quant_core::scheme::{Scheme, Selector, Unruled};
use quant_onnx::quantize::integer::Integer;

use super::named::{Named, TFLITE, flavour, of_type};
use super::tflite::Tflite;
use super::{Finish, Lowest, configuration, recipe, word};
use crate::failure::{Failure, Result};
use crate::frozen;

/// Which quantizer, and what is asked of it.
#[derive(Args)]
pub struct Choice {
    #[command(flatten)]
    named: Named,
    /// ai-edge-quantizer's recipe, which says what each operator becomes: a name as static_wi8_ai8, or a JSON file
    /// (docs/tflite-recipes.md)
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "scheme")]
    recipe: Option<String>,
    /// Type of activations and weights; with a .tflite, TensorFlow Lite's quantizer of that type [default: int8 for .tflite,
    /// uint8 with ONE]
    #[arg(long = "type", value_parser = word::<QuantType>(&["uint8", "int8", "int16"]))]
    pub dtype: Option<QuantType>,
    /// One scale for a weight tensor (layer), or one for each output channel [default: channel]
    #[arg(long, value_parser = word::<Granularity>(&["layer", "channel"]))]
    granularity: Option<Granularity>,
    /// Layers with a type and granularity of their own (qconf.json); of ONE
    #[arg(long, value_name = "QCONF")]
    config: Option<PathBuf>,
    /// Operators that become int16 in a uint8 model, by the name of an output, as a layer of --config; repeatable; of ONE
    #[arg(long, value_name = "TENSOR", conflicts_with = "config")]
    int16: Vec<String>,
    /// Operators that stay float: a kind as in CONV_2D, name:TENSOR for the one that makes it, regex:EXPRESSION; repeatable
    #[arg(long, value_name = "WHICH")]
    pub float: Vec<Selector>,
    #[command(flatten)]
    finish: Finish,
    #[command(flatten)]
    lowest: Lowest,
    #[command(flatten)]
    tflite: Tflite,
}

/// What a quantized ONNX model has of the options that all quantizers share.
pub struct Basics {
    /// Integers of activations.
    pub integer: Option<Integer>,
    /// Whether weights have a scale for each channel.
    pub channels: Option<bool>,
    /// Whether defects of the original are kept.
    pub compat: bool,
}

impl Choice {
    /// The configuration, for a model and an output of a format; `fake` says that weights are fake-quantized already, and `strict` that
    /// no operator may stay float without being asked.
    pub fn config(&self, model: &Path, output: FileFormat, fake: bool, strict: bool) -> Result<Config> {
        if let Some(scheme) = self.recipe(strict)? {
            return self.by_recipe(scheme);
        }
        match self.named.of(output, fake) {
            "one" => self.one(strict),
            name => self.flavour(name, model, strict),
        }
    }

    /// The recipe that is named, as a scheme.
    pub fn recipe(&self, strict: bool) -> Result<Option<ByRecipe>> {
        let Some(word) = &self.recipe else {
            return Ok(None);
        };
        let mut scheme = ByRecipe::new(recipe::read(word)?);
        scheme.options = Options {
            float: self.float.clone(),
            strict,
            compat: self.tflite.compat,
            ..Options::default()
        };
        Ok(Some(scheme))
    }

    fn by_recipe(&self, scheme: ByRecipe) -> Result<Config> {
        let given = [
            ("--type", self.dtype.is_some()),
            ("--granularity", self.granularity.is_some()),
            ("--input-type", !self.finish.input_type.is_empty()),
            ("--output-type", !self.finish.output_type.is_empty()),
            ("--per-tensor", self.tflite.per_tensor),
            ("--dense-per-tensor", self.tflite.dense_per_tensor),
            ("--weight-type", self.tflite.weight_type.is_some()),
            ("--bias-type", self.tflite.bias_type.is_some()),
        ];
        refuse(scheme.name(), &given, "write it into the recipe")?;
        refuse(
            scheme.name(),
            &self.of_one(),
            "leave it out, or take --scheme one",
        )?;
        Ok(Config::of(Arc::new(scheme), Setting::FLOAT32))
    }

    /// What a quantized ONNX model has of these options.
    ///
    /// # Errors
    /// `Usage`: others are given.
    pub fn for_onnx(&self) -> Result<Basics> {
        let given = [
            ("--scheme", self.named.scheme.is_some()),
            ("--recipe", self.recipe.is_some()),
            ("--float", !self.float.is_empty()),
            ("--input-type", !self.finish.input_type.is_empty()),
            ("--output-type", !self.finish.output_type.is_empty()),
            ("--per-tensor", self.tflite.per_tensor),
            ("--dense-per-tensor", self.tflite.dense_per_tensor),
            ("--bias-type", self.tflite.bias_type.is_some()),
        ];
        let hint = "docs/onnx-to-onnx.md has the names for --option";
        refuse("onnx", &given, hint)?;
        refuse("onnx", &self.of_one(), hint)?;
        let integer = match self.dtype {
            Some(QuantType::Uint8) => Some(Integer::U8),
            Some(QuantType::Int8) => Some(Integer::I8),
            Some(QuantType::Int16) => Some(Integer::I16),
            Some(QuantType::Int4) => {
                return Err(Failure::Usage(
                    "--type int4: activations have 8 or 16 bits".to_owned(),
                ));
            }
            None => None,
        };
        Ok(Basics {
            integer,
            channels: self
                .granularity
                .map(|granularity| granularity == Granularity::Channel),
            compat: self.tflite.compat,
        })
    }

    /// The options that ONE alone has, and whether they are given.
    fn of_one(&self) -> [(&'static str, bool); 7] {
        [
            ("--config", self.config.is_some()),
            ("--int16", !self.int16.is_empty()),
            ("--save-min-max", self.finish.save_min_max),
            ("--saturate-bias", self.finish.saturate_bias),
            ("--tf-style-maxpool", self.finish.tf_style_maxpool),
            ("--same-scale", self.finish.same_scale),
            ("--lowest", self.lowest.lowest.is_some()),
        ]
    }

    /// What stands in the name of a file that nobody named.
    pub fn word(&self, config: &Config) -> String {
        if let Some(recipe) = &self.recipe {
            return recipe::word(recipe);
        }
        match config.scheme.name().strip_prefix("tflite-") {
            Some(name) => name.to_owned(),
            None => format!("{}-{}", self.dtype(), self.granularity()),
        }
    }

    /// The type of ONE's activations.
    fn dtype(&self) -> QuantType {
        self.dtype.unwrap_or(QuantType::Uint8)
    }

    /// Whether ONE's activations are uint8.
    pub fn is_uint8(&self) -> bool {
        self.dtype() == QuantType::Uint8
    }

    fn granularity(&self) -> Granularity {
        self.granularity.unwrap_or(Granularity::Channel)
    }

    fn one(&self, strict: bool) -> Result<Config> {
        let given = [
            ("--per-tensor", self.tflite.per_tensor),
            ("--dense-per-tensor", self.tflite.dense_per_tensor),
            ("--weight-type", self.tflite.weight_type.is_some()),
            ("--bias-type", self.tflite.bias_type.is_some()),
            ("--compat", self.tflite.compat),
        ];
        refuse(
            "one",
            &given,
            "write a .tflite, or name one of TensorFlow Lite's with --scheme",
        )?;
        if self.dtype() == QuantType::Int8 {
            return Err(Failure::Usage(
                "--type int8: the scheme `one` has uint8 and int16; --scheme tflite-int8 has int8".to_owned(),
            ));
        }
        let flags = One {
            unruled: if strict {
                Unruled::Refuse
            } else {
                One::default().unruled
            },
            float: self.float.clone(),
            ..self.finish.flags(&self.lowest)
        };
        let mut config = configuration(flags, self.dtype(), self.granularity(), self.config.as_deref())?;
        if !self.int16.is_empty() {
            config.add_layers(&[LayerConf {
                names: self.int16.clone(),
                dtype: QuantType::Int16,
                granularity: Granularity::Channel,
                alternate: Vec::new(),
            }]);
        }
        self.finish.interface(&mut config);
        Ok(config)
    }

    fn flavour(&self, name: &str, model: &Path, strict: bool) -> Result<Config> {
        let named = name != TFLITE;
        let name = if named {
            name
        } else {
            of_type(self.dtype.unwrap_or(QuantType::Int8))?
        };
        let given = [("--type", named && self.dtype.is_some())];
        refuse(name, &given, "leave it out, or take --scheme one")?;
        refuse(name, &self.of_one(), "leave it out, or take --scheme one")?;
        let mut flavour = flavour(name)?;
        let kind = flavour.kind;
        let layer = self.granularity == Some(Granularity::Layer);
        // Where one scale a tensor is all there is, that is no wish.
        let only_layer = name == "tflite-uint8";
        flavour.options = Options {
            per_tensor: self.tflite.per_tensor || (layer && !only_layer),
            dense_per_tensor: self.tflite.dense_per_tensor,
            weights: self.tflite.weight_type.unwrap_or(Options::default().weights),
            bias: self.tflite.bias_type.unwrap_or(Options::default().bias),
            float: self.float.clone(),
            strict: strict && kind.has(Wish::Strict),
            compat: self.tflite.compat,
            // What ONNX's quantizers left as floats, they were told to.
            only_given: frozen::is_onnx(model),
            ..Options::default()
        };
        let given = Wish::ALL.map(|wish| {
            let option = match wish {
                Wish::PerTensor if layer && !self.tflite.per_tensor => "--granularity layer",
                Wish::PerTensor => "--per-tensor",
                Wish::DensePerTensor => "--dense-per-tensor",
                Wish::Weights => "--weight-type",
                Wish::Bias => "--bias-type",
                Wish::Float => "--float",
                Wish::Strict => "--strict",
                Wish::Compat => "--compat",
            };
            let asked =
                wish.is_asked(&flavour.options) || (wish == Wish::Bias && self.tflite.bias_type.is_some());
            (option, asked && !kind.has(wish))
        });
        refuse(name, &given, "leave it out, or take another scheme")?;
        let channel = self.granularity == Some(Granularity::Channel);
        refuse(
            name,
            &[("--granularity channel", channel && only_layer)],
            "its weights have one scale a tensor",
        )?;
        let mut config = Config::of(Arc::new(flavour), Setting::FLOAT32);
        self.finish.interface(&mut config);
        Ok(config)
    }
}

/// Refuses the options that are given, and that a scheme has not.
fn refuse(scheme: &str, given: &[(&str, bool)], hint: &str) -> Result {
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Failure::Usage(format!(
            "{option}: the scheme `{scheme}` has no such option; {hint}"
        ))),
        None => Ok(()),
    }
}
