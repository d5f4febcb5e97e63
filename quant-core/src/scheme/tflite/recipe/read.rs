//! A recipe's JSON. Errors say where in the list something stands, as in `[2].op_config.weight_tensor_config.num_bits`.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits::at_most;
use quant_types::json;
use serde_json::value::RawValue;

use super::entry::{Algorithm, Entry, Granularity, Kind, OpConfig, Precision, TensorConfig};
use super::list::{MAX_ENTRIES, MAX_RECIPE_BYTES, Recipe};
use super::rules;

/// The keys of an object.
type Keys<'a> = Vec<(String, &'a RawValue)>;

impl Recipe {
    /// Reads a recipe: a JSON list of `regex`, `operation`, `algorithm_key` and `op_config`.
    ///
    /// # Errors
    /// What is wrong, with its position in the list: no JSON, a key or word that recipes do not have, an expression
    /// that cannot be compiled (look-around and back references cannot), a setting that the operator does not have.
    /// `Limit`: more than [`MAX_RECIPE_BYTES`], [`MAX_ENTRIES`] or [`super::MAX_PATTERN_BYTES`].
    pub fn parse(text: &str) -> Result<Self> {
        at_most(MAX_RECIPE_BYTES, text.len(), "recipe", "bytes")?;
        recipe(text)
    }
}

fn recipe(text: &str) -> Result<Recipe> {
    let entries: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(entries) => entries,
        Err(error) if text.trim_start().starts_with('{') && error.is_data() => {
            return Err(Error::unsupported(
                "recipe",
                "it gives recipes to the models of a LiteRT-LM file",
                "give the list of one model",
            ));
        }
        Err(error) if error.is_data() => {
            return Err(wrong("recipe", "it is no list", "write `[ { … }, … ]`"));
        }
        Err(error) => {
            let place = format!("line {} column {}", error.line(), error.column());
            let hint = "a comma, quote or bracket is missing there, or one is too many";
            return Err(wrong("recipe", format!("it is no JSON at {place}"), hint));
        }
    };
    at_most(MAX_ENTRIES, entries.len(), "recipe", "entries")?;
    let mut recipe = Recipe::default();
    for (number, entry) in entries.into_iter().enumerate() {
        self::entry(entry, &mut recipe).map_err(|error| {
            let place = format!("[{number}]");
            let inner = error.place();
            let place = if inner.is_empty() || inner.starts_with('[') {
                format!("{place}{inner}")
            } else {
                format!("{place}.{inner}")
            };
            Error::new(Place::Other(place), error.problem().clone(), error.hint())
        })?;
    }
    Ok(recipe)
}

fn wrong(place: impl Into<Place>, what: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::new(place, Problem::Parse(what.into()), hint)
}

fn object<'a>(value: &'a RawValue, place: &str) -> Result<Keys<'a>> {
    json::object(value.get()).map_err(|error| {
        let (what, hint) = error
            .split_once("; ")
            .map(|(what, hint)| (what.to_owned(), hint.to_owned()))
            .unwrap_or((error, "write each key once".to_owned()));
        wrong(place, what, hint)
    })
}

fn entry(value: &RawValue, recipe: &mut Recipe) -> Result<()> {
    let (mut regex, mut operation, mut algorithm, mut config) = (None, None, None, None);
    for (key, value) in object(value, "")? {
        match key.as_str() {
            "regex" => regex = Some(string(value, "regex")?),
            "operation" => {
                let name = string(value, "operation")?;
                operation = Some(rules::operation(&name).ok_or_else(|| {
                    let what = format!("no recipe knows an operation `{name}`");
                    let hint = "write `*`, INPUT, OUTPUT or an operator of docs/tflite-recipes.md";
                    wrong("operation", what, hint)
                })?);
            }
            "algorithm_key" => {
                let name = string(value, "algorithm_key")?;
                let known = Algorithm::ALL
                    .into_iter()
                    .find(|algorithm| algorithm.key() == name);
                algorithm = Some(known.ok_or_else(|| {
                    let keys: Vec<&str> = Algorithm::ALL.iter().map(|algorithm| algorithm.key()).collect();
                    let what = format!("there is no algorithm `{name}`");
                    wrong("algorithm_key", what, format!("it is one of {}", keys.join(", ")))
                })?);
            }
            "op_config" => config = Some(value),
            _ => {
                let hint = "an entry has regex, operation, algorithm_key and op_config";
                return Err(wrong("", format!("unknown key `{key}`"), hint));
            }
        }
    }
    let regex = regex.ok_or_else(|| missing("", "regex"))?;
    let operation = operation.ok_or_else(|| missing("", "operation"))?;
    let algorithm = algorithm.ok_or_else(|| missing("", "algorithm_key"))?;
    let config = match config {
        _ if algorithm == Algorithm::NoQuantize => OpConfig::default(),
        Some(config) => op_config(config)?,
        None => return Err(missing("", "op_config")),
    };
    let entry = Entry {
        operation,
        algorithm,
        config,
    };
    recipe.add(&regex, entry)
}

fn missing(place: &str, key: &str) -> Error {
    wrong(place, format!("`{key}` is missing"), "add it")
}

fn op_config(value: &RawValue) -> Result<OpConfig> {
    const PLACE: &str = "op_config";
    let mut config = OpConfig::default();
    for (key, value) in object(value, PLACE)? {
        let place = format!("{PLACE}.{key}");
        match key.as_str() {
            "activation_tensor_config" => config.activations = Some(tensor(value, &place)?),
            "weight_tensor_config" => config.weights = Some(tensor(value, &place)?),
            "compute_precision" => {
                config.precision = match string(value, &place)?.as_str() {
                    "INTEGER" => Precision::Integer,
                    "FLOAT" => Precision::Float,
                    word => return Err(word_of(&place, word, "INTEGER or FLOAT")),
                };
            }
            "explicit_dequantize" => config.explicit_dequantize = boolean(value, &place)?,
            "skip_checks" => config.skip_checks = boolean(value, &place)?,
            "min_weight_elements" => config.min_weight_elements = number(value, &place)?,
            _ => {
                let hint = "it has activation_tensor_config, weight_tensor_config, compute_precision, \
                            explicit_dequantize, skip_checks and min_weight_elements";
                return Err(wrong(PLACE, format!("unknown key `{key}`"), hint));
            }
        }
    }
    let int = |config: Option<TensorConfig>| config.is_some_and(|config| config.kind == Kind::Int);
    if int(config.activations) {
        if config.weights.is_some_and(|weights| weights.kind == Kind::Float) {
            let what = "its activations are integers and its weights floats";
            return Err(wrong(PLACE, what, "make both integers"));
        }
        if int(config.weights) && config.precision == Precision::Float {
            let what = "its activations and weights are integers, and it computes in floats";
            return Err(wrong(PLACE, what, "write `\"compute_precision\": \"INTEGER\"`"));
        }
    }
    Ok(config)
}

fn tensor(value: &RawValue, place: &str) -> Result<TensorConfig> {
    let mut bits = None;
    let mut block = 0;
    let mut config = TensorConfig {
        bits: 0,
        symmetric: true,
        granularity: Granularity::Tensor,
        kind: Kind::Int,
        max_hadamard: 0,
    };
    for (key, value) in object(value, place)? {
        let place = format!("{place}.{key}");
        match key.as_str() {
            "num_bits" => bits = Some(number(value, &place)?),
            "symmetric" => config.symmetric = boolean(value, &place)?,
            "granularity" => {
                let word = string(value, &place)?;
                config.granularity = Granularity::of(&word).ok_or_else(|| {
                    let words =
                        "TENSORWISE, CHANNELWISE, BLOCKWISE_32, BLOCKWISE_64, BLOCKWISE_128 or BLOCKWISE_256";
                    word_of(&place, &word, words)
                })?;
            }
            "dtype" => {
                config.kind = match string(value, &place)?.as_str() {
                    "INT" => Kind::Int,
                    "UINT" => Kind::Uint,
                    "FLOAT" => Kind::Float,
                    word => return Err(word_of(&place, word, "INT, UINT or FLOAT")),
                };
            }
            "block_size" => block = number(value, &place)?,
            "max_hadamard_size" => config.max_hadamard = size(value, &place)?,
            "algorithm_params" => {
                for (key, value) in object(value, &place)? {
                    if key != "max_hadamard_size" {
                        let what = format!("unknown key `{key}`");
                        return Err(wrong(place, what, "it may have max_hadamard_size"));
                    }
                    config.max_hadamard = size(value, &format!("{place}.{key}"))?;
                }
            }
            _ => {
                let hint = "it has num_bits, symmetric, granularity, dtype, block_size and algorithm_params";
                return Err(wrong(place, "no algorithm here has such a parameter", hint));
            }
        }
    }
    let bits = bits.ok_or_else(|| missing(place, "num_bits"))?;
    config.bits = if let Ok(bits @ (2 | 4 | 8 | 16)) = u8::try_from(bits) {
        bits
    } else {
        let what = format!("there are no numbers of {bits} bits");
        return Err(wrong(format!("{place}.num_bits"), what, "give 2, 4, 8 or 16"));
    };
    if block != 0 {
        let sizes = [32, 64, 128, 256];
        let known = u16::try_from(block).ok().filter(|block| sizes.contains(block));
        config.granularity = Granularity::Block(known.ok_or_else(|| {
            let what = format!("there are no blocks of {block}");
            wrong(format!("{place}.block_size"), what, "give 32, 64, 128 or 256")
        })?);
    }
    Ok(config)
}

fn word_of(place: &str, word: &str, words: &str) -> Error {
    wrong(
        place,
        format!("`{word}` is none of its words"),
        format!("write {words}"),
    )
}

fn string(value: &RawValue, place: &str) -> Result<String> {
    serde_json::from_str(value.get()).map_err(|_| wrong(place, "it is no string", "write `\"…\"`"))
}

fn boolean(value: &RawValue, place: &str) -> Result<bool> {
    serde_json::from_str(value.get())
        .map_err(|_| wrong(place, "it is neither true nor false", "write true or false"))
}

fn number(value: &RawValue, place: &str) -> Result<u64> {
    serde_json::from_str(value.get())
        .map_err(|_| wrong(place, "it is no whole number from 0 on", "write such a number"))
}

fn size(value: &RawValue, place: &str) -> Result<u32> {
    let size = number(value, place)?;
    u32::try_from(size).map_err(|_| wrong(place, format!("{size} is too large"), "give 0 for any size"))
}

#[cfg(test)]
mod tests;
