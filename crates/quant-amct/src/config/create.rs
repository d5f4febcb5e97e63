//! A configuration for a graph, from arguments or from a short configuration.

use std::collections::BTreeMap;

use quant_ir::Result;

use super::check::{batch_num, error, find, quantizable, repeated};
use super::simple::{Calibration, Simple};
use super::{Activation, Algorithm, Config, LayerConfig, TensorQuantize};
use crate::layer::{Kind, Layer};

/// The arguments of AMCT's `create_quant_config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Layers that stay float.
    pub skip_layers: Vec<String>,
    /// Batches that calibrate.
    pub batch_num: i64,
    /// Whether activations have an offset.
    pub activation_offset: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            skip_layers: Vec::new(),
            batch_num: 1,
            activation_offset: true,
        }
    }
}

impl From<Arguments> for Simple {
    fn from(arguments: Arguments) -> Self {
        Self {
            batch_num: arguments.batch_num,
            activation_offset: arguments.activation_offset,
            skip_layers: arguments.skip_layers,
            ..Self::default()
        }
    }
}

/// The configuration of a graph: all quantizable layers but those to skip, each with what is said for it, for its type, or for
/// all, in this order.
///
/// # Errors
/// What [`Simple`] names is not in the graph or cannot be quantized, or a value is out of range, in AMCT's words.
pub fn create(simple: &Simple, layers: &[Layer]) -> Result<Config> {
    let batch_num = batch_num(simple.batch_num)?;
    repeated(&simple.skip_layers, "skip_layers")?;
    repeated(&simple.skip_layer_types, "skip_layer_types")?;
    repeated(&simple.skip_fusion_layers, "skip_fusion_layers")?;
    for name in simple.skip_layers.iter().chain(&simple.skip_approximation_layers) {
        quantizable(layers, name)?;
    }
    for (name, _) in &simple.override_layer_configs {
        quantizable(layers, name)?;
    }
    let types = simple.override_layer_types.iter().map(|(op, _)| op);
    for op in simple.skip_layer_types.iter().chain(types) {
        if Kind::of(op).is_none() {
            return Err(error(format!("Layer type {op} does not support quantize."), ""));
        }
    }
    for (op, calibration) in &simple.override_layer_types {
        let wide = Kind::of(op).is_some_and(Kind::channel_wise);
        if calibration.channel_wise == Some(true) && !wide {
            return Err(error(format!("channel_wise can only be False for {op} type"), ""));
        }
    }
    let mut configured = BTreeMap::new();
    for layer in layers {
        let Some(kind) = layer.kind else { continue };
        let skipped = simple.skip_layers.contains(&layer.name) || simple.skip_layer_types.contains(&layer.op);
        configured.insert(layer.name.clone(), of_layer(simple, layer, kind, !skipped));
    }
    if !configured.values().any(|layer| layer.quant_enable) {
        return Err(error("Except skip_layers, no layer needs to quantize.", ""));
    }
    let tensor = |(layer_name, input_index, calibration): &(String, u64, Calibration)| {
        find(layers, layer_name)?;
        Ok(TensorQuantize {
            layer_name: layer_name.clone(),
            input_index: *input_index,
            activation: activation(&[calibration], simple.activation_offset),
        })
    };
    let config = Config {
        batch_num,
        activation_offset: simple.activation_offset,
        joint_quant: simple.joint_quant,
        do_fusion: simple.do_fusion,
        fakequant_precision_mode: simple.fakequant_precision_mode.clone(),
        skip_fusion_layers: simple.skip_fusion_layers.clone(),
        tensor_quantize: simple.tensor_quantize.iter().map(tensor).collect::<Result<_>>()?,
        layers: configured,
    };
    config.check(layers)?;
    Ok(config)
}

fn of_layer(simple: &Simple, layer: &Layer, kind: Kind, quant_enable: bool) -> LayerConfig {
    let of = |list: &'_ [(String, Calibration)], name: &str| {
        list.iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, c)| c.clone())
    };
    let layer_config = of(&simple.override_layer_configs, &layer.name);
    let type_config = of(&simple.override_layer_types, &layer.op);
    let found = [
        layer_config.as_ref(),
        type_config.as_ref(),
        simple.common.as_ref(),
    ];
    let found: Vec<&Calibration> = found.into_iter().flatten().collect();
    LayerConfig {
        quant_enable,
        activation: activation(&found, simple.activation_offset),
        channel_wise: found
            .iter()
            .find_map(|c| c.channel_wise)
            .unwrap_or_else(|| kind.channel_wise()),
    }
}

/// The first algorithm that is said, and IFMR when none is.
fn activation(found: &[&Calibration], activation_offset: bool) -> Activation {
    let said = found.iter().find_map(|c| c.activation.clone());
    let mut activation = said.unwrap_or(Activation {
        asymmetric: None,
        algorithm: Algorithm::IFMR,
    });
    activation.asymmetric.get_or_insert(activation_offset);
    activation
}
