//! What must hold of a configuration, with AMCT's words for what does not.

use quant_ir::{Error, Result};

use super::{Activation, Algorithm, Config};
use crate::layer::{Kind, Layer, TENSOR_QUANTIZE};

/// An error in the original's words.
pub(super) fn error(what: impl Into<String>, hint: &str) -> Error {
    Error::invalid("", what, hint)
}

/// The node of a name.
pub(super) fn find<'a>(layers: &'a [Layer], name: &str) -> Result<&'a Layer> {
    let found = layers.iter().find(|layer| layer.name == name);
    found.ok_or_else(|| {
        error(
            format!("Layer {name} does not exist in the graph."),
            "names are those of the graph's nodes",
        )
    })
}

/// The kind of a layer that must be quantizable.
pub(super) fn quantizable(layers: &[Layer], name: &str) -> Result<Kind> {
    let layer = find(layers, name)?;
    layer.kind.ok_or_else(|| {
        error(
            format!("Layer {name} does not support quantization."),
            "weights must be constants, and Conv2D, Conv3D, DepthwiseConv2dNative, Conv2DBackpropInput, MatMul, \
             BatchMatMul and AvgPool without transposes can be quantized",
        )
    })
}

/// Items that stand in a list twice.
pub(super) fn repeated(items: &[String], list: &str) -> Result<()> {
    let mut found: Vec<&String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if items[..index].contains(item) && !found.contains(&item) {
            found.push(item);
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = found.iter().map(|name| format!("'{name}'")).collect();
    let what = format!(
        "Please delete repeated items in {list}, repeated items are [{}] ",
        names.join(", ")
    );
    Err(error(what, ""))
}

pub(super) fn batch_num(batch_num: i64) -> Result<u64> {
    let found = u64::try_from(batch_num).ok().filter(|count| *count > 0);
    found.ok_or_else(|| error("The batch_num must be greater than zero.", ""))
}

impl Config {
    /// Checks every layer against the graph, in its order.
    pub(super) fn check(&self, layers: &[Layer]) -> Result<()> {
        for name in self.layers.keys() {
            quantizable(layers, name)?;
        }
        for layer in layers {
            let (Some(config), Some(kind)) = (self.layers.get(&layer.name), layer.kind) else {
                continue;
            };
            activation(&config.activation, &layer.name)?;
            if config.channel_wise && !kind.channel_wise() {
                let what = format!(
                    "The channel_wise must be False for layer type {} in layer {}",
                    layer.op, layer.name
                );
                return Err(error(
                    what,
                    "say so for its type (override_layer_types) or for the layer",
                ));
            }
        }
        for tensor in &self.tensor_quantize {
            let name = &tensor.layer_name;
            let layer = find(layers, name)?;
            if !TENSOR_QUANTIZE.contains(&layer.op.as_str()) && layer.kind.is_none() {
                let what = format!("Layer {name} does not support tensor quantization.");
                return Err(error(what, "MaxPool, Add and quantizable layers do"));
            }
            activation(&tensor.activation, name)?;
        }
        for name in &self.skip_fusion_layers {
            find(layers, name)?;
        }
        Ok(())
    }
}

fn activation(activation: &Activation, layer: &str) -> Result<()> {
    match activation.algorithm {
        Algorithm::Ifmr {
            max_percentile,
            min_percentile,
            search_range: (start, end),
            search_step,
        } => {
            for (name, percentile) in [
                ("max_percentile", max_percentile),
                ("min_percentile", min_percentile),
            ] {
                if !(percentile > 0.5 && percentile <= 1.0) {
                    let what = format!(
                        "The {name} must be greater than 0.5 and less than or equal to 1.0 in layer {layer}"
                    );
                    return Err(error(what, ""));
                }
            }
            if !(start > 0.0 && start < end && end.is_finite()) {
                let what = format!(
                    "The search_range must be greater than zero and search_range[0] less than search_range[1] in layer {layer}"
                );
                return Err(error(what, ""));
            }
            if search_step.is_nan() || search_step <= 0.0 {
                return Err(error(
                    format!("The search_step must be greater than zero in layer {layer}"),
                    "",
                ));
            }
            if search_step > end - start {
                let what = format!(
                    "The search_step must be less than or equal to (search_range[1] - search_range[0]) in layer {layer}"
                );
                return Err(error(what, ""));
            }
            if (end - start) / search_step > 10_000.0 {
                let what =
                    format!("The search_step {search_step} makes more than 10000 ranges in layer {layer}");
                return Err(error(what, "search in larger steps"));
            }
        }
        Algorithm::Hfmg { num_of_bins } => {
            if ![1024, 2048, 4096, 8192].contains(&num_of_bins) {
                let what =
                    format!("num_of_bins {num_of_bins} must be in [1024, 2048, 4096, 8192] in layer {layer}");
                return Err(error(what, ""));
            }
        }
    }
    Ok(())
}
