//! `config.json` to a configuration, with AMCT's checks.

use std::collections::BTreeMap;

use quant_ir::{Problem, Result};

use super::check::{batch_num, error, quantizable, repeated};
use super::{Activation, Algorithm, Config, FORCE_FP16_QUANT, LayerConfig, TensorQuantize};
use crate::json::Json;
use crate::layer::Layer;

type Members = [(String, Json)];

impl Config {
    /// Reads `config.json` for a graph of these layers. Files of older releases lack keys; they mean the defaults.
    ///
    /// # Errors
    /// No JSON, a key that is not known or stands there twice, a layer that is not in the graph, a value out of range.
    pub fn read(text: &str, layers: &[Layer]) -> Result<Self> {
        let json = Json::read(text).map_err(|e| {
            quant_ir::Error::new(
                "",
                Problem::Parse(e.to_string()),
                "a config.json is one JSON object",
            )
        })?;
        let Json::Object(members) = json else {
            return Err(error("The configuration is no JSON object.", ""));
        };
        unique(&members)?;
        let mut config = Self {
            batch_num: 1,
            activation_offset: true,
            joint_quant: false,
            do_fusion: true,
            fakequant_precision_mode: None,
            skip_fusion_layers: Vec::new(),
            tensor_quantize: Vec::new(),
            layers: BTreeMap::new(),
        };
        let Some((_, Json::Int(1))) = members.iter().find(|(key, _)| key == "version") else {
            return Err(error("The version must be 1.", ""));
        };
        for (key, value) in &members {
            match key.as_str() {
                "version" => {}
                "batch_num" => config.batch_num = batch_num(int(value, key)?)?,
                "activation_offset" => config.activation_offset = bool(value, key)?,
                "joint_quant" => config.joint_quant = bool(value, key)?,
                "do_fusion" => config.do_fusion = bool(value, key)?,
                "fakequant_precision_mode" => config.fakequant_precision_mode = mode(value)?,
                "skip_fusion_layers" => config.skip_fusion_layers = texts(value, key)?,
                "tensor_quantize" => {
                    config.tensor_quantize = list(value, key)?.iter().map(tensor).collect::<Result<_>>()?;
                }
                name => {
                    if !layers.iter().any(|layer| layer.name == name) {
                        let what = format!("{name} is an invalid layer name or parameter.");
                        return Err(error(
                            what,
                            "layers are those of the graph that the configuration is for",
                        ));
                    }
                    let channel_wise = quantizable(layers, name)?.channel_wise();
                    config
                        .layers
                        .insert(name.to_owned(), layer(value, name, channel_wise)?);
                }
            }
        }
        repeated(&config.skip_fusion_layers, "skip_fusion_layers")?;
        config.check(layers)?;
        Ok(config)
    }
}

/// No key of an object twice, in whatever object of the file.
fn unique(members: &Members) -> Result<()> {
    let keys: Vec<String> = members.iter().map(|(key, _)| key.clone()).collect();
    repeated(&keys, "config.json")?;
    for (_, value) in members {
        match value {
            Json::Object(members) => unique(members)?,
            Json::List(items) => {
                for item in items {
                    if let Json::Object(members) = item {
                        unique(members)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn layer(value: &Json, name: &str, channel_wise: bool) -> Result<LayerConfig> {
    let mut found = LayerConfig {
        quant_enable: true,
        activation: Activation {
            asymmetric: None,
            algorithm: Algorithm::IFMR,
        },
        channel_wise,
    };
    for (key, value) in object(value, name)? {
        match key.as_str() {
            "quant_enable" => found.quant_enable = bool(value, key)?,
            "activation_quant_params" => found.activation = activation(object(value, key)?, name)?,
            "weight_quant_params" => weights(object(value, key)?, name, &mut found.channel_wise)?,
            _ => return Err(error(format!("Unknown parameter {key} in layer {name}"), "")),
        }
    }
    Ok(found)
}

fn weights(members: &Members, name: &str, channel_wise: &mut bool) -> Result<()> {
    for (key, value) in members {
        match key.as_str() {
            "num_bits" => match int(value, key)? {
                8 => {}
                4 | 6 | 7 => {
                    let what = format!(
                        "weight num_bits {} is not supported in layer {name}",
                        int(value, key)?
                    );
                    return Err(error(what, "weights of TensorFlow graphs become INT8"));
                }
                _ => {
                    return Err(error(
                        format!("weight num_bits is not in [4, 6, 7, 8] in layer {name}"),
                        "",
                    ));
                }
            },
            "channel_wise" => *channel_wise = bool(value, key)?,
            "wts_algo" if value == &Json::text("arq_quantize") => {}
            "wts_algo" => {
                return Err(error(
                    format!("wts_algo must be arq_quantize in layer {name}"),
                    "",
                ));
            }
            _ => {
                return Err(error(
                    format!("Unknown parameter {key} in weight_quant_params in layer {name}"),
                    "",
                ));
            }
        }
    }
    Ok(())
}

fn activation(members: &Members, name: &str) -> Result<Activation> {
    let algorithm = members
        .iter()
        .find(|(key, _)| key == "act_algo")
        .map(|(_, value)| value);
    let is_ifmr = match algorithm {
        None => true,
        Some(Json::Text(text)) if text == "ifmr" => true,
        Some(Json::Text(text)) if text == "hfmg" => false,
        Some(_) => {
            return Err(error(
                format!("act_algo must be ifmr or hfmg in layer {name}"),
                "",
            ));
        }
    };
    let (mut max, mut min, mut range, mut step, mut bins) = (0.999_999, 0.999_999, (0.7, 1.3), 0.01, 4096);
    let mut asymmetric = None;
    for (key, value) in members {
        match (key.as_str(), is_ifmr) {
            ("act_algo", _) => {}
            ("num_bits", _) if int(value, key)? == 8 => {}
            ("num_bits", _) => {
                return Err(error(
                    format!("activation num_bits must be 8 in layer {name}"),
                    "",
                ));
            }
            ("asymmetric", _) => asymmetric = Some(bool(value, key)?),
            ("max_percentile", true) => max = float(value, key)?,
            ("min_percentile", true) => min = float(value, key)?,
            ("search_step", true) => step = float(value, key)?,
            ("search_range", true) => {
                let [start, end] = list(value, key)? else {
                    let what =
                        format!("The search_range must have two floating-point number in layer {name}");
                    return Err(error(what, ""));
                };
                range = (float(start, key)?, float(end, key)?);
            }
            ("num_of_bins", false) => bins = u64::try_from(int(value, key)?).unwrap_or(0),
            _ => {
                let what = format!("Unknown parameter {key} in activation_quant_params in layer {name}");
                return Err(error(what, ""));
            }
        }
    }
    let algorithm = if is_ifmr {
        Algorithm::Ifmr {
            max_percentile: max,
            min_percentile: min,
            search_range: range,
            search_step: step,
        }
    } else {
        Algorithm::Hfmg { num_of_bins: bins }
    };
    Ok(Activation {
        asymmetric,
        algorithm,
    })
}

fn tensor(value: &Json) -> Result<TensorQuantize> {
    let (mut name, mut index, mut params): (_, _, &Members) = (None, 0, &[]);
    for (key, value) in object(value, "tensor_quantize")? {
        match key.as_str() {
            "layer_name" => name = Some(text(value, key)?),
            "input_index" => {
                index = u64::try_from(int(value, key)?)
                    .map_err(|_| error("The input_index must not be negative.", ""))?;
            }
            "activation_quant_params" => params = object(value, key)?,
            _ => return Err(error(format!("Unknown parameter {key} in tensor_quantize"), "")),
        }
    }
    let layer_name = name.ok_or_else(|| error("An entry of tensor_quantize has no layer_name.", ""))?;
    Ok(TensorQuantize {
        activation: activation(params, &layer_name)?,
        layer_name,
        input_index: index,
    })
}

fn mode(value: &Json) -> Result<Option<String>> {
    match value {
        Json::Null => Ok(None),
        Json::Text(mode) if mode == "DEFAULT" => Ok(None),
        Json::Text(mode) if mode == FORCE_FP16_QUANT => Ok(Some(mode.clone())),
        _ => Err(error(
            "The fakequant_precision_mode must be FORCE_FP16_QUANT.",
            "",
        )),
    }
}

fn wrong(key: &str, wanted: &str) -> quant_ir::Error {
    error(format!("The {key} must be {wanted}."), "")
}

fn object<'a>(value: &'a Json, key: &str) -> Result<&'a Members> {
    match value {
        Json::Object(members) => Ok(members),
        _ => Err(wrong(key, "an object")),
    }
}

fn list<'a>(value: &'a Json, key: &str) -> Result<&'a [Json]> {
    match value {
        Json::List(items) => Ok(items),
        _ => Err(wrong(key, "a list")),
    }
}

fn text(value: &Json, key: &str) -> Result<String> {
    match value {
        Json::Text(text) => Ok(text.clone()),
        _ => Err(wrong(key, "a text")),
    }
}

fn texts(value: &Json, key: &str) -> Result<Vec<String>> {
    list(value, key)?.iter().map(|item| text(item, key)).collect()
}

fn bool(value: &Json, key: &str) -> Result<bool> {
    match value {
        Json::Bool(value) => Ok(*value),
        _ => Err(wrong(key, "true or false")),
    }
}

fn int(value: &Json, key: &str) -> Result<i64> {
    match value {
        Json::Int(value) => Ok(*value),
        _ => Err(wrong(key, "an integer")),
    }
}

fn float(value: &Json, key: &str) -> Result<f64> {
    match value {
        Json::Int(value) => Ok(*value as f64),
        Json::Float(value) => Ok(*value),
        _ => Err(wrong(key, "a number")),
    }
}
